/** What answers cost: each token once, at its own rate, rounded up at the end only. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ceilingOf, costOf, free, type Price, worstCost } from "./price.ts";
import type { Usage } from "./usage.ts";

const price: Price = {
  input: 3000,
  output: 15_000,
  cacheRead: 300,
  cacheWrite: 3750,
  cacheWriteLong: 6000,
  audioInput: 9000,
  reasoning: 12_000,
  tiers: [
    { above: 1000, rates: { input: 6000, output: 22_500 } },
    { above: 5000, rates: { input: 8000, output: 30_000 } },
  ],
  services: { priority: { input: 5000, output: 25_000 } },
  serverTools: { web_search: 10_000_000 },
  request: 7,
};

it("bills every bucket at its own rate", () => {
  const usage: Usage = {
    input: 1,
    cacheRead: 2,
    cacheWrite: 3,
    cacheWriteLong: 4,
    audioInput: 5,
    output: 6,
    reasoning: 7,
  };
  const input = 3000 + 2 * 300 + 3 * 3750 + 4 * 6000 + 5 * 9000;
  const output = 6 * 15_000 + 7 * 12_000;
  expect(costOf(usage, price)).toEqual({ input, output, tools: 0, total: input + output + 7 });
});

it("bills a bucket without a rate as what it is a kind of", () => {
  const usage: Usage = {
    input: 0,
    cacheRead: 1,
    cacheWrite: 1,
    cacheWriteLong: 1,
    imageInput: 1,
    output: 0,
    audioOutput: 2,
  };
  expect(costOf(usage, { input: 10, output: 20 }).total).toBe(4 * 10 + 2 * 20);
  expect(costOf({ input: 0, output: 0, cacheWriteLong: 2 }, { input: 1, output: 1, cacheWrite: 5 }).total).toBe(10);
});

it.each([
  [1000, 3000],
  [1001, 6000],
  [5000, 6000],
  [5001, 8000],
])("bills a call with %i input tokens at the tier it reaches", (input, rate) => {
  expect(costOf({ input, output: 0 }, price).input).toBe(input * rate);
});

it("counts cached tokens towards the tier", () => {
  expect(costOf({ input: 1, cacheRead: 1000, output: 0 }, price).input).toBe(1001 * 6000);
});

describe("words that the vendor chose", () => {
  it("change the rates where the price knows them", () => {
    expect(costOf({ input: 1, output: 1 }, price, "priority").total).toBe(30_007);
  });

  it.each(["unheard", "constructor", "__proto__", "toString"])("change nothing where it does not: %s", (word) => {
    const usage: Usage = { input: 1, output: 1, serverTools: { [word]: 3, web_search: 2 } };
    expect(costOf(usage, price, word)).toEqual({ input: 3000, output: 15_000, tools: 20_000_000, total: 20_018_007 });
  });
});

it("rounds up, once, and not for what floating point invents", () => {
  expect(costOf({ input: 1, output: 1 }, { input: 0.1, output: 0.2 }).total).toBe(1);
  expect(costOf({ input: 10, output: 10 }, { input: 0.1, output: 0.2 }).total).toBe(3);
  expect(costOf({ input: 5, output: 5 }, free).total).toBe(0);
});

it("never costs more than the worst that was foreseen", () => {
  const count = fc.nat(20_000);
  const usage = fc.record({
    input: count,
    cacheRead: count,
    cacheWrite: count,
    cacheWriteLong: count,
    output: count,
    reasoning: count,
  });
  fc.assert(
    fc.property(usage, fc.constantFrom(undefined, "priority", "other"), (told, service) => {
      const input = told.input + told.cacheRead + told.cacheWrite + told.cacheWriteLong;
      const output = told.output + told.reasoning;
      const { total } = costOf(told, price, service);
      expect(Number.isSafeInteger(total)).toBe(true);
      expect(total).toBeLessThanOrEqual(worstCost(ceilingOf(price), input, output));
    }),
  );
});
