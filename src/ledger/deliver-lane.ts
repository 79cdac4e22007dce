/** The way of records to one sink: queued, put together, turned into words in small slices, sent, and sent again. */

import type { CallRecord } from "../canonical/call-record.ts";
import { Cancel } from "../canonical/cancel.ts";
import type { Log } from "../canonical/log.ts";
import type { Send } from "../net/draft.ts";
import { attempt, type Result } from "./deliver-attempt.ts";
import { createQueue, type QueueLimits } from "./deliver-queue.ts";
import type { Sink } from "./sinks/sink.ts";

/** Counts since the start; they outlive a reload. */
export interface SinkCounts {
  delivered: number;
  /** Attempts that came to nothing. */
  failures: number;
  /** Records that were lost. */
  dropped: number;
}

export interface LaneParts {
  readonly name: string;
  readonly counts: SinkCounts;
  readonly send: Send;
  readonly log: Log;
  readonly random: () => number;
  readonly now: () => number;
  readonly limits: QueueLimits;
  /** Milliseconds that a receiver may take. */
  readonly timeout: number;
  /** Milliseconds before the second attempt; each further wait is twice as long. */
  readonly backoff: number;
}

export interface Lane {
  push(record: CallRecord): void;
  readonly waiting: number;
  readonly bytes: number;
  /** Delivers what there is, as far as it gets in so many milliseconds. Nothing may be pushed any more. */
  close(milliseconds: number): Promise<void>;
}

/** Attempts for what the receiver breaks on. */
const mostAttempts = 6;
const longestBackoff = 30_000;
/** Bytes of records in one delivery, as estimated. */
const mostBatch = 4 * 1024 * 1024;
/** Records that are turned into words in one turn of the event loop. */
const slice = 25;
const tooLate = "the time to end came before the sink took them";
/** A line of complaint at most so often. */
const quietFor = 60_000;

export function createLane(sink: Sink, parts: LaneParts): Lane {
  const { batch, target } = sink;
  const { name, counts, send, log, random, now, limits, timeout, backoff } = parts;
  const queue = createQueue(limits);
  const cancel = new Cancel();
  const sleepers = new Set<() => void>();
  let running = 0;
  /** Records, from the oldest on, that wait for nobody any more. */
  let due = 0;
  let timer: NodeJS.Timeout | undefined;
  let closing = false;
  const onIdle: (() => void)[] = [];
  /** When each complaint was last made. */
  const complained = new Map<string, number>();
  let failing = false;

  const complain = (message: string, reason: string): void => {
    if (now() - (complained.get(message) ?? Number.NEGATIVE_INFINITY) < quietFor) return;
    complained.set(message, now());
    log.warn({ sink: name, reason, waiting: queue.size, dropped: counts.dropped }, message);
  };

  const drop = (records: number, reason: string): void => {
    counts.dropped += records;
    complain("records for a sink were dropped", cancel.reason === undefined ? reason : tooLate);
  };

  const sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(waiting);
        sleepers.delete(wake);
        resolve();
      };
      const waiting = setTimeout(wake, milliseconds).unref();
      sleepers.add(wake);
    });

  const wakeAll = (): void => {
    for (const wake of sleepers) wake();
  };

  const words = async (records: readonly CallRecord[]): Promise<string[]> => {
    const texts: string[] = [];
    for (const [index, record] of records.entries()) {
      if (index > 0 && index % slice === 0) await nextTurn();
      try {
        texts.push(sink.encode(record));
      } catch (error) {
        drop(1, error instanceof Error ? error.message : "it cannot be written");
      }
    }
    return texts;
  };

  /** How long until the next attempt; undefined: there will be none. */
  const pauseAfter = (result: Result, attempts: number): number | undefined => {
    const worthIt = result.kind === "away" || (result.kind === "broken" && attempts < mostAttempts);
    if (cancel.reason !== undefined || !worthIt) return undefined;
    const usual = Math.min(longestBackoff, backoff * 2 ** (attempts - 1)) * (0.5 + random() / 2);
    const asked = result.kind === "away" ? (result.after ?? 0) : 0;
    return closing ? Math.min(usual, backoff) : Math.max(usual, asked);
  };

  const deliver = async (texts: readonly string[]): Promise<void> => {
    for (let attempts = 1; ; attempts++) {
      const result = await attempt(target, texts, { send, cancel, timeout });
      if (result.kind === "taken") return taken(texts.length, result);
      counts.failures++;
      if (result.kind === "too-large" && texts.length > 1) return inHalves(texts);
      const pause = pauseAfter(result, attempts);
      if (pause === undefined) return drop(texts.length, result.reason);
      failing = true;
      complain("records for a sink wait: it does not take them", result.reason);
      await sleep(pause);
    }
  };

  const inHalves = async (texts: readonly string[]): Promise<void> => {
    const half = Math.ceil(texts.length / 2);
    await deliver(texts.slice(0, half));
    await deliver(texts.slice(half));
  };

  const taken = (records: number, { refused, reason }: Result & { kind: "taken" }): void => {
    counts.delivered += records - Math.min(records, refused);
    if (refused > 0) drop(refused, reason ?? "the receiver refused them");
    if (!failing) return;
    failing = false;
    complained.clear();
    log.info({ sink: name, dropped: counts.dropped }, "a sink accepts records again");
  };

  const pump = (): void => {
    while (running < batch.parallel && queue.size > 0 && (due > 0 || queue.size >= batch.records)) {
      const records = queue.take(batch.records, mostBatch);
      due = Math.max(0, due - records.length);
      running++;
      void words(records)
        .then((texts) => (texts.length > 0 ? deliver(texts) : undefined))
        .finally(() => {
          running--;
          pump();
        });
    }
    if (queue.size > 0 && due === 0) timer ??= setTimeout(flush, batch.seconds * 1000).unref();
    if (running === 0 && queue.size === 0) idle();
  };

  const idle = (): void => {
    for (const tell of onIdle.splice(0)) tell();
  };

  const flush = (): void => {
    timer = undefined;
    due = queue.size;
    pump();
  };

  return {
    get waiting() {
      return queue.size;
    },
    get bytes() {
      return queue.bytes;
    },
    push(record) {
      const dropped = queue.push(record);
      if (dropped > 0) drop(dropped, "more came than the sink takes");
      pump();
    },
    async close(milliseconds) {
      closing = true;
      const done = new Promise<void>((resolve) => {
        onIdle.push(resolve);
      });
      const late = setTimeout(() => {
        cancel.cancel("closing");
        complained.clear();
        const left = queue.take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY).length;
        if (left > 0) drop(left, tooLate);
        wakeAll();
        idle();
      }, milliseconds);
      clearTimeout(timer);
      wakeAll();
      flush();
      await done;
      clearTimeout(late);
    },
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
