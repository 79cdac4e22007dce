/** The administration of keys and spend, asked as the door asks it, on both engines. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { callerOf as callerWith } from "../../../test/house.ts";
import { callRecord } from "../../../test/records.ts";
import { onBothEngines } from "../../../test/services/on-both-engines.ts";
import type { CallRecord } from "../../canonical/call-record.ts";
import type { Caller } from "../../canonical/caller.ts";
import { createMemoryMeters } from "../../state/counters/memory.ts";
import { callerOf } from "../../state/database/caller.ts";
import { findKey, tokenOf } from "../../state/database/keys.ts";
import { nextReset } from "../../state/database/periods.ts";
import { openJournal } from "../../state/journal/open.ts";
import { createTail } from "../../state/journal/tail.ts";
import type { AdminAnswer, AdminContext } from "./endpoint.ts";
import { adminEndpoints } from "./index.ts";
import { openApiPaths } from "./openapi.ts";

const begun = Date.parse("2026-10-07T12:00:00Z");
const folder = mkdtempSync(join(tmpdir(), "gatehouse-admin-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const admin = callerWith({ role: "admin", keyId: "admin" });

type Body = Record<string, any>;

await onBothEngines("the administration", (opened) => {
  let now = begun;
  const invalidated: string[] = [];
  const meters = createMemoryMeters({ now: () => now, nextReset });
  const ask = (path: string, input: unknown, caller: Caller = admin): Promise<AdminAnswer> => {
    const found = adminEndpoints.find(({ paths }) => paths.includes(path));
    if (!found) throw new Error(`no ${path}`);
    const context: AdminContext = {
      database: opened.database,
      caller,
      meters,
      now: () => now,
      invalidate: (keyId) => invalidated.push(keyId),
    };
    return found.run(context, input, { headers: {} });
  };
  const told = async (path: string, input: unknown, caller?: Caller): Promise<Body> => {
    const { status, body } = await ask(path, input, caller);
    expect({ status, body }).toMatchObject({ status: 200 });
    return body as Body;
  };
  const refusal = (path: string, input: unknown, caller?: Caller): Promise<unknown> =>
    ask(path, input, caller).then(
      ({ status, body }) => ({ status, body }),
      (error: unknown) => error,
    );
  const callerWith = async (key: string): Promise<Caller> => {
    const row = await findKey(opened.database, tokenOf(key));
    if (!row) throw new Error("no such key");
    return callerOf(row);
  };
  const settle = async (records: readonly Partial<CallRecord>[]): Promise<void> => {
    const at = mkdtempSync(join(folder, "journal-"));
    const journal = openJournal({ folder: at, onTrouble: () => undefined });
    for (const [number, more] of records.entries())
      await journal.append({ ...call, id: `call-${now}-${number}`, ...more });
    journal.close();
    await createTail(at, opened.database, () => undefined).catchUp();
  };

  it("ends a key on a date as well as after a time, and takes no date that has passed", async () => {
    const dated = await told("/key/generate", { expires: "2031-05-06T07:08:09Z" });
    expect(dated).toMatchObject({ expires: "2031-05-06T07:08:09.000Z" });
    expect(await told("/key/update", { key: dated["key"], expires: null })).toMatchObject({ expires: null });
    for (const expires of ["2001-01-01", "soon"])
      await expect(told("/key/generate", { expires })).rejects.toMatchObject({ details: { param: "expires" } });
  });

  it("makes a key that is told once, kept as a hash, and has every field that was asked for", async () => {
    const made = await told("/key/generate", {
      key_alias: "first",
      models: ["gpt-a"],
      max_budget: 0.3,
      budget_duration: "30d",
      rpm_limit: "10",
      duration: "1d",
      metadata: { team: "blue" },
      tags: ["t"],
      permissions: { get_spend_routes: true },
      router_settings: { a: 1 },
      unheard_of: 1,
    });
    expect(made["key"]).toMatch(/^sk-[\w-]{22}$/);
    expect(made).toMatchObject({
      token: tokenOf(made["key"]),
      token_id: tokenOf(made["key"]),
      key_name: `sk-...${made["key"].slice(-4)}`,
      key_alias: "first",
      models: ["gpt-a"],
      max_budget: 0.3,
      spend: 0,
      rpm_limit: 10,
      expires: "2026-10-08T12:00:00.000Z",
      budget_duration: "30d",
      budget_reset_at: "2026-11-01T00:00:00.000Z",
      metadata: { team: "blue", tags: ["t"] },
      router_settings: { a: 1 },
      created_by: "admin",
    });
    const { info, key } = await told("/key/info", { key: made["key"] });
    expect(key).toBe(made["key"]);
    expect(info).toMatchObject({ key_alias: "first", status: "active", max_budget: 0.3, blocked: false });
    expect(info).not.toHaveProperty("token");
    expect(JSON.stringify({ ...info })).not.toContain(made["key"]);
    expect(await told("/key/info", { key: made["token"] })).toMatchObject({ info: { key_alias: "first" } });
  });

  it("makes a key from nothing at all", async () => {
    expect(await told("/key/generate", undefined)).toMatchObject({ models: [], max_budget: null, expires: null });
  });

  it("says what it keeps but does not enforce yet", async () => {
    const made = await told("/key/generate", {
      model_rpm_limit: { a: 1 },
      budget_limits: [{ budget_duration: "1d", max_budget: 1 }],
    });
    expect(made["warnings"]).toEqual(expect.arrayContaining([expect.stringMatching(/model_rpm_limit .*not enforced/)]));
    expect(made).toMatchObject({ budget_limits: [{ max_budget: 1 }], metadata: { model_rpm_limit: { a: 1 } } });
  });

  it.each([
    [{ max_budget: -1 }, "max_budget"],
    [{ max_budget: "NaN" }, "max_budget"],
    [{ max_budget: Number.POSITIVE_INFINITY }, "max_budget"],
    [{ max_budget: 1e300 }, "max_budget"],
    [{ rpm_limit: -5 }, "rpm_limit"],
    [{ rpm_limit: 1.5 }, "rpm_limit"],
    [{ tpm_limit: {} }, "tpm_limit"],
    [{ max_parallel_requests: -1 }, "max_parallel_requests"],
    [{ spend: -1000 }, "spend"],
    [{ models: "gpt-a" }, "models"],
    [{ models: [1] }, "models"],
    [{ metadata: [] }, "metadata"],
    [{ metadata: { a: "x".repeat(70_000) } }, "metadata"],
    [{ aliases: { a: 1 } }, "aliases"],
    [{ key_alias: "a\0b" }, "key_alias"],
    [{ key_alias: "x".repeat(300) }, "key_alias"],
    [{ blocked: "perhaps" }, "blocked"],
    [{ key_type: "root" }, "key_type"],
  ])("refuses %j with 422 that names the field and does not repeat the input", async (input, field) => {
    const refused = (await refusal("/key/generate", input)) as { status: number; body: { detail: Body[] } };
    expect(refused.status).toBe(422);
    expect(refused.body.detail[0]?.["loc"].slice(0, 2)).toEqual(["body", field]);
    expect(Object.keys(refused.body.detail[0] ?? {}).sort()).toEqual(["loc", "msg", "type"]);
  });

  it.each([
    [{ duration: "soon" }, "duration"],
    [{ budget_duration: "1y" }, "budget_duration"],
    [{ key: "mine" }, "key"],
    [{ key: "sk-a b c d e f" }, "key"],
    [{ temp_budget_increase: 5 }, "temp_budget_expiry"],
  ])("refuses %j with 400 and a remedy", async (input, param) => {
    expect(await refusal("/key/generate", input)).toMatchObject({ status: 400, details: { param } });
  });

  it("never changes a key by making it again, and gives an alias once", async () => {
    await told("/key/generate", { key: "sk-chosen-by-the-client", key_alias: "chosen", max_budget: 1 });
    expect(await refusal("/key/generate", { key: "sk-chosen-by-the-client" })).toMatchObject({ status: 409 });
    expect(await refusal("/key/generate", { key_alias: "chosen" })).toMatchObject({
      status: 400,
      details: { param: "key_alias" },
    });
    expect(await told("/key/info", { key: "sk-chosen-by-the-client" })).toMatchObject({ info: { max_budget: 1 } });
  });

  it("changes only what is given, clears what is null, and is heard at once", async () => {
    await told("/key/generate", {
      key: "sk-to-be-changed-here",
      max_budget: 5,
      rpm_limit: 3,
      metadata: { a: 1 },
      tags: ["x"],
      duration: "1d",
    });
    const token = tokenOf("sk-to-be-changed-here");
    invalidated.length = 0;
    const changed = await told("/key/update", {
      key: "sk-to-be-changed-here",
      rpm_limit: null,
      budget_duration: "1d",
      tags: ["y"],
    });
    expect(changed).toMatchObject({
      key: "sk-to-be-changed-here",
      max_budget: 5,
      rpm_limit: null,
      budget_reset_at: "2026-10-08T00:00:00.000Z",
      metadata: { a: 1, tags: ["y"] },
      expires: "2026-10-08T12:00:00.000Z",
    });
    expect(invalidated).toEqual([token]);
    expect(
      await told("/key/update", { key: token, duration: "-1", metadata: { b: 2 }, budget_duration: null }),
    ).toMatchObject({
      expires: null,
      metadata: { b: 2 },
      budget_duration: null,
      budget_reset_at: null,
    });
    expect(await told("/key/block", { key: "sk-to-be-changed-here" })).toMatchObject({ blocked: true, token });
    expect((await callerWith("sk-to-be-changed-here")).blocked).toBe(true);
    expect(await told("/key/unblock", { key: token })).toMatchObject({ blocked: false });
    expect(invalidated).toHaveLength(4);
  });

  it.each([
    ["/key/info", { key: "sk-nobody" }],
    ["/key/update", { key: "sk-nobody", max_budget: 1 }],
    ["/key/delete", { keys: ["sk-nobody"] }],
    ["/key/delete", { key_aliases: ["nobody"] }],
    ["/key/block", { key: "sk-nobody" }],
    ["/key/unblock", { key: "sk-nobody" }],
  ])("answers 404 to %s of a key that it does not know", async (path, input) => {
    expect(await refusal(path, input)).toMatchObject({ status: 404 });
  });

  it.each([
    ["/key/delete", {}],
    ["/key/delete", { keys: [] }],
    ["/key/block", {}],
    ["/key/info", {}],
    ["/key/update", { max_budget: 1 }],
    ["/key/list", { size: "1000" }],
    ["/key/list", { page: "99999999999999999999" }],
    ["/key/list", { sort_by: "token; drop table keys" }],
    ["/spend/logs", { start_date: "yesterday" }],
    ["/spend/logs", { start_date: "2026-10-07", end_date: "2026-10-01" }],
    ["/spend/logs", { request_id: "a\0" }],
    ["/spend/logs", { before: "nothing" }],
    ["/key/generate", []],
    ["/key/generate", "x"],
  ])("refuses %s with %j", async (path, input) => {
    const { status } = (await refusal(path, input)) as { status: number };
    expect([400, 422]).toContain(status);
  });

  it("deletes by key, hash and alias, and still tells what a deleted key was", async () => {
    await told("/key/generate", { key: "sk-to-be-deleted-first", key_alias: "gone", max_budget: 3 });
    await told("/key/generate", { key: "sk-to-be-deleted-second" });
    const keys = [tokenOf("sk-to-be-deleted-second")];
    expect(await refusal("/key/delete", { keys: ["sk-nobody", ...keys] })).toMatchObject({ status: 404 });
    expect(await told("/key/delete", { keys, key_aliases: ["gone"] })).toEqual({ deleted_keys: [...keys, "gone"] });
    expect(await told("/key/info", { key: "sk-to-be-deleted-first" })).toMatchObject({
      info: { status: "deleted", max_budget: 3, deleted_by: "admin" },
    });
    const listed = await told("/key/list", { status: "deleted", key_alias: "gone", return_full_object: "true" });
    expect(listed).toMatchObject({ total_count: 1, keys: [{ key_alias: "gone", status: "deleted" }] });
    await told("/key/generate", { key: "sk-to-be-deleted-first", key_alias: "gone" });
    expect(await told("/key/info", { key: "sk-to-be-deleted-first" })).toMatchObject({
      info: { status: "active", max_budget: null },
    });
  });

  it("lists keys in pages", async () => {
    for (const number of [1, 2, 3]) await told("/key/generate", { team_id: "listed", key_alias: `listed-${number}` });
    const page = await told("/key/list", {
      team_id: "listed",
      size: "2",
      page: "2",
      sort_by: "key_alias",
      sort_order: "asc",
      return_full_object: "true",
    });
    expect(page).toMatchObject({ total_count: 3, current_page: 2, total_pages: 2, keys: [{ key_alias: "listed-3" }] });
    expect((await told("/key/list", { team_id: "listed" }))["keys"]).toEqual(
      [1, 2, 3].map(() => expect.stringMatching(/^[0-9a-f]{64}$/)),
    );
  });

  it("lets a key see itself and the keys of its user, and nobody else's: no user in common is none", async () => {
    await told("/key/generate", { key: "sk-of-nobody-in-particular" });
    await told("/key/generate", { key: "sk-of-nobody-else-at-all" });
    await told("/key/generate", { key: "sk-of-ann-number-one", user_id: "ann" });
    await told("/key/generate", { key: "sk-of-ann-number-two", user_id: "ann" });
    const nobody = await callerWith("sk-of-nobody-in-particular");
    const ann = await callerWith("sk-of-ann-number-one");
    expect(await told("/key/info", {}, nobody)).toMatchObject({ key: nobody.keyId });
    expect(await refusal("/key/info", { key: "sk-of-nobody-else-at-all" }, nobody)).toMatchObject({ status: 403 });
    expect(await refusal("/key/info", { key: "sk-of-ann-number-one" }, nobody)).toMatchObject({ status: 403 });
    expect(await told("/key/info", { key: "sk-of-ann-number-two" }, ann)).toMatchObject({ info: { user_id: "ann" } });
    expect(await told("/key/list", {}, nobody)).toMatchObject({ keys: [nobody.keyId], total_count: 1 });
    expect(await told("/key/list", { user_id: "ann" }, nobody)).toMatchObject({ total_count: 0 });
    expect(await told("/key/list", {}, ann)).toMatchObject({ total_count: 2 });
  });

  it.each(["/key/generate", "/key/update", "/key/delete", "/key/block", "/key/unblock"])(
    "%s is for administrators",
    async (path) => {
      const key = await callerWith("sk-of-ann-number-one");
      const input = { key: "sk-of-ann-number-one", keys: ["sk-of-ann-number-one"], spend: 0 };
      for (const caller of [key, { ...key, role: "anonymous" } as const])
        expect(await refusal(path, input, caller)).toMatchObject({ status: 403 });
    },
  );

  it("tells the spend of this moment, from the meters where they know more, and begins anew in a new period", async () => {
    await told("/key/generate", { key: "sk-that-spends-money", max_budget: 1, budget_duration: "1d", spend: 0.25 });
    expect(await told("/key/info", { key: "sk-that-spends-money" })).toMatchObject({ info: { spend: 0.25 } });
    const { scopes } = await callerWith("sk-that-spends-money");
    const reservation = await meters.reserve({ scopes, cost: 5e8, tokens: 1, free: false });
    if (reservation.kind === "granted") reservation.settle({ cost: 1e8, tokens: 1 });
    expect(await told("/key/info", { key: "sk-that-spends-money" })).toMatchObject({ info: { spend: 0.35 } });
    await told("/key/update", { key: "sk-that-spends-money", spend: 0.5 });
    expect(await told("/key/info", { key: "sk-that-spends-money" })).toMatchObject({ info: { spend: 0.5 } });
    meters.forget(`key:${tokenOf("sk-that-spends-money")}`);
    now = begun + 86_400_000;
    expect(await told("/key/info", { key: "sk-that-spends-money" })).toMatchObject({
      info: { spend: 0, budget_reset_at: "2026-10-09T00:00:00.000Z" },
    });
    now = begun;
  });

  it("tells the calls, newest first and page by page, and the sums of each day", async () => {
    await told("/key/generate", { key: "sk-with-some-calls", user_id: "bob" });
    await told("/key/generate", { key: "sk-with-one-call" });
    const keyId = tokenOf("sk-with-some-calls");
    const mine = { keyId, userId: "bob", scopes: [`key:${keyId}`] };
    const other = tokenOf("sk-with-one-call");
    await settle([
      { ...mine, id: "c1", began: begun - 86_400_000 * 2, cost: 1_500_000_000 },
      { ...mine, id: "c2", cost: 250_000_000 },
      {
        ...mine,
        id: "c3",
        began: begun + 1,
        cost: 0,
        outcome: "failed",
        status: 500,
        error: { kind: "internal", source: "upstream", message: "broke", status: 500 },
      },
      { keyId: other, id: "c4", scopes: [`key:${other}`], cost: 7 },
    ]);
    const ids = async (query: Body, caller?: Caller): Promise<string[]> =>
      (await told("/spend/logs", query, caller))["map"]((row: Body) => row["request_id"]);
    expect(await ids({ api_key: "sk-with-some-calls" })).toEqual(["c3", "c2", "c1"]);
    expect(await ids({ api_key: keyId, limit: "1", before: "c3" })).toEqual(["c2"]);
    expect(await ids({ user_id: "bob", start_date: "2026-10-07", end_date: "2026-10-07", summarize: "false" })).toEqual(
      ["c3", "c2"],
    );
    const [row] = (await told("/spend/logs", { request_id: "c2" })) as unknown as Body[];
    expect(row).toMatchObject({
      request_id: "c2",
      api_key: keyId,
      spend: 0.25,
      total_tokens: 17,
      user: "bob",
      status: "success",
      call_type: "acompletion",
    });
    const days = await told("/spend/logs", { user_id: "bob", start_date: "2026-10-01", end_date: "2026-10-07" });
    expect(days).toEqual([
      { startTime: "2026-10-05", spend: 1.5, users: { bob: 1.5 }, models: { "gpt-a": 1.5 } },
      { startTime: "2026-10-06", spend: 0, users: {}, models: {} },
      { startTime: "2026-10-07", spend: 0.25, users: { bob: 0.25 }, models: { "gpt-a": 0.25 } },
    ]);
    const byKey = await told("/spend/logs", {
      api_key: "sk-with-some-calls",
      start_date: "2026-10-07",
      end_date: "2026-10-07",
    });
    expect(byKey).toEqual([
      { startTime: "2026-10-07", [keyId]: 0.25, spend: 0.25, users: { bob: 0.25 }, models: { "gpt-a": 0.25 } },
    ]);
    expect(await told("/spend/logs", { start_date: "2020-01-01", end_date: "2020-01-02" })).toEqual([]);
    const one = await callerWith("sk-with-one-call");
    expect(await ids({}, one)).toEqual(["c4"]);
    expect(await ids({ request_id: "c1" }, one)).toEqual([]);
    expect(await refusal("/spend/logs", { api_key: keyId }, one)).toMatchObject({ status: 403 });
    expect(await refusal("/spend/logs", { user_id: "bob" }, one)).toMatchObject({ status: 403 });
    expect(await ids({ user_id: "bob" }, await callerWith("sk-with-some-calls"))).toEqual(["c3", "c2", "c1"]);
  });
});

const call = callRecord({
  began: begun,
  ended: begun + 5,
  model: "gpt-a",
  deployment: "d1",
  provider: "mock",
  usage: {
    input: 12,
    cacheRead: 0,
    cacheWrite: 0,
    output: 5,
    reasoning: 0,
    totalInput: 12,
    totalOutput: 5,
    estimated: false,
  },
});

describe("the rack", () => {
  it("has every path once", () => {
    const paths = adminEndpoints.flatMap((one) => one.paths.map((path) => `${one.method} ${path}`));
    expect(new Set(paths).size).toBe(paths.length);
  });

  it("is described in OpenAPI, from what it declares", () => {
    const paths = openApiPaths(adminEndpoints) as Record<string, Body>;
    expect(Object.keys(paths)).toContain("/key/generate");
    expect(paths["/key/info"]?.["get"].operationId).toBe("getKeyInfo");
    const body = paths["/key/generate"]?.["post"].requestBody.content["application/json"].schema;
    expect(body.properties.max_budget).toMatchObject({ anyOf: [{ type: "number", minimum: 0 }, { type: "null" }] });
    expect(paths["/key/info"]?.["get"].parameters).toEqual([
      expect.objectContaining({ name: "key", in: "query", required: false }),
    ]);
  });
});
