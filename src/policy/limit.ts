/** Budgets and rate limits: reserved before the call for the worst that it can cost, settled after it for what it did. */

import { type Caller, modelBehind, type Scope } from "../canonical/caller.ts";
import type { ChatRequest } from "../canonical/chat.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Operation, RequestOf } from "../canonical/operation.ts";
import { type OutputBound, outputBound } from "../canonical/output-bound.ts";
import { type Ceiling, dearer, onTerms, worstCost } from "../canonical/price.ts";
import { askedTerms } from "../canonical/price-terms.ts";
import { type Bound, imageTokens, promptBound } from "../canonical/prompt-bound.ts";
import { rareSigns } from "../canonical/text-weight.ts";
import type { Unsaid } from "../canonical/unsaid.ts";
import { totalTokens } from "../canonical/usage.ts";
import { type Exchange, type Notes, type Stage, watch, wordsOf } from "../exchange.ts";
import type { Demand, Meters, Refused, Reservation, Standing } from "../state/counters/meters.ts";

/** What a model may cost and say at most, whichever deployment serves it. */
export interface ModelBounds {
  readonly ceiling: Ceiling;
  readonly free: boolean;
  readonly maxOutput: number;
  /** Languages that may ask a vendor for more than the client's own bound, and for how much. */
  readonly asking: ReadonlySet<(request: ChatRequest) => number | undefined>;
  /** Tokens that a prompt can have; undefined where nobody knows. */
  readonly maxInput?: number;
}

export const dearest = (a: ModelBounds, b: ModelBounds): ModelBounds => ({
  ceiling: dearer(a.ceiling, b.ceiling),
  free: a.free && b.free,
  maxOutput: Math.max(a.maxOutput, b.maxOutput),
  asking: a.asking === b.asking ? a.asking : new Set([...a.asking, ...b.asking]),
  maxInput: Math.max(a.maxInput ?? unknownInput, b.maxInput ?? unknownInput),
});

/** What a model takes at most where nobody knows. */
const unknownInput = 200_000;

export interface LimitParts {
  readonly meters: Meters;
  readonly boundsOf: (model: string) => ModelBounds | undefined;
  /** Counts the tokens of texts exactly: slow, asked only where money is short. */
  readonly countTokens: (texts: readonly string[]) => Promise<number>;
  readonly budgetStatus: number;
  /** What every call counts against, whoever makes it. */
  readonly shared: readonly Scope[];
  readonly now: () => number;
}

/** A budget that has room for a thousand times the loose bound has no need of a tight one. */
const plenty = 1000;
/** Fewer tokens than this are no answer: rather refuse than cap so low. */
const leastOutput = 16;
/**
 * Other tokenizers than ours make up to about this many times as many tokens of a text: Claude's up to a third more, its
 * newer ones up to 1.35 times that (https://platform.claude.com/docs/en/about-claude/pricing), older
 * ones of OpenAI's for Chinese and Russian 1.4 to 1.7 times (https://openai.com/index/hello-gpt-4o). One number for all,
 * since a group may mix vendors.
 */
const otherTokenizers = 2;
/** How often a vendor's tool may be called where nobody says. */
const usualCalls = 10;
/** Nano-dollars: the model with the cheapest tokens makes the most of a picture, 48,169, so that it costs as much as elsewhere. */
const dearestImage = 7_500_000;

export const limit =
  (parts: LimitParts): Stage =>
  async (exchange, next) => {
    const { caller, notes } = exchange;
    const scopes = scopesOf(caller, parts.shared);
    if (scopes.length === 0) return next(exchange);
    const wanted = demandOf(parts, exchange, scopes);
    const { demand, maxOutput } = wanted instanceof Promise ? await wanted : wanted;
    const asked = parts.meters.reserve(demand);
    const grant = asked instanceof Promise ? await asked : asked;
    if (grant.kind === "refused") throw refusal(grant, demand, parts);
    const bounded = maxOutput === undefined ? exchange : { ...exchange, maxOutput };
    let reply: Awaited<ReturnType<typeof next>>;
    try {
      reply = await next(bounded);
    } catch (error) {
      settle(grant, exchange);
      throw error;
    }
    if (reply.kind === "stream") {
      sayLeft(notes, grant.standings);
      return { ...reply, batches: watch(reply.batches, () => settle(grant, exchange)) };
    }
    settle(grant, exchange);
    sayLeft(notes, grant.standings);
    saySpend(notes, caller, parts.meters);
    return reply;
  };

const scopesOf = ({ scopes }: Caller, shared: readonly Scope[]): readonly Scope[] =>
  shared.length === 0 ? scopes : [...scopes, ...shared];

