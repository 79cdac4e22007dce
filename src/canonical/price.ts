/** What a model costs, and what an answer came to. Money is integer nano-dollars (1e-9 US$), so that sums are exact. */

import { aliasOf, type Factors, factorOf, servicesNamed } from "./price-terms.ts";
import { inputTokens, type Usage } from "./usage.ts";

/** Prices in nano-dollars a token; fractions are allowed here and vanish only in the final sum. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  /** Where absent: the price of `input`. */
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly cacheWriteLong?: number;
  readonly audioInput?: number;
  readonly imageInput?: number;
  /** Where absent: the price of `output`. */
  readonly reasoning?: number;
  readonly audioOutput?: number;
  readonly imageOutput?: number;
}

export interface Price extends Rates {
  /** Dearer rates once the input is longer than `above` tokens; ascending. The whole call is billed at the tier it reaches. */
  readonly tiers?: readonly { readonly above: number; readonly rates: Rates }[];
  /** Rates by the service tier that the vendor says it used ("priority", "flex"). */
  readonly services?: Readonly<Record<string, Rates>>;
  /** What the rates are multiplied by on terms that the vendor says it served on: a service tier without rates of its own, a speed, a place. */
  readonly factors?: Readonly<Record<string, number>>;
  /** Nano-dollars a call of a tool that the vendor runs, by name. */
  readonly serverTools?: Readonly<Record<string, number>>;
  /** Nano-dollars a request, whatever it says. */
  readonly request?: number;
}

export interface Cost {
  readonly input: number;
  readonly output: number;
  readonly tools: number;
  /** The sum, rounded up to a whole nano-dollar. */
  readonly total: number;
}

export const free: Price = { input: 0, output: 0 };

/** `service`: the tier that the vendor says it used; of its other terms the usage tells. */
export function costOf(usage: Usage, price: Price, service?: string): Cost {
  let own: Rates | undefined;
  let factor = 1;
  for (const word of wordsFor(usage, service)) {
    const rates = serviceOf(price, word);
    if (rates) own = rates;
    else factor *= factorOf(price.factors, word);
  }
  const rates = ratesFor(price, inputTokens(usage), own);
  const input = inputCost(usage, rates) * factor;
  const output = outputCost(usage, rates) * factor;
  const tools = toolCost(usage, price);
  return { input, output, tools, total: whole(input + output + tools + (price.request ?? 0)) };
}

/** The dearest that anything of a price can be: what reservations are made by. Worked out once per model. */
export interface Ceiling {
  readonly input: number;
  readonly output: number;
  readonly request: number;
  /** A call of a tool that the vendor runs. */
  readonly tool: number;
  /** How much dearer it is on terms that a request may ask for. */
  readonly factors?: Factors;
}

export const noCeiling: Ceiling = { input: 0, output: 0, request: 0, tool: 0 };

export function ceilingOf(price: Price): Ceiling {
  let input = 0;
  let output = 0;
  const services = Object.values(price.services ?? {});
  const tables: Rates[] = [price, ...services];
  for (const { rates } of price.tiers ?? [])
    tables.push(rates, ...services.map((service) => lengthened(service, rates, price)));
  for (const rates of tables) {
    input = Math.max(input, ...inputRates(rates));
    output = Math.max(output, ...outputRates(rates));
  }
  return {
    input,
    output,
    request: price.request ?? 0,
    tool: Math.max(0, ...Object.values(price.serverTools ?? {})),
    ...((price.factors || price.services) && {
      // What has rates of its own is in the ceiling already.
      factors: { ...price.factors, ...servicesNamed(Object.keys(price.services ?? {})) },
    }),
  };
}

export const dearer = (a: Ceiling, b: Ceiling): Ceiling => ({
  input: Math.max(a.input, b.input),
  output: Math.max(a.output, b.output),
  request: Math.max(a.request, b.request),
  tool: Math.max(a.tool, b.tool),
  ...((a.factors || b.factors) && { factors: dearerFactors(a, b) }),
});

/** Of each term what makes the dearer of the two ceilings of the merged one: of what is free, no term matters. */
function dearerFactors(a: Ceiling, b: Ceiling): Factors {
  const factors: Record<string, number> = {};
  for (const word of Object.keys({ ...a.factors, ...b.factors })) {
    const [ofA, ofB] = [factorOf(a.factors, word), factorOf(b.factors, word)];
    const ratio = (one: number, other: number): number =>
      one === 0 && other === 0 ? 0 : Math.max(one * ofA, other * ofB) / Math.max(one, other);
    factors[word] = Math.max(ratio(a.input, b.input), ratio(a.output, b.output));
  }
  return factors;
}

