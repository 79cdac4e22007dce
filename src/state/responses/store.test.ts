/** What every place for answers promises. */
import { afterAll, describe, expect, it } from "vitest";
import { onBothEngines } from "../../../test/services/on-both-engines.ts";
import { findResponse, heldResponses } from "../database/responses.ts";
import { createDatabaseResponses } from "./database.ts";
import { createMemoryResponses } from "./memory.ts";
import { type ResponseStore, type StoredResponse, usualLimits } from "./store.ts";

const entry = (id: string, more: Partial<StoredResponse> = {}): StoredResponse => ({
  id,
  owner: "alice",
  model: "gpt",
  created: 1_790_000_000_000,
  status: "completed",
  input: [{ type: "message", role: "user", content: "é 😀" }],
  response: { id, output: [{ type: "message" }], usage: null },
  ...more,
});

const quiet = (): undefined => undefined;
let time = 1_790_000_000_000;
const now = (): number => time;
const limits = { ...usualLimits, entryBytes: 2000, totalBytes: 100_000, chainLength: 5, ttl: 1000 };

const promises = (store: () => ResponseStore): void => {
  it("gives back what was put in, to its owner alone", async () => {
    const whole = entry("resp_a", { previous: "resp_z", deployment: "d", vendorId: "resp_v" });
    expect(await store().put(whole)).toBe(true);
    expect(await store().get("resp_a", "alice")).toEqual(whole);
    expect(await store().get("resp_a", "bob")).toBeUndefined();
    expect(await store().remove("resp_a", "bob")).toBe(false);
    expect(await store().remove("resp_a", "alice")).toBe(true);
    expect(await store().remove("resp_a", "alice")).toBe(false);
    expect(await store().get("resp_a", "alice")).toBeUndefined();
  });

  it("knows no names that a database cannot be asked for", async () => {
    for (const id of ["resp_\0", "resp_\ud800"]) {
      expect(await store().get(id, "alice")).toBeUndefined();
      expect(await store().remove(id, "alice")).toBe(false);
      expect((await store().chain(id, "alice")).kind).not.toBe("found");
    }
  });

  it("replaces an entry for its owner, and for nobody else", async () => {
    await store().put(entry("resp_b", { status: "in_progress" }));
    await store().put(entry("resp_b"));
    expect(await store().get("resp_b", "alice")).toMatchObject({ status: "completed" });
    await store().put(entry("resp_b", { owner: "bob" }));
    expect(await store().get("resp_b", "bob")).toBeUndefined();
    expect(await store().get("resp_b", "alice")).toMatchObject({ owner: "alice" });
  });

  it("tells what led to an answer, oldest first", async () => {
    for (let turn = 1; turn <= 5; turn++)
      await store().put(entry(`resp_${turn}`, turn > 1 ? { previous: `resp_${turn - 1}` } : {}));
    const chain = await store().chain("resp_5", "alice");
    expect(chain.kind === "found" && chain.entries.map(({ id }) => id)).toEqual(
      [1, 2, 3, 4, 5].map((n) => `resp_${n}`),
    );
    await store().put(entry("resp_6", { previous: "resp_5" }));
    expect(await store().chain("resp_6", "alice")).toEqual({ kind: "too-long" });
  });

  it("does not build on what is another's, has a gap or goes in a circle", async () => {
    await store().put(entry("resp_c"));
    await store().put(entry("resp_d", { owner: "bob", previous: "resp_c" }));
    await store().put(entry("resp_e", { previous: "resp_gone" }));
    await store().put(entry("resp_f", { previous: "resp_g" }));
    await store().put(entry("resp_g", { previous: "resp_f" }));
    expect(await store().chain("resp_nobody", "alice")).toEqual({ kind: "unknown" });
    expect(await store().chain("resp_c", "bob")).toEqual({ kind: "refused" });
    expect(await store().chain("resp_d", "bob")).toEqual({ kind: "refused" });
    expect(await store().chain("resp_e", "alice")).toEqual({ kind: "refused" });
    expect(await store().chain("resp_g", "alice")).toEqual({ kind: "too-long" });
  });

  it("keeps nothing that is too large, and nothing for longer than its time", async () => {
    expect(await store().put(entry("resp_h", { response: { text: "x".repeat(3000) } }))).toBe(false);
    await store().put(entry("resp_i"));
    time += 1000;
    expect(await store().get("resp_i", "alice")).toBeUndefined();
    expect(await store().chain("resp_i", "alice")).toEqual({ kind: "unknown" });
  });
};

