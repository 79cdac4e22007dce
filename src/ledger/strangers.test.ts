/** A flood of requests with bad keys: nobody is left out, and the disk does not fill. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { callRecord } from "../../test/records.ts";
import type { CallRecord } from "../canonical/call-record.ts";
import { createStrangers } from "./strangers.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_790_000_000_000 }));
afterEach(() => void vi.useRealTimers());

const stranger = callRecord({
  outcome: "refused",
  status: 401,
  error: { kind: "unauthenticated", source: "gateway", message: "The key is unknown.", status: 401 },
});

const flood = () => {
  const kept: CallRecord[] = [];
  const strangers = createStrangers({ keep: (record) => void kept.push(record), now: Date.now });
  let number = 0;
  const come = (count: number, more: Partial<CallRecord> = {}): void => {
    for (let turn = 0; turn < count; turn++)
      void strangers.keep({ ...stranger, id: `stranger-${++number}`, began: Date.now(), ended: Date.now(), ...more });
  };
  return { kept, strangers, come };
};

it("each has its record while they are few", () => {
  const { kept, come } = flood();
  come(100);
  vi.advanceTimersByTime(10_000);
  come(10);
  expect(kept).toHaveLength(110);
  expect(kept.every(({ metadata }) => metadata === undefined)).toBe(true);
});

it("what is too much of them is told of once a minute, all of it counted", () => {
  const { kept, come } = flood();
  for (let second = 0; second < 300; second++) {
    come(1000);
    vi.advanceTimersByTime(1000);
  }
  vi.advanceTimersByTime(60_000);
  expect(kept.length).toBeLessThan(100 + 300 + 6);
  const counted = kept.reduce((sum, { metadata }) => sum + Number(metadata?.["requests"] ?? 1), 0);
  expect(counted).toBe(300_000);
  expect(new Set(kept.map(({ id }) => id)).size).toBe(kept.length);
  expect(kept.findLast(({ metadata }) => metadata)?.error?.message).toMatch(/^\d+ requests without a valid key/);
});

it("whoever is known has a record each, whatever else comes, and what is left is told at the end", async () => {
  const { kept, strangers, come } = flood();
  come(150);
  come(500, { keyId: "k" });
  come(500, { outcome: "answered" });
  expect(kept).toHaveLength(1100);
  await strangers.close();
  expect(kept).toHaveLength(1101);
  expect(kept.at(-1)?.metadata).toEqual({ requests: 50 });
});
