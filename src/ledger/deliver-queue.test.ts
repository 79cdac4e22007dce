/** What waits for a sink stays within its bounds, and loses first what matters least. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { callRecord } from "../../test/records.ts";
import type { CallRecord } from "../canonical/call-record.ts";
import { createQueue } from "./deliver-queue.ts";

const record = (id: number, metadata?: Record<string, unknown>): CallRecord =>
  callRecord({ id: String(id), cost: 1, costInput: 1, ...(metadata && { metadata }) });

const idsOf = (records: readonly CallRecord[]): string[] => records.map(({ id }) => id);
const all = Number.POSITIVE_INFINITY;

describe("a queue", () => {
  it("gives back in the order in which it got", () => {
    const queue = createQueue({ records: 10, bytes: 1e6 });
    for (let id = 0; id < 5; id++) queue.push(record(id));
    expect(idsOf(queue.take(2, all))).toEqual(["0", "1"]);
    expect(idsOf(queue.take(all, all))).toEqual(["2", "3", "4"]);
    expect(queue.size).toBe(0);
    expect(queue.bytes).toBe(0);
  });

  it("drops the oldest when there are too many, and says how many", () => {
    const queue = createQueue({ records: 3, bytes: 1e6 });
    const dropped = [0, 1, 2, 3, 4].map((id) => queue.push(record(id)));
    expect(dropped).toEqual([0, 0, 0, 1, 1]);
    expect(idsOf(queue.take(all, all))).toEqual(["2", "3", "4"]);
  });

  it("sheds the details of the oldest before it drops anything", () => {
    const queue = createQueue({ records: 100, bytes: 40_000 });
    const note = "x".repeat(4000);
    let dropped = 0;
    for (let id = 0; id < 10; id++) dropped += queue.push(record(id, { note }));
    expect(dropped).toBe(0);
    const kept = queue.take(all, all);
    expect(kept).toHaveLength(10);
    expect(kept[0]?.metadata).toBeUndefined();
    expect(kept[9]?.metadata).toEqual({ note });
  });

  it("keeps no details that are larger than all others together may be", () => {
    const queue = createQueue({ records: 100, bytes: 1e6 });
    queue.push(record(0, { note: "x".repeat(200_000) }));
    expect(queue.bytes).toBeLessThan(10_000);
    expect(queue.take(1, all)[0]?.metadata).toBeUndefined();
  });

  it("gives at least one record, however large, and no more than fit", () => {
    const queue = createQueue({ records: 100, bytes: 1e6 });
    for (let id = 0; id < 5; id++) queue.push(record(id, { note: "x".repeat(5000) }));
    expect(idsOf(queue.take(all, 1))).toEqual(["0"]);
    expect(queue.take(all, 25_000).length).toBeLessThan(4);
  });

  it("never holds more than its bounds, whatever comes and goes", () => {
    const step = fc.oneof(
      fc.record({ push: fc.constant(true), note: fc.integer({ min: 0, max: 40_000 }) }),
      fc.record({ push: fc.constant(false), note: fc.integer({ min: 1, max: 20 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = createQueue({ records: 20, bytes: 100_000 });
        let pushed = 0;
        let gone = 0;
        for (const { push, note } of steps) {
          if (push) gone += queue.push(record(pushed++, { note: "x".repeat(note) }));
          else gone += queue.take(note, all).length;
          expect(queue.size).toBeLessThanOrEqual(20);
          expect(queue.bytes).toBeLessThanOrEqual(100_000);
          expect(queue.size).toBe(pushed - gone);
        }
        queue.take(all, all);
        expect(queue.bytes).toBe(0);
      }),
    );
  });
});
