/** Requests of nobody known: each has its record until they come as a flood, then one record tells of many. */

import type { CallRecord } from "../canonical/call-record.ts";

export interface StrangersOptions {
  readonly keep: (record: CallRecord) => void | Promise<void>;
  readonly now: () => number;
  /** How many records of strangers may be written at once, and how many a second after that. */
  readonly atOnce?: number;
  readonly perSecond?: number;
  /** Milliseconds: how often the rest is told of. */
  readonly sumEvery?: number;
}

export interface Strangers {
  /** Keeps a record, or counts it among those that are told of together. Records of callers who are known are always kept. */
  keep(record: CallRecord): void | Promise<void>;
  /** Tells what is still to be told. */
  close(): void | Promise<void>;
}

export function createStrangers(options: StrangersOptions): Strangers {
  const { keep, now, atOnce = 100, perSecond = 1, sumEvery = 60_000 } = options;
  let room = atOnce;
  let filledAt = now();
  let others: { count: number; readonly began: number; last: CallRecord } | undefined;
  let timer: NodeJS.Timeout | undefined;

  const isRoom = (): boolean => {
    const at = now();
    room = Math.min(atOnce, room + (Math.max(0, at - filledAt) / 1000) * perSecond);
    filledAt = at;
    if (room < 1) return false;
    room--;
    return true;
  };

  const sum = (): void | Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (!others) return undefined;
    const { count, began, last } = others;
    others = undefined;
    return keep(count === 1 ? last : summed(last, count, began));
  };

  return {
    keep(record) {
      if (!isStranger(record) || isRoom()) return keep(record);
      if (others) {
        others.count++;
        others.last = record;
      } else others = { count: 1, began: record.began, last: record };
      timer ??= setTimeout(() => void sum(), sumEvery).unref();
      return undefined;
    },
    close: sum,
  };
}

const isStranger = ({ outcome, keyId }: CallRecord): boolean => outcome === "refused" && keyId === undefined;

function summed({ error, ...last }: CallRecord, count: number, began: number): CallRecord {
  const message = `${count} requests without a valid key were refused from ${new Date(began).toISOString()} on; this is the last of them.`;
  return {
    ...last,
    began,
    metadata: { requests: count },
    error: { kind: "unauthenticated", source: "gateway", status: last.status, ...error, message },
  };
}
