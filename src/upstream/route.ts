/** Finds who answers: a deployment of the model's group, another one when that fails, and another group when all of them do. */

import { modelBehind } from "../canonical/caller.ts";
import type { ChatRequest } from "../canonical/chat.ts";
import { asGatewayError, GatewayError } from "../canonical/error.ts";
import type { Operation } from "../canonical/operation.ts";
import type { Config } from "../config/config.ts";
import { type Exchange, type Handler, type Kept, type Reply, watch } from "../exchange.ts";
import { type CallParts, type CallTimes, call, isHurried } from "./call.ts";
import type { Deployment } from "./deployment.ts";
import type { Directory, Group } from "./directory.ts";
import { fallbacksFor } from "./fallbacks.ts";
import { began, ended, failed, resting } from "./health.ts";
import { heldField, speaks } from "./held.ts";
import { longEnough } from "./long-enough.ts";
import { retriesByPolicy, waitBefore, worthRetrying } from "./retry.ts";
import type { Strategy } from "./strategies/strategy.ts";
import type { Tokenizer } from "./tokenizer.ts";

export interface RouteParts extends CallParts {
  readonly config: Config;
  readonly directory: Directory;
  readonly strategy: Strategy;
  readonly random: () => number;
  readonly tokenizer: Tokenizer;
  readonly sleep: (milliseconds: number, cancel: Exchange["cancel"]) => Promise<void>;
}

export const route = (parts: RouteParts): Handler => {
  return <O extends Operation>(exchange: Exchange<O>): Promise<Reply<O>> => {
    const name = modelBehind(exchange.caller, exchange.request.value.model);
    return withFallbacks(parts, exchange, name, new Set([name]));
  };
};

/** A group that stands in for another may have stand-ins itself. When all have failed, the first failure is the one to tell. */
async function withFallbacks<O extends Operation>(
  parts: RouteParts,
  exchange: Exchange<O>,
  name: string,
  asked: Set<string>,
): Promise<Reply<O>> {
  let error: GatewayError;
  try {
    return await fromGroup(parts, exchange, name);
  } catch (cause) {
    error = asGatewayError(cause);
  }
  // By the group's own name: an alias has the stand-ins of what it stands for.
  const group = parts.directory.find(name)?.name;
  for (const next of group === undefined ? [] : fallbacksFor(group, error, exchange, parts.config.routing)) {
    if (asked.has(next) || exchange.notes.fallbacks >= parts.config.routing.maxFallbacks) continue;
    asked.add(next);
    exchange.notes.fallbacks++;
    try {
      return await withFallbacks(parts, exchange, next, asked);
    } catch {
      // The first failure is told; each attempt's own stands in the record.
      if (exchange.cancel.reason !== undefined) break;
    }
  }
  throw error;
}

async function fromGroup<O extends Operation>(
  parts: RouteParts,
  exchange: Exchange<O>,
  name: string,
): Promise<Reply<O>> {
  const group = parts.directory.find(name);
  if (!group) throw unknownModel(name);
  exchange.notes.group = name;
  let error: GatewayError | undefined;
  const pools = parts.config.routing.checksLength ? await longEnough(exchange, group, parts.tokenizer) : group.pools;
  for (const pool of poolsFor(exchange, pools, parts.now())) {
    try {
      return await fromPool(parts, exchange, group, pool);
    } catch (cause) {
      error = asGatewayError(cause);
      if (error.kind === "client-closed" || (error.source === "client" && !error.retryable)) throw error;
    }
  }
  throw error ?? noneLeft(group, parts.now());
}

/** In their order, but what a vendor keeps is asked for there first. */
function poolsFor({ kept }: Exchange, pools: Group["pools"], at: number): Group["pools"] {
  if (!kept || pools.length === 1) return pools;
  const has = ({ deployments }: Group["pools"][number]) =>
    deployments.some((one) => keeps(kept, one) && isFit(one, at));
  return pools.toSorted((a, b) => Number(has(b)) - Number(has(a)));
}

