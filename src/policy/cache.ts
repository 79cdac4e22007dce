/** Answers a request again as it was answered before, for the same tenant, and keeps answers for the next time. */

import type { ChatResponse } from "../canonical/chat.ts";
import { Collector, replay } from "../canonical/collect.ts";
import type { Log } from "../canonical/log.ts";
import type { EventOf, Operation, ResponseOf } from "../canonical/operation.ts";
import type { Usage } from "../canonical/usage.ts";
import type { CacheConfig } from "../config/config.ts";
import type { Item } from "../exchange.ts";
import { type CacheControls, type Exchange, type Reply, type Stage, watch } from "../exchange.ts";
import type { Cache } from "../state/caches/cache.ts";
import { cacheKey } from "./cache-key.ts";

export interface CacheParts {
  readonly cache: Cache;
  readonly config: CacheConfig;
  readonly now: () => number;
  readonly log: Log;
}

interface Kept<O extends Operation> {
  readonly response: ResponseOf<O>;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly group?: string;
  readonly usage?: Usage;
}

export const cache = (parts: CacheParts): Stage => {
  const { config } = parts;
  return async (exchange, next) => {
    const wish: CacheControls = exchange.controls.cache ?? {};
    if (!isWanted(wish, exchange.operation, config)) return next(exchange);
    const key = cacheKey(exchange, config.namespace ?? "");
    const kept = wish.noCache ? undefined : await find(key, exchange, parts);
    if (kept && isFresh(kept, wish, parts)) return again(kept, key, exchange);
    exchange.notes.cache = { hit: false, key };
    const ttl = wish.ttl ?? config.ttl;
    if (wish.noStore || ttl <= 0) return next(exchange);
    const reply = await next(isStreaming(exchange) ? { ...exchange, decode: true } : exchange);
    return keeping(reply, exchange, (response) => keep(key, response, exchange, ttl, parts));
  };
};

const isWanted = ({ use }: CacheControls, operation: Operation, { mode, operations }: CacheConfig): boolean =>
  (mode === "default_off" ? use === true : use !== false) && operations.includes(operation);

const isStreaming = ({ request: { value } }: Exchange): boolean => "stream" in value && value.stream;

const isFresh = <O extends Operation>({ at }: Kept<O>, { maxAge }: CacheControls, { now }: CacheParts): boolean =>
  maxAge === undefined || now() - at <= maxAge * 1000;

/** A cache that fails is a cache that has nothing. */
async function find<O extends Operation>(
  key: string,
  { id }: Exchange<O>,
  { cache: store, log }: CacheParts,
): Promise<Kept<O> | undefined> {
  try {
    const found = store.read(key);
    const bytes = found instanceof Promise ? await found : found;
    if (!bytes) return undefined;
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as Kept<O>;
  } catch (cause) {
    log.warn({ call: id, cache: store.id, reason: reasonOf(cause) }, "the cache could not be read");
    return undefined;
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : "unknown");

/** Nothing was asked of a vendor, so nothing is owed. */
function again<O extends Operation>({ response, group, usage }: Kept<O>, key: string, exchange: Exchange<O>): Reply<O> {
  const { notes } = exchange;
  notes.cache = { hit: true, key };
  notes.cost = { input: 0, output: 0, tools: 0, total: 0 };
  if (group !== undefined) notes.group = group;
  if (usage) notes.usage = usage;
  if (!("choices" in response)) return { kind: "whole", response: { value: response } };
  // A stream names the vendor's model; the client knows it by its own name.
  const answer: ChatResponse = { ...response, model: exchange.request.value.model };
  const finish = answer.choices[0]?.finish;
  if (finish) notes.finish = finish;
  if (!isStreaming(exchange)) return { kind: "whole", response: { value: answer } };
  return { kind: "stream", batches: told<O>(answer) };
}

async function* told<O extends Operation>(answer: ChatResponse): AsyncGenerator<readonly Item<EventOf<O>>[]> {
  // An item for each event, so that whoever looks on can let them go one by one.
  yield [...replay(answer)].map((event) => ({ value: [event as EventOf<O>] }));
}

function keeping<O extends Operation>(
  reply: Reply<O>,
  { notes }: Exchange<O>,
  store: (response: ResponseOf<O>) => void,
): Reply<O> {
  if (reply.kind === "whole") {
    store(reply.response.value);
    return reply;
  }
  const collector = new Collector();
  const batches = watch(
    reply.batches,
    (ending) => {
      // A stream that was cut, or failed in its own words, is no answer.
      if (ending.kind === "ended" && collector.ended && !notes.error) store(collector.response);
    },
    (items) => {
      for (const { value } of items) for (const event of value) collector.push(event);
    },
  );
  return { kind: "stream", batches };
}

function keep<O extends Operation>(
  key: string,
  response: ResponseOf<O>,
  { id, notes }: Exchange<O>,
  ttl: number,
  { cache: store, now, log }: CacheParts,
): void {
  if (!isWorthKeeping(response)) return;
  const { group, usage } = notes;
  const kept: Kept<O> = { response, at: now(), ...(group !== undefined && { group }), ...(usage && { usage }) };
  const failed = (cause: unknown): void =>
    log.warn({ call: id, cache: store.id, reason: reasonOf(cause) }, "the cache could not be written");
  try {
    const written = store.write(key, Buffer.from(JSON.stringify(kept)), ttl);
    if (written instanceof Promise) written.catch(failed);
  } catch (cause) {
    failed(cause);
  }
}

/** An answer that the vendor's own filter ended, or one of nothing, is worth asking for again. */
function isWorthKeeping<O extends Operation>(response: ResponseOf<O>): boolean {
  if (!("choices" in response)) return true;
  const { choices }: ChatResponse = response;
  return choices.length > 0 && choices.every(({ finish }) => finish !== "content-filter" && finish !== "other");
}
