/** The catalogue: every model has a price that can be right, and is found under the names that people use. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { costOf } from "../canonical/price.ts";
import { catalogueOf, loadCatalogue } from "./catalogue.ts";
import { factsOf, laidOver, priceOf } from "./model-facts.ts";

const ours = loadCatalogue();

it.each([
  ["openai/gpt-4o", 2500, 10_000, 128_000, 16_384],
  ["gpt-4o-mini", 150, 600, 128_000, 16_384],
  ["openai/gpt-4o-2024-11-20", 2500, 10_000, 128_000, 16_384],
  ["openai/o3-mini", 1100, 4400, 200_000, 100_000],
  ["openai/gpt-5", 1250, 10_000, 272_000, 128_000],
  ["anthropic/claude-sonnet-4-5", 3000, 15_000, 200_000, 64_000],
  ["anthropic/claude-sonnet-4-5-20250929", 3000, 15_000, 200_000, 64_000],
  ["claude-opus-4-6", 5000, 25_000, 1_000_000, 128_000],
  ["claude-3-5-haiku-20241022", 800, 4000, 200_000, 8192],
  ["groq/llama-3.3-70b-versatile", 590, 790, 131_072, 32_768],
  ["azure/gpt-4o", 2500, 10_000, 128_000, 16_384],
  ["openrouter/openai/gpt-4o", 2500, 10_000, 128_000, undefined],
])("%s costs %d in and %d out, in nano-dollars", (name, input, output, maxInput, maxOutput) => {
  const facts = ours.lookup([name]);
  expect(facts?.price).toMatchObject({ input, output });
  expect([facts?.maxInput, facts?.maxOutput]).toEqual([maxInput, maxOutput]);
});

it("knows every model that is most asked for, with its limits and abilities", () => {
  // biome-ignore format: one list
  const names = [
    "gpt-4.1", "gpt-4.1-mini", "o3", "o4-mini", "gpt-5-mini", "gpt-5-nano", "gpt-5.1", "gpt-5.2", "gpt-5.4", "claude-3-5-sonnet-20241022",
    "claude-3-7-sonnet-20250219", "claude-haiku-4-5", "claude-opus-4-1-20250805", "claude-opus-4-5", "claude-sonnet-4-6",
    "gemini/gemini-2.5-pro", "gemini/gemini-2.5-flash", "deepseek/deepseek-chat", "deepseek/deepseek-reasoner", "mistral/mistral-large-latest",
    "command-a-03-2025", "command-r-plus", "xai/grok-3", "xai/grok-4", "bedrock/anthropic.claude-3-7-sonnet-20250219-v1:0",
    "bedrock/us.amazon.nova-lite-v1:0", "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo",
  ];
  const lacking = names.filter((name) => {
    const facts = ours.lookup([name]);
    return !facts?.price || !facts.maxOutput || !facts.maxInput || !facts.supports || facts.mode !== "chat";
  });
  expect(lacking).toEqual([]);
});

it("every entry says where it is from and when, and has a price that can be read", () => {
  const wrong: string[] = [];
  for (const provider of ["openai", "anthropic", "gemini", "groq", "mistral", "openrouter", "bedrock", "cohere"]) {
    expect(ours.modelsOf(provider).length).toBeGreaterThan(0);
    for (const model of ours.modelsOf(provider)) {
      const facts = ours.lookup([`${provider}/${model}`]);
      const { source, updated } = facts?.entry ?? {};
      if (!facts?.price || typeof source !== "string" || !/^\d{4}-\d\d-\d\d$/.test(String(updated))) wrong.push(model);
    }
  }
  expect(wrong).toEqual([]);
});

it("thoughts are known of those who have them, and nobody else", () => {
  const thinks = (name: string) => ours.lookup([name])?.supports?.includes("reasoning");
  expect(
    ["gpt-5", "o3-mini", "claude-sonnet-4-5", "deepseek/deepseek-reasoner", "groq/openai/gpt-oss-120b"].map(thinks),
  ).toEqual(Array(5).fill(true));
  expect(["gpt-4o", "groq/llama-3.3-70b-versatile", "xai/grok-3", "claude-3-5-sonnet"].map(thinks)).toEqual(
    Array(4).fill(false),
  );
});

it("the exact name wins, then the name without its vendor, then without its date", () => {
  const entry = (input: number) => ({ input_cost_per_token: input, output_cost_per_token: 0 });
  const map = catalogueOf({
    "a/m": entry(1),
    m: entry(2),
    "m-2025-01-01": entry(3),
    "ft:m": entry(4),
    list: [],
    none: null,
  });
  const found = (name: string) => (map.lookup([name])?.price?.input ?? 0) / 1e9;
  expect(found("a/m")).toBe(1);
  expect(found("b/m")).toBe(2);
  expect(found("b/m-2025-01-01")).toBe(3);
  expect(found("a/m-20240101")).toBe(1);
  expect(found("a/m-latest")).toBe(1);
  expect(found("b/ft:m-2024-05-05:acme::id")).toBe(4);
  expect(map.lookup(["nope", "m"])?.price?.input).toBe(2e9);
  expect(map.lookup(["b/m-20240101", "m-2025-01-01"])?.price?.input).toBe(3e9);
  for (const name of ["nope", "list", "none", "__proto__", "constructor", "x/toString", ""])
    expect(map.lookup([name])).toBeUndefined();
});

it("reads every rate: caches, long caches, media, thoughts, tiers, services, searches", () => {
  const price = priceOf({
    input_cost_per_token: 0.000003,
    output_cost_per_token: "0.000015",
    cache_read_input_token_cost: 3e-7,
    cache_creation_input_token_cost: 0.00000375,
    cache_creation_input_token_cost_above_1hr: 0.000006,
    input_cost_per_audio_token: 0.00004,
    output_cost_per_audio_token: 0.00008,
    output_cost_per_reasoning_token: 0.00002,
    input_cost_per_token_above_200k_tokens: 0.000006,
    output_cost_per_token_above_200k_tokens: 0.0000225,
    input_cost_per_token_above_400k_tokens: 0.000012,
    input_cost_per_token_priority: 0.00001,
    output_cost_per_token_flex: 0.000007,
    search_context_cost_per_query: { search_context_size_medium: 0.01 },
  });
  expect(price).toEqual({
    input: 3000,
    output: 15_000,
    cacheRead: 300,
    cacheWrite: 3750,
    cacheWriteLong: 6000,
    audioInput: 40_000,
    audioOutput: 80_000,
    reasoning: 20_000,
    tiers: [
      { above: 200_000, rates: expect.objectContaining({ input: 6000, output: 22_500, cacheRead: 300 }) },
      { above: 400_000, rates: expect.objectContaining({ input: 12_000, output: 22_500 }) },
    ],
    services: {
      priority: expect.objectContaining({ input: 10_000, output: 15_000 }),
      flex: expect.objectContaining({ input: 3000, output: 7000 }),
    },
    serverTools: { web_search: 10_000_000 },
  });
  if (price) expect(costOf({ input: 1000, output: 100 }, price).total).toBe(4_500_000);
});

it.each([
  ["openai/gpt-5.5", "priority", 12_500, 75_000],
  ["openai/gpt-4.1-2025-04-14", "fast", 3500, 14_000],
  ["anthropic/claude-opus-4-6", "priority", 5000, 25_000],
])("%s costs on %s terms what its vendor's page says", (name, service, input, output) => {
  const { price } = ours.lookup([name]) ?? {};
  expect(price && costOf({ input: 1000, output: 1000 }, price, service)).toMatchObject({
    input: input * 1000,
    output: output * 1000,
  });
});

it.each([
  ["claude-opus-4-6", ["fast"], 6],
  ["claude-opus-5", ["fast", "us"], 2.2],
  ["claude-sonnet-4-6", ["us"], 1.1],
])("%s costs, served on the terms %j, %d times as much", (name, terms, factor) => {
  const { price } = ours.lookup([name]) ?? {};
  if (!price) throw new Error("it is known");
  const usage = { input: 1000, output: 1000 };
  expect(costOf({ ...usage, terms }, price).total).toBeCloseTo(costOf(usage, price).total * factor, 3);
});

it("keeps the factors of a model that the operator prices anew, and takes theirs", () => {
  const known = ours.lookup(["claude-opus-4-6"]);
  const own = { input_cost_per_token: 1e-6, output_cost_per_token: 2e-6 };
  expect(laidOver(known, own).price).toMatchObject({ input: 1000, output: 2000, factors: { fast: 6, priority: 1 } });
  const changed = { provider_specific_entry: { fast: 3 } };
  expect(laidOver(known, changed).price).toMatchObject({ input: 5000, factors: { fast: 3 } });
  expect(laidOver(known, { ...own, ...changed }).price).toMatchObject({ input: 1000, factors: { fast: 3 } });
  expect(laidOver(known, { max_tokens: 5 }).price).toEqual(known?.price);
  expect(laidOver(undefined, changed).price).toBeUndefined();
  expect(laidOver(known, {})).toBe(known);
});

it("reads factors, and of what maps keep beside them nothing", () => {
  const entry = { input_cost_per_token: 1, output_cost_per_token: 1 };
  expect(priceOf({ ...entry, provider_specific_entry: { fast: 6, us: 1.1, note: "x", low: -1 } })?.factors).toEqual({
    fast: 6,
    us: 1.1,
  });
  expect(priceOf({ ...entry, provider_specific_entry: "x" })).not.toHaveProperty("factors");
});

it("a price of nothing is a price; no price is none; nonsense is not said", () => {
  expect(priceOf({ input_cost_per_token: 0, output_cost_per_token: 0 })).toEqual({ input: 0, output: 0 });
  expect(priceOf({ mode: "chat" })).toBeUndefined();
  expect(
    priceOf({ input_cost_per_token: -1, output_cost_per_token: Number.NaN, cache_read_input_token_cost: {} }),
  ).toBeUndefined();
  expect(factsOf({ max_tokens: "4096", supports_vision: true, supports_reasoning: false })).toMatchObject({
    maxOutput: 4096,
    supports: ["vision"],
  });
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything()), (entry) => {
      factsOf(entry);
    }),
  );
});