describe("responses, in memory", () => {
  it("hold of one key no more than it may, its oldest go first, and of others everything", async () => {
    const shared = createMemoryResponses({ ...limits, ownerCount: 3 }, now);
    await shared.put(entry("z", { owner: "bob" }));
    for (const id of ["a", "b", "c", "d"]) await shared.put(entry(id));
    const found = await Promise.all(["a", "b", "c", "d"].map((id) => shared.get(id, "alice")));
    expect(found.map((one) => one?.id)).toEqual([undefined, "b", "c", "d"]);
    expect(await shared.get("z", "bob")).toBeDefined();
    const small = createMemoryResponses({ ...limits, ownerBytes: 1000 }, now);
    for (let index = 0; index < 50; index++) await small.put(entry(`resp_${index}`));
    expect(await small.get("resp_49", "alice")).toBeDefined();
    expect(await small.get("resp_40", "alice")).toBeUndefined();
  });

  const store = createMemoryResponses(limits, now);
  promises(() => store);

  it("hold no more than they may, and the oldest goes first", async () => {
    const small = createMemoryResponses({ ...limits, count: 3 }, now);
    for (const id of ["a", "b", "c", "d"]) await small.put(entry(id));
    expect(await small.get("a", "alice")).toBeUndefined();
    expect(await small.get("b", "alice")).toBeDefined();
    const tight = createMemoryResponses({ ...limits, totalBytes: 5000 }, now);
    for (let index = 0; index < 100; index++) await tight.put(entry(`resp_${index}`));
    expect(await tight.get("resp_99", "alice")).toBeDefined();
    expect(await tight.get("resp_80", "alice")).toBeUndefined();
  });
});

await onBothEngines("responses", (opened) => {
  const troubles: unknown[] = [];
  let made: ReturnType<typeof createDatabaseResponses> | undefined;
  const store = () => {
    made ??= createDatabaseResponses(opened.database, { limits, now, onTrouble: (error) => troubles.push(error) });
    return made;
  };
  promises(store);

  it("are there for other replicas once they are written", async () => {
    await store().put(entry("resp_j"));
    await store().close();
    expect(await findResponse(opened.database.db, "resp_j", now())).toMatchObject({ id: "resp_j", owner: "alice" });
    const other = createDatabaseResponses(opened.database, { limits, now, onTrouble: () => undefined });
    expect(await other.get("resp_j", "alice")).toEqual(entry("resp_j"));
  });

  it("are kept of one key, and of all, no more than may be: the oldest go first", async () => {
    const { db } = opened.database;
    await db.deleteFrom("responses").execute();
    const count = async (owner: string) => (await heldResponses(db, owner)).count;
    const few = { ...limits, ttl: 1_000_000, ownerCount: 40, tableCount: 100 };
    const made = createDatabaseResponses(opened.database, {
      limits: few,
      now,
      onTrouble: (error) => troubles.push(error),
    });
    for (let index = 0; index < 100; index++)
      await made.put(entry(`resp_a${index}`, { created: index, owner: index < 5 ? "bob" : "alice" }));
    await made.close();
    expect(await count("bob")).toBe(5);
    expect(await count("alice")).toBeLessThanOrEqual(45);
    expect(await made.get("resp_a99", "alice")).toBeDefined();
    expect(await made.get("resp_a10", "alice")).toBeUndefined();
    for (let index = 0; index < 200; index++) await made.put(entry(`resp_b${index}`, { owner: `key-${index}` }));
    await made.close();
    expect((await heldResponses(db)).count).toBeLessThanOrEqual(112);
    const short = { ...few, ownerCount: 1000, tableCount: 1000, ownerBytes: 2000 };
    const tight = createDatabaseResponses(opened.database, { limits: short, now, onTrouble: quiet });
    for (let index = 0; index < 50; index++)
      await tight.put(entry(`resp_c${index}`, { owner: "carol", created: index }));
    await tight.close();
    expect((await heldResponses(db, "carol")).bytes).toBeLessThanOrEqual(2250);
    expect(await tight.get("resp_c49", "carol")).toBeDefined();
  });

  it("leave the database when their time is over", async () => {
    await store().put(entry("resp_old"));
    time += 5000;
    for (let index = 0; index < 200; index++) await store().put(entry(`resp_many_${index % 7}`));
    await store().close();
    const left = await opened.database.db
      .selectFrom("responses")
      .select("id")
      .where("expires_at", "<=", now())
      .execute();
    expect(left).toEqual([]);
  });

  afterAll(() => expect(troubles).toEqual([]));
});
