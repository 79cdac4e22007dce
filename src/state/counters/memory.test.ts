/** Meters: what is reserved is held, what is settled is spent, and no order of events breaks a limit. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Scope } from "../../canonical/caller.ts";
import { createMemoryMeters } from "./memory.ts";
import type { Demand, Refused, Reservation } from "./meters.ts";

const scope = (fields: Partial<Scope> = {}): Scope => ({
  id: "key:a",
  kind: "key",
  label: "a",
  budgets: [],
  ...fields,
});
const ask = (scopes: readonly Scope[], cost = 0, tokens = 0): Demand => ({ scopes, cost, tokens, free: false });

function at(time: { now: number }) {
  const meters = createMemoryMeters({ now: () => time.now, nextReset: (_, from) => from + 1000 });
  const reserve = (demand: Demand) => meters.reserve(demand) as Reservation | Refused;
  const granted = (demand: Demand): Reservation => {
    const answer = reserve(demand);
    if (answer.kind !== "granted") throw new Error(`refused: ${answer.limit}`);
    return answer;
  };
  return { meters, reserve, granted };
}

it("what is held cannot be promised twice", () => {
  const { reserve, granted } = at({ now: 0 });
  const budget = scope({ budgets: [{ max: 10, spent: 0 }] });
  const first = granted(ask([budget], 6));
  expect(reserve(ask([budget], 5))).toMatchObject({ kind: "refused", limit: "budget", used: 0, held: 6 });
  first.settle({ cost: 1, tokens: 0 });
  granted(ask([budget], 9));
});

it("all scopes grant a request, or none is touched", () => {
  const { reserve, granted } = at({ now: 0 });
  const [poor, rich] = [
    scope({ id: "team:t", budgets: [{ max: 1, spent: 1 }] }),
    scope({ id: "key:b", requestsPerMinute: 1 }),
  ];
  expect(reserve(ask([rich, poor], 1))).toMatchObject({ kind: "refused", limit: "budget" });
  granted(ask([rich]));
});

it("only the first settlement counts", () => {
  const { meters, granted } = at({ now: 0 });
  const budget = scope({ budgets: [{ max: 10, spent: 0 }] });
  const grant = granted(ask([budget], 5));
  grant.settle({ cost: 2, tokens: 0 });
  grant.settle({ cost: 2, tokens: 0 });
  expect(meters.spent("key:a")).toEqual({ spent: 2, held: 0 });
});

it("a new minute counts anew, and owes nothing for what an earlier one admitted", () => {
  const time = { now: 0 };
  const { reserve, granted } = at(time);
  const limited = scope({ requestsPerMinute: 1, tokensPerMinute: 100 });
  const first = granted(ask([limited], 0, 80));
  expect(reserve(ask([limited]))).toMatchObject({ limit: "requests", resetsAt: 60_000 });
  time.now = 60_000;
  const second = granted(ask([limited], 0, 80));
  first.settle({ cost: 0, tokens: 500 });
  second.settle({ cost: 0, tokens: 10 });
  time.now = 61_000;
  expect(reserve(ask([scope({ tokensPerMinute: 100 })], 0, 85))).toMatchObject({ kind: "granted" });
});

it("a request longer than the limit of a whole minute passes when the minute is empty", () => {
  const { reserve, granted } = at({ now: 0 });
  const limited = scope({ tokensPerMinute: 100 });
  granted(ask([limited], 0, 32_000));
  expect(reserve(ask([limited], 0, 1))).toMatchObject({ limit: "tokens" });
});

it("a period that is over has nothing spent", () => {
  const time = { now: 0 };
  const { meters, reserve, granted } = at(time);
  const daily = scope({ budgets: [{ max: 10, spent: 10, period: "1d", resetsAt: 500 }] });
  expect(reserve(ask([daily], 1))).toMatchObject({ limit: "budget" });
  time.now = 500;
  granted(ask([daily], 1)).settle({ cost: 1, tokens: 0 });
  expect(meters.spent("key:a")).toEqual({ spent: 1, held: 0 });
});

it("a model that costs nothing is served to whoever has spent all", () => {
  const { reserve } = at({ now: 0 });
  const spent = scope({ budgets: [{ max: 1, spent: 1 }] });
  expect(reserve({ ...ask([spent]), free: true })).toMatchObject({ kind: "granted" });
  expect(reserve(ask([spent]))).toMatchObject({ kind: "refused" });
});

it("a scope that is forgotten while a call runs and comes again has no slot less, and pays for the call", () => {
  const { meters, reserve, granted } = at({ now: 0 });
  const limited = scope({ parallel: 1, budgets: [{ max: 10, spent: 0 }] });
  const before = granted(ask([limited], 4, 100));
  meters.forget("key:a");
  const after = granted(ask([limited], 4));
  before.settle({ cost: 3, tokens: 50 });
  expect(meters.spent("key:a")).toEqual({ spent: 3, held: 4 });
  expect(reserve(ask([limited]))).toMatchObject({ limit: "parallel", used: 1 });
  after.settle({ cost: 1, tokens: 0 });
  expect(meters.spent("key:a")).toEqual({ spent: 4, held: 0 });
  granted(ask([limited])).settle({ cost: 0, tokens: 0 });
});

it("a budget that is set while a call runs counts that call", () => {
  const { meters, granted } = at({ now: 0 });
  const early = granted(ask([scope()]));
  granted(ask([scope({ budgets: [{ max: 10, spent: 1 }] })], 1)).settle({ cost: 1, tokens: 0 });
  early.settle({ cost: 5, tokens: 0 });
  expect(meters.spent("key:a")).toEqual({ spent: 7, held: 0 });
});

it("what a call may cost perhaps is held as far as there is room, and refuses nothing", () => {
  const { meters, reserve, granted } = at({ now: 0 });
  const budget = scope({ budgets: [{ max: 10, spent: 0 }] });
  const unsure = granted({ ...ask([budget], 2), perhaps: 100 });
  expect(meters.spent("key:a")).toEqual({ spent: 0, held: 10 });
  expect(reserve(ask([budget], 1))).toMatchObject({ kind: "refused", held: 10 });
  unsure.settle({ cost: 3, tokens: 0 });
  granted({ ...ask([budget], 2), perhaps: 1 });
  expect(meters.spent("key:a")).toEqual({ spent: 3, held: 3 });
});

it("money stays held for a call that goes on, until it is known what it came to, or for an hour", () => {
  const time = { now: 0 };
  const { meters, granted } = at(time);
  const budget = scope({ budgets: [{ max: 100, spent: 0 }], parallel: 2 });
  granted(ask([budget], 10)).settle({ cost: 1, tokens: 0 }, "first");
  granted(ask([budget], 10)).settle({ cost: 1, tokens: 0 }, "second");
  expect(meters.spent("key:a")).toEqual({ spent: 2, held: 18 });
  expect(meters.late("first", [budget], { cost: 5, tokens: 0 })).toBe(true);
  expect(meters.late("first", [budget], { cost: 5, tokens: 0 })).toBe(false);
  expect(meters.spent("key:a")).toEqual({ spent: 7, held: 9 });
  time.now = 3_600_000;
  expect(meters.available([budget])).toBe(93);
  expect(meters.late("second", [budget], { cost: -2, tokens: 0 })).toBe(true);
  expect(meters.spent("key:a")).toEqual({ spent: 5, held: 0 });
});

it("whatever comes and goes in whatever order, no more is spent than granted and no slot is lost", () => {
  const step = fc.record({
    cost: fc.integer({ min: 0, max: 40 }),
    real: fc.double({ min: 0, max: 1, noNaN: true }),
    settle: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { meters, reserve } = at({ now: 0 });
      const limited = scope({ budgets: [{ max: 100, spent: 0 }], parallel: 5 });
      const open: { grant: Reservation; cost: number }[] = [];
      for (const { cost, real, settle } of steps) {
        const answer = reserve(ask([limited], cost));
        if (answer.kind === "granted") open.push({ grant: answer, cost: Math.floor(cost * real) });
        expect(open.length).toBeLessThanOrEqual(5);
        const [done] = open.splice(settle % (open.length || 1), open.length > settle ? 1 : 0);
        done?.grant.settle({ cost: done.cost, tokens: 0 });
        const { spent = 0, held = 0 } = meters.spent("key:a") ?? {};
        expect(spent + held).toBeLessThanOrEqual(100);
      }
      for (const { grant, cost } of open) grant.settle({ cost, tokens: 0 });
      expect(meters.spent("key:a")?.held ?? 0).toBe(0);
    }),
  );
});

it("a clock that is set back does not keep a limit full until it is there again", () => {
  const time = { now: 1e9 };
  const { reserve, granted } = at(time);
  const limited = scope({ requestsPerMinute: 1 });
  granted(ask([limited]));
  time.now = 1e6;
  granted(ask([limited]));
  expect(reserve(ask([limited]))).toMatchObject({ kind: "refused", limit: "requests", resetsAt: 1e6 + 60_000 });
});
