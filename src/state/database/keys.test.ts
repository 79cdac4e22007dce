/** Keys as the database keeps them, on both engines. */
import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { onBothEngines } from "../../../test/services/on-both-engines.ts";
import { callerOf } from "./caller.ts";
import { watchChanges } from "./changes.ts";
import {
  deleteKeys,
  emptyKey,
  findDeletedKey,
  findKey,
  insertKey,
  type KeyRow,
  listKeys,
  tokenOf,
  updateKey,
} from "./keys.ts";
import { openDatabase } from "./open.ts";

const row = (key: string, more: Partial<KeyRow> = {}): KeyRow => ({
  ...emptyKey,
  token: tokenOf(key),
  key_name: "sk-...abcd",
  created_at: 1_790_000_000_000,
  created_by: "admin",
  updated_at: 1_790_000_000_000,
  updated_by: "admin",
  ...more,
});

await onBothEngines("keys", (opened) => {
  it("come back as they were put in, however large their numbers", async () => {
    const key = row("sk-large", {
      max_budget: 9_007_199_254_740_991,
      spend: 8_999_999_999_999_999,
      metadata: '{"é":"😀"}',
    });
    await insertKey(opened.database, key);
    expect({ ...(await findKey(opened.database, key.token)) }).toEqual(key);
  });

  it("are not found under another name", async () => {
    expect(await findKey(opened.database, tokenOf("sk-nobody"))).toBeUndefined();
  });

  it("can't be made twice, and an alias belongs to one key", async () => {
    await insertKey(opened.database, row("sk-once", { key_alias: "once" }));
    await expect(insertKey(opened.database, row("sk-once", { spend: 5 }))).rejects.toMatchObject({
      kind: "conflict",
      details: { param: "key" },
    });
    await expect(insertKey(opened.database, row("sk-other", { key_alias: "once" }))).rejects.toMatchObject({
      status: 400,
      details: { param: "key_alias" },
    });
    await insertKey(opened.database, row("sk-other"));
    await expect(updateKey(opened.database, tokenOf("sk-other"), { key_alias: "once" })).rejects.toMatchObject({
      details: { param: "key_alias" },
    });
    expect((await findKey(opened.database, tokenOf("sk-once")))?.spend).toBe(0);
  });

  it("change, and say so to whoever watches, within a second and also on another replica", async () => {
    const other = await openDatabase({ ...opened.options, second: true });
    const heard: string[] = [];
    const watch = await watchChanges(other, {
      onKey: (token) => heard.push(token),
      onGap: () => heard.push("gap"),
      onTrouble: (error) => heard.push(String(error)),
    });
    await insertKey(opened.database, row("sk-watched"));
    const token = tokenOf("sk-watched");
    expect(await updateKey(opened.database, token, { blocked: 1, updated_at: 1_790_000_000_001 })).toMatchObject({
      blocked: 1,
    });
    await wait(900);
    watch.stop();
    await other.close();
    expect(heard).toContain(token);
    expect(heard).not.toContain("gap");
    expect(await updateKey(opened.database, tokenOf("sk-nobody"), { blocked: 1 })).toBeUndefined();
  });

  it("go to the archive when they are deleted: all of them, or none", async () => {
    await insertKey(opened.database, row("sk-gone", { spend: 42, key_alias: "gone" }));
    const by = { now: 1_790_000_100_000, by: "admin" };
    const unknown = tokenOf("sk-nobody");
    expect(await deleteKeys(opened.database, [tokenOf("sk-gone"), unknown], by)).toEqual({ unknown: [unknown] });
    expect(await findKey(opened.database, tokenOf("sk-gone"))).toBeDefined();
    expect(await deleteKeys(opened.database, [tokenOf("sk-gone")], by)).toEqual({ unknown: [] });
    expect(await findKey(opened.database, tokenOf("sk-gone"))).toBeUndefined();
    expect(await findDeletedKey(opened.database, tokenOf("sk-gone"))).toMatchObject({ spend: 42, deleted_by: "admin" });
    await insertKey(opened.database, row("sk-gone", { key_alias: "gone" }));
    expect(await deleteKeys(opened.database, [tokenOf("sk-gone")], by)).toEqual({ unknown: [] });
  });

  it("are listed page by page, nulls last, and a key sees itself and its user's keys only", async () => {
    for (const number of [1, 2, 3, 4, 5])
      await insertKey(
        opened.database,
        row(`sk-page-${number}`, { team_id: "pages", user_id: number > 2 ? "u" : null, spend: number }),
      );
    const page = { offset: 0, limit: 2, sortBy: "spend", descending: true } as const;
    const first = await listKeys(opened.database, { teamId: "pages", deleted: false }, page);
    expect([first.total, ...first.rows.map(({ spend }) => spend)]).toEqual([5, 5, 4]);
    const users = await listKeys(
      opened.database,
      { teamId: "pages", deleted: false },
      { ...page, limit: 9, sortBy: "user_id" },
    );
    expect(users.rows.map(({ user_id }) => user_id)).toEqual(["u", "u", "u", null, null]);
    const seen = async (key: string, userId?: string): Promise<number> => {
      const seenBy = userId === undefined ? { token: tokenOf(key) } : { token: tokenOf(key), userId };
      return (await listKeys(opened.database, { teamId: "pages", seenBy, deleted: false }, page)).total;
    };
    expect([await seen("sk-page-1"), await seen("sk-page-3", "u"), await seen("sk-nobody")]).toEqual([1, 3, 0]);
  });
});

it("a key becomes a caller that carries its limits, and no secret in its label", () => {
  const caller = callerOf(
    row("sk-1", {
      models: '["gpt-a","openai/*"]',
      max_budget: 5,
      spend: 2,
      budget_duration: "1d",
      budget_reset_at: 9,
      rpm_limit: 3,
      blocked: 1,
    }),
  );
  expect(caller).toMatchObject({
    role: "key",
    blocked: true,
    access: { all: false, names: new Set(["gpt-a"]), patterns: ["openai/*"] },
    scopes: [
      {
        id: `key:${tokenOf("sk-1")}`,
        kind: "key",
        label: "sk-...abcd",
        budgets: [{ max: 5, spent: 2, period: "1d", resetsAt: 9 }],
        requestsPerMinute: 3,
      },
    ],
  });
});

it.each([
  ["[]", true],
  ['["all-proxy-models"]', true],
  ['["no-default-models"]', false],
  ["not json", false],
])("a key whose models are %s may ask for all models: %s", (models, all) => {
  expect(callerOf(row("sk-1", { models })).access).toEqual({ all, names: new Set(), patterns: [] });
});
