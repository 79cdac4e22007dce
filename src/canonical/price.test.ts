/** What answers cost: each token once, at its own rate, rounded up at the end only. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ceilingOf, costOf, dearer, free, noCeiling, onTerms, type Price, worstCost } from "./price.ts";
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

  it.each(["default", "auto", "standard", "on_demand", "flex", "batch"])(
    "change nothing where they are usual or cheaper: %s",
    (word) => {
      expect(costOf({ input: 1, output: 1 }, price, word).total).toBe(18_007);
    },
  );
  it.each(["unheard", "constructor", "__proto__", "toString"])(
    "are never billed as usual where unknown: %s",
    (word) => {
      const usage: Usage = { input: 1, output: 1, serverTools: { [word]: 3, web_search: 2 } };
      expect(costOf(usage, price, word)).toEqual({ input: 7500, output: 37_500, tools: 20_000_000, total: 20_045_007 });
    },
  );
  it("multiply the rates where the price says by how much, the place and the speed by each other", () => {
    const claude: Price = { input: 1000, output: 5000, factors: { fast: 6, us: 1.1, priority: 1 } };
    const usage: Usage = { input: 100, cacheRead: 10, output: 10 };
    expect(costOf(usage, claude, "standard").total).toBe(160_000);
    expect(costOf({ ...usage, terms: [] }, claude, "priority").total).toBe(160_000);
    expect(costOf({ ...usage, terms: ["us"] }, claude, "standard").total).toBe(176_000);
    expect(costOf({ ...usage, terms: ["fast", "us"] }, claude, "standard").total).toBe(1_056_000);
  });
  it("have the dearest documented factor where the price says nothing", () => {
    const bare: Price = { input: 1000, output: 1000 };
    expect(costOf({ input: 1, output: 0 }, bare, "priority").total).toBe(2500);
    expect(costOf({ input: 1, output: 0, terms: ["fast"] }, bare).total).toBe(6000);
    expect(costOf({ input: 1, output: 0, terms: ["us"] }, bare).total).toBe(1100);
    expect(costOf({ input: 1, output: 0 }, { ...bare, factors: { turbo: 9 } }, "unheard").total).toBe(9000);
  });
  it("mean the same rates by another name", () => {
    expect(costOf({ input: 1, output: 1 }, price, "fast").total).toBe(30_007);
  });
  it("raise the rates of a long prompt as much", () => {
    expect(costOf({ input: 2000, output: 0 }, price, "priority").input).toBe(2000 * 10_000);
  });
});

it("rounds up, once, and not for what floating point invents", () => {
  expect(costOf({ input: 1, output: 1 }, { input: 0.1, output: 0.2 }).total).toBe(1);
  expect(costOf({ input: 10, output: 10 }, { input: 0.1, output: 0.2 }).total).toBe(3);
  expect(costOf({ input: 5, output: 5 }, free).total).toBe(0);
});

it("foresees of several prices on special terms the dearest, and no more", () => {
  const claude = ceilingOf({ input: 1000, output: 5000, factors: { fast: 2, priority: 1 } });
  const alone = [claude].reduce(dearer, noCeiling);
  expect(worstCost(onTerms(alone, ["fast"]), 1, 1)).toBe(12_000);
  expect(worstCost(onTerms(alone, ["priority"]), 1, 1)).toBe(6000);
  const cheap = ceilingOf({ input: 100, output: 500 });
  const both = dearer(claude, cheap);
  // Six times the cheap one is less than twice the dear one.
  expect(worstCost(onTerms(both, ["fast"]), 1, 1)).toBe(12_000);
  expect(
    worstCost(onTerms(dearer(ceilingOf({ input: 900, output: 4000 }), claude), ["fast"]), 0, 1),
  ).toBeGreaterThanOrEqual(24_000);
  expect(onTerms(both, [])).toBe(both);
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
    fc.property(
      usage,
      fc.constantFrom(undefined, "priority", "fast", "ultrafast", "flex", "other"),
      (told, service) => {
        const input = told.input + told.cacheRead + told.cacheWrite + told.cacheWriteLong;
        const output = told.output + told.reasoning;
        const { total } = costOf(told, price, service);
        expect(Number.isSafeInteger(total)).toBe(true);
        const ceiling = onTerms(ceilingOf(price), service === undefined ? [] : [service]);
        expect(total).toBeLessThanOrEqual(worstCost(ceiling, input, output));
      },
    ),
  );
});
