/** What a call owes, attempt by attempt: what a vendor used is paid for, also where another vendor had to be asked after it. */

import { credible } from "../canonical/credible.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Operation, RequestOf, ResponseOf } from "../canonical/operation.ts";
import { outputBound } from "../canonical/output-bound.ts";
import { type Cost, costOf, type Price } from "../canonical/price.ts";
import { askedTerms, termsIn } from "../canonical/price-terms.ts";
import { promptBound } from "../canonical/prompt-bound.ts";
import { tokensOfWeight, weightOf } from "../canonical/text-weight.ts";
import { plus, type Usage } from "../canonical/usage.ts";
import { type Exchange, type Notes, wordsOf } from "../exchange.ts";
import type { Deployment } from "./deployment.ts";
import type { Sight } from "./observe.ts";

/** To be called when an attempt begins: what earlier ones owe stays owed. */
export function rememberOwed(notes: Notes): void {
  const { usage, cost } = notes;
  if (usage && cost && cost.total > 0) notes.earlier = { usage, cost };
}

function owe(notes: Notes, usage: Usage, cost: Cost, goesOn = false): void {
  const { earlier } = notes;
  if (goesOn) notes.goesOn = { usage, cost };
  notes.usage = earlier ? plus(earlier.usage, usage) : usage;
  notes.cost = earlier ? sum(earlier.cost, cost) : cost;
}

const sum = (a: Cost, b: Cost): Cost => ({
  input: a.input + b.input,
  output: a.output + b.output,
  tools: a.tools + b.tools,
  total: a.total + b.total,
});

/** Asked in its own language to go on in the background, a vendor does so when everybody has left. */
const goesOn = <O extends Operation>({ format, request }: Exchange<O>, vendorFormat: string): boolean =>
  format.id === vendorFormat && format.request.unsaid?.(request.value).background === true;

/** A client that leaves before it hears a word leaves the vendor with a prompt that it has read. */
export function oweForLeaving<O extends Operation>(
  exchange: Exchange<O>,
  deployment: Deployment,
  vendorFormat: string,
  now: number,
): void {
  const { notes, request, operation } = exchange;
  if (operation === "count") return;
  // This attempt has said what it owes.
  if (notes.usage && notes.usage !== notes.earlier?.usage && notes.usage.input > 0) return;
  const usage = estimate(request, writtenUnheard(exchange, deployment, now));
  owe(notes, usage, costOn(exchange, deployment, usage, deployment.price), goesOn(exchange, vendorFormat));
}

/** Tokens a second, and the seconds before the first: what usual models do. https://openai.com/api-priority-processing tells 50 to 100. */
const pace = 50;
const silence = 1;

/**
 * Tokens that a vendor will have written, and bills, of an answer that nobody was told a word of: as many as the time
 * allowed, and no more than it was allowed itself.
 */
function writtenUnheard<O extends Operation>(
  { notes, request, operation, maxOutput }: Exchange<O>,
  { model }: Deployment,
  now: number,
): number {
  const value: RequestOf<Operation> = request.value;
  if (operation !== "chat" || !("messages" in value)) return 0;
  const seconds = (now - (notes.upstreamBegan ?? now)) / 1000 - silence;
  if (seconds <= 0) return 0;
  const { asked, choices } = outputBound(value, wordsOf(request));
  const most = asked ?? maxOutput ?? model.maxOutput ?? unknownOutput;
  return Math.min(most, Math.floor(seconds * pace)) * choices;
}

/** The longest answer of a model of which nobody said it. */
const unknownOutput = 4096;

/** At the price of the terms that the vendor tells; where it tells none, of those that it was asked for. */
function costOn<O extends Operation>(
  { request }: Exchange<O>,
  { config }: Deployment,
  usage: Usage,
  price: Price,
  tier?: string,
): Cost {
  if (tier !== undefined || usage.terms !== undefined) return costOf(usage, price, tier);
  const asked = termsIn(config.defaults, askedTerms(request.value, wordsOf(request)));
  const plain = costOf(usage, price);
  if (asked.length === 0) return plain;
  // Nobody said that a discount was granted.
  const wished = costOf({ ...usage, terms: asked }, price);
  return wished.total > plain.total ? wished : plain;
}

/** An answer that failed says what it used up, and that is billed. */
export function oweForFailing<O extends Operation>(
  exchange: Exchange<O>,
  deployment: Deployment,
  error: unknown,
): void {
  const answer = error instanceof GatewayError ? error.details.answer : undefined;
  const usage = credible(answer?.usage);
  if (!answer || !usage) return;
  const { model, service_tier: tier } = answer.words;
  const price = deployment.priceOf(typeof model === "string" ? model : undefined);
  const told = typeof tier === "string" ? tier : undefined;
  owe(exchange.notes, usage, costOn(exchange, deployment, usage, price, told));
}

export function settleWhole<O extends Operation>(
  exchange: Exchange<O>,
  deployment: Deployment,
  value: ResponseOf<O>,
  now: number,
): void {
  const { notes, request } = exchange;
  notes.upstreamEnded = now;
  notes.firstEventAt = now;
  if ("inputTokens" in value) return;
  const told: ResponseOf<"chat" | "embed"> = value;
  const [choice] = "choices" in told ? told.choices : [];
  if (choice) notes.finish = choice.finish;
  const usage = told.usage ?? estimate(request, tokensOfWeight(weightOf(JSON.stringify(value))));
  const price = deployment.priceOf(told.model);
  const cost = costOn(exchange, deployment, usage, price, "serviceTier" in told ? told.serviceTier : undefined);
  owe(notes, usage, cost, "underWay" in told);
}

/** However a stream ends, what was said of it is owed for; what the vendor did not tell is estimated. */
export function settleStream<O extends Operation>(
  exchange: Exchange<O>,
  deployment: Deployment,
  vendorFormat: string,
  sight: Sight,
  now: number,
): void {
  const { notes, request, cancel } = exchange;
  notes.upstreamEnded = now;
  if (sight.finish) notes.finish = sight.finish;
  if (sight.error) notes.error = sight.error;
  const silent = sight.characters === 0 && !sight.ended && cancel.reason === undefined;
  // Nothing was said yet, but perhaps much was thought.
  const isUnheard = sight.characters === 0 && !sight.ended && cancel.reason !== undefined;
  const written = isUnheard ? writtenUnheard(exchange, deployment, now) : tokensOfWeight(sight.characters);
  const usage = complete(sight, written) ?? (silent ? { input: 0, output: 0 } : estimate(request, written));
  const isOpen = !sight.ended && !sight.error && goesOn(exchange, vendorFormat);
  owe(notes, usage, costOn(exchange, deployment, usage, deployment.priceOf(sight.model), sight.serviceTier), isOpen);
}

/** Usage that came before the end tells the input, but not yet all of the output. */
function complete({ usage, ended }: Sight, written: number): Usage | undefined {
  if (!usage || ended) return usage;
  return { ...usage, output: Math.max(usage.output, written), estimated: true };
}

function estimate<O extends Operation>({ value, quote }: Exchange<O>["request"], output: number): Usage {
  return { input: promptBound(value, quote?.size).likely, output, estimated: true };
}
