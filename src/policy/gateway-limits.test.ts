/** Limits of the whole gateway: what every call counts against, whoever makes it. */
import { afterEach, describe, expect, it } from "vitest";
import { chatOf, configOf, type House, heard, houseOf, refusalOf, scopeOf } from "../../test/house.ts";

let house: House;
afterEach(() => house.close());

/** A microdollar a token out, nothing in: ten tokens at most are asked for. */
const facts = { price: { input: 0, output: 1000 }, maxOutput: 100 };
const build = (limits: NonNullable<Parameters<typeof houseOf>[0]["limits"]>): void => {
  house = houseOf({ deployments: [configOf("mock", "echo", { facts })], limits });
};
const callers = [{ role: "admin" as const }, { role: "anonymous" as const }, { scopes: [scopeOf()] }];
const ask = (index: number, steer = "hi") => {
  const caller = callers[index % callers.length] ?? {};
  return house.gateway.handle(chatOf({ caller, body: { messages: [{ role: "user", content: steer }] } }));
};

describe("the budget of all calls", () => {
  it("is not overspent by a thousand at once, whoever they are", async () => {
    build({ budget: { max: 500_000 } });
    const all = await Promise.allSettled(Array.from({ length: 1000 }, async (_, index) => heard(await ask(index))));
    const spent = house.meters.spent("gateway");
    expect(spent?.held).toBe(0);
    expect(spent?.spent).toBeLessThanOrEqual(500_000);
    expect(all.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(49);
  });

  it("says whose it is when it is spent, to administrators too", async () => {
    build({ budget: { max: 5000, period: "30d" } });
    const error = await refusalOf(ask(0));
    expect([error.kind, error.status]).toEqual(["budget-exceeded", 429]);
    expect(error.message).toContain("Proxy=all calls");
  });
});

it("no more calls run at one time than the gateway is allowed", async () => {
  build({ parallel: 2 });
  const all = await Promise.all(
    [0, 1, 2, 3].map((index) =>
      ask(index).then(
        () => 200,
        ({ status }) => status,
      ),
    ),
  );
  expect(all.filter((status) => status === 429)).toHaveLength(2);
  expect((await ask(0)).kind).toBe("whole");
});