const keeps = (kept: Kept | undefined, { id }: Deployment): boolean => kept?.deployment === id;

async function fromPool<O extends Operation>(
  parts: RouteParts,
  exchange: Exchange<O>,
  group: Group,
  pool: Group["pools"][number],
): Promise<Reply<O>> {
  const tried = new Set<Deployment>();
  let error: GatewayError | undefined;
  for (let turn = 0; ; turn++) {
    const deployment = chosen(parts, exchange, pool, tried);
    if (!deployment) throw error ?? noneLeft(group, parts.now());
    if (turn > 0) exchange.notes.retries++;
    try {
      return await attempt(parts, exchange, deployment, group.size === 1);
    } catch (cause) {
      error = asGatewayError(cause);
    }
    if (hasLost(exchange, deployment, error)) {
      exchange.notes.retries++;
      const { kept: _, ...whole } = exchange;
      return await fromPool(parts, whole, group, pool);
    }
    tried.add(deployment);
    const wait = pauseAfter(error, parts, exchange, { group, pool, tried, turn });
    if (wait === undefined) throw error;
    if (wait > 0) await parts.sleep(wait, exchange.cancel);
  }
}

/** It was asked for what it keeps no longer. */
const hasLost = ({ kept }: Exchange, deployment: Deployment, error: GatewayError): boolean =>
  keeps(kept, deployment) && kept?.isLost(error) === true;

interface Tries {
  readonly group: Group;
  readonly pool: Group["pools"][number];
  readonly tried: ReadonlySet<Deployment>;
  readonly turn: number;
}

/** Milliseconds until the next attempt; undefined: there is none. */
function pauseAfter<O extends Operation>(
  error: GatewayError,
  { config: { routing }, now, random }: RouteParts,
  { controls, cancel }: Exchange<O>,
  { group, pool, tried, turn }: Tries,
): number | undefined {
  const usual = controls.retries ?? pool.deployments[0]?.config.retries ?? routing.retries;
  const most = controls.retries === 0 ? 0 : (retriesByPolicy(error, group.name, routing) ?? usual);
  if (turn >= most || cancel.reason !== undefined) return undefined;
  const at = now();
  const others = pool.deployments.some((one) => !tried.has(one) && isFit(one, at));
  if (!worthRetrying(error, others, group.name, routing)) return undefined;
  return waitBefore(error, turn, others, routing, random);
}

/** Whoever keeps what led to the request, else one that has not been tried, where there is one. */
const chosen = (
  { strategy, random, now }: RouteParts,
  exchange: Exchange,
  pool: Group["pools"][number],
  tried: ReadonlySet<Deployment>,
): Deployment | undefined => {
  const at = now();
  const { kept } = exchange;
  // Where nobody speaks the language, whoever is asked says what is wrong.
  const bound = heldField(exchange) !== undefined && pool.deployments.some((one) => speaks(one, exchange));
  const able = (one: Deployment) => isFit(one, at) && (!bound || speaks(one, exchange));
  const keeper = kept && tried.size === 0 ? pool.deployments.find((one) => keeps(kept, one)) : undefined;
  if (keeper && able(keeper)) return keeper;
  const untried = strategy.pick(pool, (one) => able(one) && !tried.has(one), random);
  return untried ?? (tried.size === 0 ? undefined : strategy.pick(pool, able, random));
};

const isFit = (one: Deployment, at: number): boolean => !resting(one, at) && free(one);

const free = ({ health, config }: Deployment): boolean =>
  config.parallel === undefined || health.running < config.parallel;