function saySpend(notes: Notes, { scopes: [own] }: Caller, meters: Meters): void {
  const after = own && meters.spent(own.id);
  if (after) notes.keySpend = after.spent;
}

/** What was used is owed, however the call ended; of one that goes on at its vendor the rest stays held. */
function settle(
  grant: Reservation,
  { id, notes: { usage, cost, cache, goesOn } }: Pick<Exchange, "id" | "notes">,
): void {
  const tokens = usage && !cache?.hit ? totalTokens(usage) : 0;
  grant.settle({ cost: cost?.total ?? 0, tokens }, goesOn && id);
}

interface Wanted {
  readonly demand: Demand;
  /** The most output that the budget affords, where the client set no bound of its own. */
  readonly maxOutput?: number;
}

function demandOf<O extends Operation>(
  parts: LimitParts,
  exchange: Exchange<O>,
  scopes: readonly Scope[],
): Wanted | Promise<Wanted> {
  const { request, operation, format } = exchange;
  const bounds = boundsOn(boundsFor(parts, exchange), exchange);
  const prompt = promptBound(request.value, request.quote?.size);
  const output = operation === "chat" ? outputOf(exchange, bounds) : nothing;
  const unsaid = format.request.unsaid?.(request.value) ?? nothingMore;
  const tokens = prompt.likely + (output.asked ?? 0) * output.choices;
  const demand = { scopes, cost: 0, free: bounds?.free ?? false, tokens };
  if (!bounds || bounds.free || operation === "count") return { demand };
  const available = parts.meters.available(scopes);
  if (available === Number.POSITIVE_INFINITY) return { demand };
  const most = (output.asked ?? bounds.maxOutput) * output.choices;
  const beside = besideTokens(bounds, prompt, unsaid);
  const cost = worstCost(bounds.ceiling, prompt.most, most) + beside;
  const perhaps = uncountable(bounds, prompt, request.value, unsaid);
  const whole = { ...demand, cost, ...(perhaps > 0 && { perhaps }) };
  if (cost * plenty <= available) return { demand: whole };
  return tight(parts, { demand: whole, bounds, prompt, output, available, most, beside });
}

const nothingMore: Unsaid = {};

/** What is no matter of tokens, or not by the model's own count: searches that the client allows, and pictures. */
function besideTokens({ ceiling }: ModelBounds, { images }: Bound, { calls = 0 }: Unsaid): number {
  const pictures = images === 0 ? 0 : images * Math.max(0, dearestImage - imageTokens * ceiling.input);
  return Math.ceil(calls * ceiling.tool + pictures);
}

/** What may come on top, and nobody here can say how much: as much as the model takes. */
function uncountable(
  { ceiling, maxInput = unknownInput }: ModelBounds,
  { most, beyond }: Bound,
  value: RequestOf<Operation>,
  { held, calls }: Unsaid,
): number {
  const more = held ? Number.POSITIVE_INFINITY : beyond;
  const tokens = more === 0 ? 0 : Math.max(0, Math.min(more, maxInput - most));
  const unsaid = calls === undefined && ceiling.tool > 0 ? usualCalls * searchesOf(value) : 0;
  return Math.ceil(tokens * ceiling.input + unsaid * ceiling.tool);
}

function searchesOf(value: RequestOf<Operation>): number {
  if (!("messages" in value)) return 0;
  const { tools = [], webSearch }: ChatRequest = value;
  return tools.reduce((sum, { type }) => (type === "hosted" ? sum + 1 : sum), webSearch ? 1 : 0);
}

interface Need {
  readonly demand: Demand;
  readonly bounds: ModelBounds;
  readonly prompt: Bound;
  readonly output: OutputBound;
  readonly available: number;
  readonly most: number;
  /** Nano-dollars. */
  readonly beside: number;
}

/** Money is short: the prompt is counted, and an answer without a bound may be as long as the budget affords. */
async function tight({ countTokens }: LimitParts, need: Need): Promise<Wanted> {
  const { demand, bounds, prompt, output, available, most, beside } = need;
  const { ceiling } = bounds;
  const texts = prompt.texts?.();
  const input = texts ? await counted(prompt, texts, countTokens(texts)) : prompt.most;
  const cost = worstCost(ceiling, input, most) + beside;
  if (cost <= available || output.asked !== undefined) return { demand: { ...demand, cost } };
  const each = ceiling.output * output.choices;
  const maxOutput = each === 0 ? 0 : Math.floor((available - worstCost(ceiling, input, 0) - beside - 1) / each);
  if (maxOutput < leastOutput) return { demand: { ...demand, cost } };
  const capped = worstCost(ceiling, input, maxOutput * output.choices) + beside;
  return { demand: { ...demand, cost: capped }, maxOutput };
}

