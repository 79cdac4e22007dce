/** Deployments by every name that they can be asked for. */
import { describe, expect, it } from "vitest";
import { deploymentOf, houseOf } from "../../test/house.ts";
import type { DeploymentConfig } from "../config/config.ts";

const url = "https://vendor.example";
const build = (
  deployments: readonly DeploymentConfig[],
  aliases = new Map<string, { group: string; hidden: boolean }>(),
) => houseOf({ deployments, aliases }).gateway.directory;
const models = (directory: ReturnType<typeof build>, name: string) =>
  directory.find(name)?.pools.flatMap(({ deployments }) => deployments.map(({ config }) => config.model));

describe("a name", () => {
  const directory = build(
    [
      deploymentOf(url, { id: "a", group: "m", model: "one" }),
      deploymentOf(url, { id: "b", group: "m", model: "two", order: 2 }),
      deploymentOf(url, { id: "c", group: "any/*", model: "*" }),
      deploymentOf(url, { id: "d", group: "any/special-*", model: "s-*" }),
      deploymentOf(url, { id: "e", group: "*-by-*", model: "*/*" }),
    ],
    new Map([
      ["nick", { group: "m", hidden: false }],
      ["secret", { group: "m", hidden: true }],
    ]),
  );

  it("may be a group's, an alias, a deployment's id, or the vendor's own", () => {
    expect(models(directory, "m")).toEqual(["one", "two"]);
    expect(models(directory, "nick")).toEqual(["one", "two"]);
    expect(models(directory, "b")).toEqual(["two"]);
    expect(models(directory, "openai/one")).toEqual(["one"]);
    expect(directory.find("b")?.name).toBe("m");
  });

  it("may fit a pattern, and the one that says most about it wins", () => {
    expect(models(directory, "any/x/y")).toEqual(["x/y"]);
    expect(models(directory, "any/special-1")).toEqual(["s-1"]);
    expect(models(directory, "red-by-blue")).toEqual(["red/blue"]);
  });

  it("that is one of JavaScript's own, a pattern itself, or endless, is none", () => {
    for (const name of ["constructor", "__proto__", "", "nobody", `any/${"x".repeat(10_000)}`])
      expect(directory.find(name)).toBeUndefined();
  });

  it("that was left out is not answered by a pattern", () => {
    const house = houseOf({
      deployments: [deploymentOf(url, { id: "all", group: "*", model: "*" })],
      leftOut: new Set(["left"]),
    });
    expect(models(house.gateway.directory, "other")).toEqual(["other"]);
    expect(house.gateway.directory.find("left")).toBeUndefined();
  });

  it("that is hidden works, and is not listed", () => {
    expect(directory.find("secret")?.name).toBe("m");
    expect(directory.names).toEqual(["m", "any/*", "any/special-*", "*-by-*", "nick"]);
  });

  it("means the same group each time, so that what is known of its health is kept", () => {
    expect(directory.find("any/again")).toBe(directory.find("any/again"));
  });

  it("out of thousands made up by a client does not stay for ever", () => {
    const first = directory.find("any/first");
    for (let turn = 0; turn < 2001; turn++) directory.find(`any/${turn}`);
    expect(directory.find("any/first")).not.toBe(first);
  });
});

describe("a group", () => {
  it("is as dear as the dearest of its deployments, and free only if all are known to be", () => {
    const price = (input: number, output: number) => ({ facts: { price: { input, output }, maxOutput: input } });
    const directory = build([
      deploymentOf(url, { id: "a", ...price(1, 9) }),
      deploymentOf(url, { id: "b", ...price(5, 2) }),
      deploymentOf(url, { id: "c", group: "free", ...price(0, 0) }),
      deploymentOf(url, { id: "d", group: "unknown" }),
    ]);
    expect(directory.find("m")).toMatchObject({ ceiling: { input: 5, output: 9 }, free: false, maxOutput: 5, size: 2 });
    expect(directory.find("free")?.free).toBe(true);
    expect(directory.find("unknown")?.free).toBe(false);
  });

  it("shares its chances by weight, else by requests, else by tokens, else evenly", () => {
    const sums = (a: Partial<DeploymentConfig>, b: Partial<DeploymentConfig>) =>
      build([deploymentOf(url, { id: "a", ...a }), deploymentOf(url, { id: "b", ...b })]).find("m")?.pools[0]?.sums;
    expect(sums({ weight: 1, requestsPerMinute: 9 }, { weight: 3 })).toEqual([1, 4]);
    expect(sums({ requestsPerMinute: 10 }, { tokensPerMinute: 5 })).toEqual([10, 10]);
    expect(sums({ tokensPerMinute: 2 }, { tokensPerMinute: 5 })).toEqual([2, 7]);
    expect(sums({}, {})).toEqual([1, 2]);
  });

  it("is tried in tiers, the lowest number first", () => {
    const directory = build([
      deploymentOf(url, { id: "a", order: 3 }),
      deploymentOf(url, { id: "b" }),
      deploymentOf(url, { id: "c", order: 2 }),
    ]);
    expect(directory.find("m")?.pools.map(({ deployments }) => deployments.map(({ id }) => id))).toEqual([
      ["b"],
      ["c"],
      ["a"],
    ]);
  });
});
