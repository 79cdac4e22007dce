/** What a call owes, attempt by attempt: what a vendor used is paid for, also where another vendor had to be asked after it. */

import { GatewayError } from "../canonical/error.ts";
import type { Operation, ResponseOf } from "../canonical/operation.ts";
import { type Cost, costOf } from "../canonical/price.ts";
import { promptBound } from "../canonical/prompt-bound.ts";
import { plus, type Usage } from "../canonical/usage.ts";
import type { Exchange, Notes } from "../exchange.ts";
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
): void {
  const { notes, request, operation } = exchange;
  if (operation === "count") return;
  // This attempt has said what it owes.
  if (notes.usage && notes.usage !== notes.earlier?.usage && notes.usage.input > 0) return;
  const usage = estimate(request, 0);
  owe(notes, usage, costOf(usage, deployment.price), goesOn(exchange, vendorFormat));
}

/** An answer that failed says what it used up, and that is billed. */
export function oweForFailing<O extends Operation>(
  { notes }: Exchange<O>,
  deployment: Deployment,
  error: unknown,
): void {
  const answer = error instanceof GatewayError ? error.details.answer : undefined;
  if (!answer?.usage) return;
  const { model, service_tier: tier } = answer.words;
  const price = deployment.priceOf(typeof model === "string" ? model : undefined);
  owe(notes, answer.usage, costOf(answer.usage, price, typeof tier === "string" ? tier : undefined));
}

export function settleWhole<O extends Operation>(
  { notes, request }: Exchange<O>,
  deployment: Deployment,
  value: ResponseOf<O>,
  now: number,
): void {
  notes.upstreamEnded = now;
  notes.firstEventAt = now;
  if ("inputTokens" in value) return;
  const told: ResponseOf<"chat" | "embed"> = value;
  const [choice] = "choices" in told ? told.choices : [];
  if (choice) notes.finish = choice.finish;
  const usage = told.usage ?? estimate(request, JSON.stringify(value).length);
  const price = deployment.priceOf(told.model);
  const cost = costOf(usage, price, "serviceTier" in told ? told.serviceTier : undefined);
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
  const usage = complete(sight) ?? (silent ? { input: 0, output: 0 } : estimate(request, sight.characters));
  const isOpen = !sight.ended && !sight.error && goesOn(exchange, vendorFormat);
  owe(notes, usage, costOf(usage, deployment.priceOf(sight.model), sight.serviceTier), isOpen);
}

/** Usage that came before the end tells the input, but not yet all of the output. */
function complete({ usage, ended, characters }: Sight): Usage | undefined {
  if (!usage || ended) return usage;
  const output = Math.max(usage.output, Math.ceil(characters / 4));
  return { ...usage, output, estimated: true };
}

function estimate<O extends Operation>({ value, quote }: Exchange<O>["request"], characters: number): Usage {
  return { input: promptBound(value, quote?.size).likely, output: Math.ceil(characters / 4), estimated: true };
}
