/** What a model costs, and what an answer came to. Money is integer nano-dollars (1e-9 US$), so that sums are exact. */

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

export function costOf(usage: Usage, price: Price, service?: string): Cost {
  const rates = ratesFor(price, inputTokens(usage), service);
  const input = inputCost(usage, rates);
  const output = outputCost(usage, rates);
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
}

export const noCeiling: Ceiling = { input: 0, output: 0, request: 0, tool: 0 };

export function ceilingOf(price: Price): Ceiling {
  let input = 0;
  let output = 0;
  const tables: Rates[] = [
    price,
    ...(price.tiers ?? []).map((tier) => tier.rates),
    ...Object.values(price.services ?? {}),
  ];
  for (const rates of tables) {
    input = Math.max(input, ...inputRates(rates));
    output = Math.max(output, ...outputRates(rates));
  }
  return { input, output, request: price.request ?? 0, tool: Math.max(0, ...Object.values(price.serverTools ?? {})) };
}

export const dearer = (a: Ceiling, b: Ceiling): Ceiling => ({
  input: Math.max(a.input, b.input),
  output: Math.max(a.output, b.output),
  request: Math.max(a.request, b.request),
  tool: Math.max(a.tool, b.tool),
});

/** The most that a call can cost, in nano-dollars. */
export const worstCost = (ceiling: Ceiling, input: number, output: number, tools = 0): number =>
  whole(input * ceiling.input + output * ceiling.output + ceiling.request + (tools > 0 ? tools * ceiling.tool : 0));

const inputRates = ({
  input,
  cacheRead = 0,
  cacheWrite = 0,
  cacheWriteLong = 0,
  audioInput = 0,
  imageInput = 0,
}: Rates): number[] => [input, cacheRead, cacheWrite, cacheWriteLong, audioInput, imageInput];

const outputRates = ({ output, reasoning = 0, audioOutput = 0, imageOutput = 0 }: Rates): number[] => [
  output,
  reasoning,
  audioOutput,
  imageOutput,
];

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

function ratesFor(price: Price, input: number, service: string | undefined): Rates {
  // The vendor chose the word: it may be one that every object knows.
  const { services } = price;
  if (service !== undefined && services && Object.hasOwn(services, service)) return services[service] ?? price;
  let rates: Rates = price;
  for (const tier of price.tiers ?? []) if (input > tier.above) rates = tier.rates;
  return rates;
}

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
