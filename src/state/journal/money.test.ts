/** Money from a reservation to the database: whatever happens in whatever order, what is settled is what is spent. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { callRecord } from "../../../test/records.ts";
import { onBothEngines } from "../../../test/services/on-both-engines.ts";
import type { CallRecord } from "../../canonical/call-record.ts";
import type { Scope } from "../../canonical/caller.ts";
import { createMemoryMeters } from "../counters/memory.ts";
import type { Meters, Reservation } from "../counters/meters.ts";
import { callerOf } from "../database/caller.ts";
import { deleteKeys, emptyKey, findKey, insertKey, type KeyRow, updateKey } from "../database/keys.ts";
import type { Database } from "../database/open.ts";
import { nextReset } from "../database/periods.ts";
import { createDatabaseResponses } from "../responses/database.ts";
import { type StoredResponse, usualLimits } from "../responses/store.ts";
import { type Journal, openJournal } from "./open.ts";
import { createTail } from "./tail.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-money-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const begun = Date.parse("2026-10-07T12:00:00Z");
const period = "60s";
const slots = 6;
let number = 0;

const recordOf = (id: string, token: string, at: number, more: Partial<CallRecord>): CallRecord =>
  callRecord({ id, began: begun, ended: at, scopes: [`key:${token}`], keyId: token, ...more });

const of = <T extends string>(type: T, weight: number) => ({ weight, arbitrary: fc.constant({ type }) });
const size = fc.integer({ min: 0, max: 40 });
const part = fc.double({ min: 0, max: 1, noNaN: true });
const which = fc.nat(20);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant("reserve" as const), cost: size, perhaps: size }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant("settle" as const), which, part }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("abort" as const), which }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("go on" as const), which, part }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("learn" as const), which, part }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("change" as const), max: fc.integer({ min: 50, max: 200 }) }) },
  of("pass" as const, 1),
  of("forget" as const, 1),
  of("restart" as const, 2),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A gateway's part in money, and beside it a sum of what it was told. */
function gatewayOn(database: Database, token: string, at: string) {
  let time = begun;
  let meters: Meters;
  let journal: Journal;
  let scope: Scope | undefined;
  let open: { grant: Reservation; cost: number }[] = [];
  let goingOn: { call: string; estimate: number; until: number }[] = [];
  /** Of the present period. */
  let spent = 0;
  let resetsAt = nextReset(period, begun);

  const book = (cost: number): void => {
    if (time >= resetsAt) {
      spent = 0;
      resetsAt = nextReset(period, time, resetsAt);
    }
    spent += cost;
  };
  const start = (): void => {
    meters = createMemoryMeters({ now: () => time, nextReset });
    journal = openJournal({ folder: at, onTrouble: fail });
    scope = undefined;
  };
  const drain = (): Promise<void> => createTail(at, database, fail).catchUp();
  const write = async (call: string, more: Partial<CallRecord>): Promise<void> => {
    await journal.append(recordOf(call, token, time, more));
  };
  /** As a request does that meets the key for the first time, or after it was changed. */
  const load = async (): Promise<Scope> => {
    if (scope) return scope;
    await drain();
    const row = await findKey(database, token);
    scope = row && callerOf(row).scopes[0];
    if (!scope) throw new Error("the key is gone");
    meters.available([scope]);
    return scope;
  };
  const settle = async (index: number, real: number, goesOn: boolean): Promise<void> => {
    const [one] = open.splice(index % (open.length || 1), 1);
    if (!one) return;
    const call = `call-${++number}`;
    const cost = Math.floor(one.cost * real);
    one.grant.settle({ cost, tokens: 0 }, goesOn ? call : undefined);
    book(cost);
    await write(call, { cost });
    if (goesOn) goingOn.push({ call, estimate: cost, until: resetsAt });
  };
  /** Written twice, as by a gateway that was killed between writing and remembering that it has. */
  const learn = async (index: number, real: number): Promise<void> => {
    const [one] = goingOn.splice(index % (goingOn.length || 1), 1);
    if (!one) return;
    const more = Math.floor(real * 60) - one.estimate;
    // What was estimated in a period that is over is not given back in another.
    const cost = time >= one.until ? Math.max(0, more) : more;
    const scopes = [await load()];
    expect(meters.late(one.call, scopes, { cost, tokens: 0 })).toBe(true);
    expect(meters.late(one.call, scopes, { cost, tokens: 0 })).toBe(false);
    book(cost);
    for (let turn = 0; turn < 2; turn++) await write(`${one.call}-settled`, { cost, settles: one.call });
  };
  const change = async (max: number): Promise<void> => {
    await updateKey(database, token, { max_budget: max });
    scope = undefined;
  };
  const forget = async (): Promise<void> => {
    await drain();
    await deleteKeys(database, [token], { now: time, by: "test" });
    meters.forget(`key:${token}`);
    scope = undefined;
    goingOn = [];
    [spent, resetsAt] = [0, nextReset(period, time)];
    await insertKey(database, rowOf(token, resetsAt));
  };
  const reserve = async (cost: number, perhaps: number): Promise<void> => {
    const own = await load();
    const grant = await meters.reserve({ scopes: [own], cost, perhaps, tokens: 0, free: false });
    if (grant.kind === "refused") return;
    open.push({ grant, cost });
    const { spent: now = 0, held = 0 } = meters.spent(own.id) ?? {};
    expect(now + held).toBeLessThanOrEqual(own.budgets[0]?.max ?? 0);
  };
  const agree = async (): Promise<void> => {
    await drain();
    const { spend = 0, budget_reset_at: ends } = (await findKey(database, token)) ?? {};
    const now = time >= resetsAt ? 0 : spent;
    expect(time >= (ends ?? 0) ? 0 : spend).toBe(now);
    if (scope) expect(meters.spent(scope.id)?.spent).toBe(now);
  };
  start();

  return {
    async take(one: Step): Promise<void> {
      if (one.type === "reserve") await reserve(one.cost, one.perhaps);
      else if (one.type === "settle") await settle(one.which, one.part, false);
      else if (one.type === "abort") await settle(one.which, 0, false);
      else if (one.type === "go on") await settle(one.which, one.part, true);
      else if (one.type === "learn") await learn(one.which, one.part);
      else if (one.type === "change") await change(one.max);
      else if (one.type === "forget") await forget();
      else if (one.type === "pass") time += 25_000;
      else {
        // Killed: whatever runs is gone, and was never settled.
        journal.close();
        open = [];
        start();
        await agree();
      }
      const { spent: now = 0, held = 0 } = meters.spent(`key:${token}`) ?? {};
      expect(Math.min(now, held)).toBeGreaterThanOrEqual(0);
    },
    async end(): Promise<void> {
      while (open.length > 0) await settle(0, 1, false);
      while (goingOn.length > 0) await learn(0, 1);
      await agree();
      const own = await load();
      expect(meters.spent(own.id)?.held ?? 0).toBe(0);
      const ask = { scopes: [own], cost: 0, tokens: 0, free: true };
      for (let slot = 0; slot < slots; slot++) expect(meters.reserve(ask)).toMatchObject({ kind: "granted" });
      expect(meters.reserve(ask)).toMatchObject({ kind: "refused", limit: "parallel" });
      journal.close();
    },
  };
}

