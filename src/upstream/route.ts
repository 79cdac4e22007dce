/** Finds who answers: a deployment of the model's group, another one when that fails, and another group when all of them do. */

import { modelBehind } from "../canonical/caller.ts";
import type { ChatRequest } from "../canonical/chat.ts";
import { asGatewayError, GatewayError } from "../canonical/error.ts";
import type { Operation } from "../canonical/operation.ts";
import type { Config } from "../config/config.ts";
import type { Exchange, Handler, Reply } from "../exchange.ts";
import { type CallParts, type CallTimes, call } from "./call.ts";
import type { Deployment } from "./deployment.ts";
import type { Directory, Group } from "./directory.ts";
import { fallbacksFor } from "./fallbacks.ts";
import { began, ended, failed, resting } from "./health.ts";
import { waitBefore, worthRetrying } from "./retry.ts";
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
  const known = parts.directory.find(name) !== undefined;
  for (const next of known ? fallbacksFor(name, error, exchange, parts.config.routing) : []) {
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
  for (const pool of group.pools) {
    try {
      return await fromPool(parts, exchange, group, pool);
    } catch (cause) {
      error = asGatewayError(cause);
      if (error.kind === "client-closed" || (error.source === "client" && !error.retryable)) throw error;
    }
  }
  throw error ?? noneLeft(group, parts.now());
}

async function fromPool<O extends Operation>(
  parts: RouteParts,
  exchange: Exchange<O>,
  group: Group,
  pool: Group["pools"][number],
): Promise<Reply<O>> {
  const { routing } = parts.config;
  const tried = new Set<Deployment>();
  const most = exchange.controls.retries ?? pool.deployments[0]?.config.retries ?? routing.retries;
  let error: GatewayError | undefined;
  for (let turn = 0; ; turn++) {
    const now = parts.now();
    const fresh = (one: Deployment) => !resting(one, now) && free(one) && !tried.has(one);
    const deployment =
      parts.strategy.pick(pool, fresh, parts.random) ??
      parts.strategy.pick(pool, (one) => !resting(one, now) && free(one), parts.random);
    if (!deployment) throw error ?? noneLeft(group, now);
    if (turn > 0) exchange.notes.retries++;
    try {
      return await attempt(parts, exchange, deployment, group.size === 1);
    } catch (cause) {
      error = asGatewayError(cause);
    }
    tried.add(deployment);
    const others = pool.deployments.length > tried.size;
    if (turn >= most || exchange.cancel.reason !== undefined || !worthRetrying(error, others, group.name, routing))
      throw error;
    const wait = waitBefore(error, turn, others, routing, parts.random);
    if (wait > 0) await parts.sleep(wait, exchange.cancel);
  }
}

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
  began(deployment, start);
  try {
    const reply = await call(exchange, deployment, plan, parts, timesOf(exchange, deployment, parts.config));
    notes.attempts.push(facts(deployment, 200, parts.now() - start));
    return reply;
  } catch (cause) {
    const error = asGatewayError(cause);
    notes.attempts.push({
      ...facts(deployment, error.status, parts.now() - start),
      error: error.message.slice(0, 500),
    });
    failed(deployment, error, parts.config.routing, parts.now(), alone);
    throw error;
  } finally {
    ended(deployment);
  }
}

const wantsSchema = (request: object): boolean => (request as Partial<ChatRequest>).output?.type === "json-schema";

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
  const timeout = controls.timeout ?? config.timeout ?? routing.timeout;
  const streamTimeout = controls.streamTimeout ?? config.streamTimeout ?? routing.streamTimeout ?? timeout;
  return { timeout, streamTimeout };
}

const notOffered = ({ provider, config }: Deployment, operation: string): GatewayError =>
  new GatewayError(
    "not-found",
    "client",
    `${provider.id} does not offer ${operation} for ${config.model}; choose another model`,
    {
      param: "model",
    },
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
