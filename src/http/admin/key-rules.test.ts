/** What a new key gets, and the most that any may have. */
import { describe, expect, it } from "vitest";
import { ruled } from "./key-rules.ts";

const rules = { defaults: {}, most: {}, needsTeam: false, plainAliases: false };
const bound = { ...rules, most: { max_budget: 100, duration: "30d", budget_duration: "1d", rpm_limit: 5 } };

describe("a new key", () => {
  it("has what its maker says, and the operator's word where that is nothing", () => {
    const defaults = { ...rules, defaults: { max_budget: "7", models: ["a"], metadata: { by: "us" } } };
    const { fields } = ruled({ max_budget: 3, models: [], rpm_limit: null }, defaults, true);
    expect(fields).toEqual({ max_budget: 3, models: ["a"], metadata: { by: "us" } });
  });

  it("has no more than the operator allows, and as much where nothing is said", () => {
    const { fields, warnings } = ruled({ max_budget: 200, duration: "-1", rpm_limit: 4 }, bound, true);
    expect(fields).toEqual({ max_budget: 100, duration: "30d", budget_duration: "1d", rpm_limit: 4 });
    expect(warnings).toEqual([
      "max_budget is 100: the configuration allows no more",
      "duration is 30d: the configuration allows no more",
    ]);
  });

  it("is refused without a team, or with an odd alias, where the operator wants it so", () => {
    expect(() => ruled({}, { ...rules, needsTeam: true }, true)).toThrow(/team_id/);
    expect(ruled({ team_id: "t" }, { ...rules, needsTeam: true }, true).fields).toEqual({ team_id: "t" });
    const plain = { ...rules, plainAliases: true };
    for (const alias of ["a", "-ab", "a b", "x".repeat(256)])
      expect(() => ruled({ key_alias: alias }, plain, true)).toThrow(/key_alias/);
    expect(ruled({ key_alias: "a-b@c.d/e" }, plain, true).fields).toEqual({ key_alias: "a-b@c.d/e" });
  });

  it("cannot be made while the operator's own words are wrong, which are named", () => {
    expect(() => ruled({}, { ...rules, defaults: { max_budget: "much" } }, true)).toThrow(
      /default_key_generate_params\.max_budget/,
    );
  });
});

describe("a changed key", () => {
  it("stays within the same bounds, and keeps what is not given", () => {
    expect(ruled({}, bound, false).fields).toEqual({});
    expect(ruled({ max_budget: null, rpm_limit: 9 }, bound, false).fields).toEqual({ max_budget: 100, rpm_limit: 5 });
  });
});