const fail = (text: string): never => {
  throw new Error(text);
};

const rowOf = (token: string, resetsAt: number): KeyRow => ({
  ...emptyKey,
  token,
  key_name: "sk-...abcd",
  max_budget: 100,
  max_parallel_requests: slots,
  budget_duration: period,
  budget_reset_at: resetsAt,
});

await onBothEngines("money", (opened) => {
  it("is spent as it was settled, is never below zero, and leaves no slot taken", { timeout: 60_000 }, async () => {
    const runs = fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
      const token = `money-${++number}`;
      await insertKey(opened.database, rowOf(token, nextReset(period, begun)));
      const gateway = gatewayOn(opened.database, token, join(folder, token));
      for (const one of steps) await gateway.take(one);
      await gateway.end();
    });
    await fc.assert(runs, { numRuns: 25 });
  });

  it("that is owed for an answer is remembered with it, and not owed twice after a restart", async () => {
    const limits = { ...usualLimits, ttl: 1000 };
    const store = () =>
      createDatabaseResponses(opened.database, { limits, now: () => begun, onTrouble: (error) => fail(String(error)) });
    const owed = {
      call: `late-${++number}`,
      usage: { input: 5, output: 0, estimated: true },
      cost: { input: 5, output: 0, tools: 0, total: 5 },
    };
    const id = `resp_${number}`;
    const entry: StoredResponse = {
      id,
      owner: "alice",
      model: "m",
      created: begun,
      status: "queued",
      owed,
      input: [],
      response: { id },
    };
    const first = store();
    await first.put(entry);
    await first.close();
    expect(await store().get(id, "alice")).toEqual(entry);
    const at = join(folder, id);
    const journal = openJournal({ folder: at, onTrouble: fail });
    await journal.append(recordOf(`${owed.call}-settled`, "alice", begun, { cost: 7, settles: owed.call }));
    journal.close();
    await createTail(at, opened.database, fail).catchUp();
    const { owed: _, ...settled } = entry;
    expect(await store().get(id, "alice")).toEqual(settled);
  });
});