/** The ceiling of a call that asks for these terms. */
export function onTerms(ceiling: Ceiling, terms: readonly string[]): Ceiling {
  if (terms.length === 0) return ceiling;
  // A discount is worth no promise: the vendor may not grant it.
  const factor = terms.reduce((product, term) => product * Math.max(1, factorOf(ceiling.factors, term)), 1);
  return factor === 1 ? ceiling : { ...ceiling, input: ceiling.input * factor, output: ceiling.output * factor };
}

/** The most that a call can cost, in nano-dollars. */
export const worstCost = (ceiling: Ceiling, input: number, output: number, tools = 0): number =>
  whole(input * ceiling.input + output * ceiling.output + ceiling.request + (tools > 0 ? tools * ceiling.tool : 0));

const inputNames = ["input", "cacheRead", "cacheWrite", "cacheWriteLong", "audioInput", "imageInput"] as const;
const outputNames = ["output", "reasoning", "audioOutput", "imageOutput"] as const;

const inputRates = (rates: Rates): number[] => inputNames.map((name) => rates[name] ?? 0);
const outputRates = (rates: Rates): number[] => outputNames.map((name) => rates[name] ?? 0);

function inputCost(usage: Usage, rates: Rates): number {
  const write = rates.cacheWrite ?? rates.input;
  let sum = usage.input * rates.input;
  if (usage.cacheRead) sum += usage.cacheRead * (rates.cacheRead ?? rates.input);
  if (usage.cacheWrite) sum += usage.cacheWrite * write;
  if (usage.cacheWriteLong) sum += usage.cacheWriteLong * (rates.cacheWriteLong ?? write);
  if (usage.audioInput) sum += usage.audioInput * (rates.audioInput ?? rates.input);
  if (usage.imageInput) sum += usage.imageInput * (rates.imageInput ?? rates.input);
  return sum;
}

function outputCost(usage: Usage, rates: Rates): number {
  let sum = usage.output * rates.output;
  if (usage.reasoning) sum += usage.reasoning * (rates.reasoning ?? rates.output);
  if (usage.audioOutput) sum += usage.audioOutput * (rates.audioOutput ?? rates.output);
  if (usage.imageOutput) sum += usage.imageOutput * (rates.imageOutput ?? rates.output);
  return sum;
}

function ratesFor(price: Price, input: number, service: Rates | undefined): Rates {
  let rates: Rates = price;
  for (const tier of price.tiers ?? []) if (input > tier.above) rates = tier.rates;
  if (!service) return rates;
  return rates === price ? service : lengthened(service, rates, price);
}

/** The vendor chose the word: it may be one that every object knows. */
function serviceOf({ services }: Price, word: string): Rates | undefined {
  if (!services) return undefined;
  const name = Object.hasOwn(services, word) ? word : aliasOf(word);
  return name !== undefined && Object.hasOwn(services, name) ? services[name] : undefined;
}

/** A service's rates for a long prompt, which is dearer there by as much as elsewhere. */
function lengthened(service: Rates, tier: Rates, base: Rates): Rates {
  const input = base.input > 0 ? tier.input / base.input : 1;
  const output = base.output > 0 ? tier.output / base.output : 1;
  const rates: { -readonly [K in keyof Rates]: number } = { input: 0, output: 0 };
  for (const name of inputNames) if (service[name] !== undefined) rates[name] = service[name] * input;
  for (const name of outputNames) if (service[name] !== undefined) rates[name] = service[name] * output;
  return rates;
}

function wordsFor({ terms = usualTerms }: Usage, service: string | undefined): readonly string[] {
  return service === undefined ? terms : [service, ...terms];
}

const usualTerms: readonly string[] = [];

function toolCost(usage: Usage, price: Price): number {
  const { serverTools: prices } = price;
  if (!usage.serverTools || !prices) return 0;
  let sum = 0;
  for (const [name, calls] of Object.entries(usage.serverTools))
    if (Object.hasOwn(prices, name)) sum += calls * (prices[name] ?? 0);
  return sum;
}

/** Up, so that rounding never gives money away; less a hair, so that 0.1 + 0.2 does not cost a whole unit more. */
const whole = (nano: number): number => Math.max(0, Math.ceil(nano - 1e-6));