async function attempt<O extends Operation>(
  parts: RouteParts,
  exchange: Exchange<O>,
  deployment: Deployment,
  alone: boolean,
): Promise<Reply<O>> {
  const { notes, operation, format } = exchange;
  const plan = deployment.plan(operation, format.id, wantsSchema(exchange.request.value));
  if (!plan) {
    if (isCount(exchange)) return await estimated(exchange, deployment, parts);
    throw notOffered(deployment, operation);
  }
  const start = parts.now();
  const times = timesOf(exchange, deployment, parts.config);
  began(deployment, start);
  let streaming = false;
  try {
    const reply = await call(exchange, deployment, plan, parts, times);
    notes.attempts.push(facts(deployment, 200, parts.now() - start));
    if (reply.kind === "whole") return reply;
    // It works for as long as it speaks.
    streaming = true;
    return { ...reply, batches: watch(reply.batches, () => ended(deployment)) };
  } catch (cause) {
    const error = asGatewayError(cause);
    notes.attempts.push({
      ...facts(deployment, error.status, parts.now() - start),
      error: error.message.slice(0, 500),
    });
    // That it was given too little time says nothing of the deployment.
    if (!hasLost(exchange, deployment, error) && !isHurried(times, error))
      failed(deployment, error, parts.config.routing, parts.now(), alone);
    throw error;
  } finally {
    if (!streaming) ended(deployment);
  }
}

export const wantsSchema = (request: object): boolean =>
  (request as Partial<ChatRequest>).output?.type === "json-schema";

const isCount = (exchange: Exchange<Operation>): exchange is Exchange<"count"> => exchange.operation === "count";

/** A vendor without a counter of its own is counted for. */
async function estimated(
  { request, notes }: Exchange<"count">,
  deployment: Deployment,
  { tokenizer }: RouteParts,
): Promise<Reply<"count">> {
  notes.deployment = deployment.facts;
  const inputTokens = await tokenizer.countRequest(request.value);
  return { kind: "whole", response: { value: { inputTokens, source: "estimate" } } };
}

const facts = ({ id, provider }: Deployment, status: number, milliseconds: number) => ({
  deployment: id,
  provider: provider.id,
  status,
  milliseconds,
});

function timesOf<O extends Operation>(
  { controls }: Exchange<O>,
  { config }: Deployment,
  { routing }: Config,
): CallTimes {
  const usual = said(config.timeout) ?? routing.timeout;
  const usualFirst = said(config.streamTimeout) ?? said(routing.streamTimeout) ?? usual;
  const timeout = said(controls.timeout) ?? usual;
  const first = said(controls.streamTimeout) ?? said(config.streamTimeout) ?? said(routing.streamTimeout) ?? timeout;
  return {
    timeout: Math.min(timeout, longest),
    streamTimeout: Math.min(first, longest),
    hurried: timeout < usual || first < usualFirst,
  };
}

/** Seconds: timers hold no more than some weeks, and end at once when asked for longer. */
const longest = 86_400;

/** No time at all is no wish, and would be no limit. */
const said = (seconds: number | undefined): number | undefined =>
  seconds !== undefined && seconds > 0 ? seconds : undefined;

/** Others may offer it. The model itself exists, so the client is told that its question is wrong. */
export const notOffered = ({ provider, config }: Deployment, operation: string): GatewayError =>
  new GatewayError(
    "not-found",
    "client",
    `${provider.id} does not offer ${operation} for ${config.model}; choose another model`,
    { param: "model", status: 400 },
  );

const unknownModel = (name: string): GatewayError =>
  new GatewayError(
    "not-found",
    "client",
    `The model \`${name.slice(0, 200)}\` does not exist or you do not have access to it. GET /v1/models lists what there is.`,
    { param: "model", code: "model_not_found" },
  );

function noneLeft(group: Group, now: number): GatewayError {
  const rests = group.pools.flatMap(({ deployments }) => deployments.map(({ health }) => health.restsUntil));
  const wait = Math.max(1, Math.ceil((Math.min(...rests) - now) / 1000));
  return new GatewayError(
    "rate-limited",
    "gateway",
    `No deployments available for selected model, Try again in ${wait} seconds. Passed model=${group.name}.`,
    { retryAfter: wait },
  );
}