async function counted(
  { most, media, overhead }: Bound,
  texts: readonly string[],
  count: Promise<number>,
): Promise<number> {
  const rare = texts.reduce((sum, text) => sum + rareSigns(text), 0);
  return Math.min(most, media + overhead + rare + otherTokenizers * (await count));
}

/** Whoever may answer in the end must be paid for, also the one that the client names as a fallback. */
function boundsFor<O extends Operation>(
  { boundsOf }: LimitParts,
  { caller, request, controls }: Exchange<O>,
): ModelBounds | undefined {
  const own = boundsOf(modelBehind(caller, request.value.model));
  if (!controls.fallbacks || controls.noFallbacks) return own;
  return controls.fallbacks.reduce((most, name) => {
    const next = boundsOf(modelBehind(caller, name));
    return most && next ? dearest(most, next) : most;
  }, own);
}

/** Whoever asks to be served faster, or in a place of its own, asks for other prices too. */
function boundsOn<O extends Operation>(
  bounds: ModelBounds | undefined,
  { request }: Exchange<O>,
): ModelBounds | undefined {
  if (!bounds || bounds.free) return bounds;
  const ceiling = onTerms(bounds.ceiling, askedTerms(request.value, wordsOf(request)));
  return ceiling === bounds.ceiling ? bounds : { ...bounds, ceiling };
}

const nothing: OutputBound = { asked: 0, choices: 1 };

function outputOf<O extends Operation>({ request }: Exchange<O>, bounds: ModelBounds | undefined): OutputBound {
  const value: object = request.value;
  if (!isChat(value)) return nothing;
  const own = outputBound(value, wordsOf(request));
  let { asked } = own;
  for (const most of bounds?.asking ?? []) {
    const more = most(value);
    if (more !== undefined && more > (asked ?? bounds?.maxOutput ?? 0)) asked = more;
  }
  return { ...own, asked };
}

const isChat = (request: object): request is ChatRequest => "messages" in request;

function sayLeft({ headers }: Notes, standings: readonly Standing[]): void {
  for (const { scope, requestsLeft, tokensLeft } of standings) {
    const name = scope.kind === "key" ? "api_key" : scope.kind;
    if (requestsLeft !== undefined) {
      headers[`x-ratelimit-${name}-limit-requests`] = String(scope.requestsPerMinute);
      headers[`x-ratelimit-${name}-remaining-requests`] = String(requestsLeft);
    }
    if (tokensLeft !== undefined) {
      headers[`x-ratelimit-${name}-limit-tokens`] = String(scope.tokensPerMinute);
      headers[`x-ratelimit-${name}-remaining-tokens`] = String(tokensLeft);
    }
  }
}

function refusal(refused: Refused, demand: Demand, { budgetStatus, now }: LimitParts): GatewayError {
  const { scope, limit: kind, max, used, resetsAt } = refused;
  if (kind === "budget") return overBudget(refused, demand, budgetStatus);
  const words = { requests: "requests", tokens: "tokens", parallel: "max_parallel_requests" }[kind];
  const wait = resetsAt === undefined ? 1 : Math.max(1, Math.ceil((resetsAt - now()) / 1000));
  const when = resetsAt === undefined ? "when one of them ends" : new Date(resetsAt).toISOString();
  return new GatewayError(
    "rate-limited",
    "gateway",
    `Rate limit exceeded for ${scope.kind}: ${scope.label}. Limit type: ${words}. Current limit: ${max}, Remaining: ${Math.max(0, max - used)}. Limit resets at: ${when}`,
    { retryAfter: wait, type: "rate_limit_error", code: "429" },
  );
}

function overBudget({ scope, max, used, held = 0 }: Refused, { cost }: Demand, status: number): GatewayError {
  const name = scope.kind.charAt(0).toUpperCase() + scope.kind.slice(1);
  const spent =
    used >= max
      ? ""
      : ` Estimated request cost: ${dollars(cost)}, held by requests under way: ${dollars(held)}. Ask for fewer tokens (max_tokens), or wait for those to end.`;
  return new GatewayError(
    "budget-exceeded",
    "gateway",
    `Budget has been exceeded! ${name}=${scope.label} Current cost: ${dollars(used)}, Max budget: ${dollars(max)}.${spent}`,
    { type: "budget_exceeded", code: String(status), status },
  );
}

const dollars = (nano: number): string => String(nano / 1e9);
