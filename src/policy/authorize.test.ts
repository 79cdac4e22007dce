/** Which models a key may ask for, under whatever name. */
import { describe, expect, it } from "vitest";
import { callerOf, chatOf, deploymentOf, houseOf, refusalOf } from "../../test/house.ts";
import type { Caller, ModelAccess } from "../canonical/caller.ts";
import type { Controls } from "../exchange.ts";

const url = "https://vendor.example";
const house = houseOf({
  deployments: [
    deploymentOf(url, { id: "id-open", group: "open", model: "one" }),
    deploymentOf(url, { id: "id-closed", group: "closed", model: "two", accessGroups: ["vip"] }),
    deploymentOf(url, { id: "id-any", group: "any/*", model: "*" }),
  ],
  aliases: new Map([["nick", { group: "closed", hidden: false }]]),
  // Whoever is let through learns it here.
  send: () => Promise.reject(new Error("sent")),
});
const access = (names: readonly string[], patterns: readonly string[] = []): ModelAccess => ({
  all: false,
  names: new Set(names),
  patterns,
});

async function passes(model: string, caller: Partial<Caller>, controls: Partial<Controls> = {}): Promise<boolean> {
  const refused = await refusalOf(house.gateway.handle(chatOf({ model, caller, controls })));
  if (refused.kind !== "forbidden") return true;
  expect(refused).toMatchObject({ status: 403, details: { type: "key_model_access_denied", param: "model" } });
  return false;
}

describe("a key confined to a model", () => {
  const caller = { access: access(["open"]) };

  it("has that model by its name, its id and its vendor's name", async () => {
    for (const name of ["open", "id-open", "openai/one"]) expect(await passes(name, caller)).toBe(true);
  });

  it("has no other, under no name, whether it exists or not", async () => {
    for (const name of ["closed", "nick", "id-closed", "openai/two", "any/x", "any/*", "nobody", "constructor"])
      expect([name, await passes(name, caller)]).toEqual([name, false]);
  });

  it("does not reach another by an alias of its own, nor by naming it as a stand-in", async () => {
    expect(await passes("mine", { ...caller, aliases: { mine: "closed" } })).toBe(false);
    expect(await passes("mine", { ...caller, aliases: { mine: "open" } })).toBe(true);
    expect(await passes("open", caller, { fallbacks: ["closed"] })).toBe(false);
    expect(await passes("open", caller, { fallbacks: ["open"] })).toBe(true);
  });
});

describe("a key", () => {
  it("may be given a group of access, a pattern, or everything", async () => {
    expect(await passes("nick", { access: access(["vip"]) })).toBe(true);
    expect(await passes("any/x", { access: access([], ["any/*"]) })).toBe(true);
    expect(await passes("open", { access: access([], ["any/*"]) })).toBe(false);
    expect(await passes("closed", { access: { ...access([]), all: true } })).toBe(true);
  });

  it("is told of models what it may ask for, its aliases included", () => {
    const caller = callerOf({ access: access(["open"]), aliases: { mine: "open", theirs: "closed" } });
    const known = ["open", "mine", "theirs", "closed"].filter((name) => house.gateway.mayUse(caller, name));
    expect(known).toEqual(["open", "mine"]);
  });
});
