/** Understands one entry of a map of models, in the key names that such maps share: prices a token, limits, abilities. */

import type { Price, Rates } from "../canonical/price.ts";
import type { ModelFacts } from "./config.ts";

type Entry = Readonly<Record<string, unknown>>;

/** Rates and the keys that hold them, in US$ a token. */
const rateKeys: readonly (readonly [keyof Rates, string])[] = [
  ["input", "input_cost_per_token"],
  ["output", "output_cost_per_token"],
  ["cacheRead", "cache_read_input_token_cost"],
  ["cacheWrite", "cache_creation_input_token_cost"],
  ["cacheWriteLong", "cache_creation_input_token_cost_above_1hr"],
  ["audioInput", "input_cost_per_audio_token"],
  ["imageInput", "input_cost_per_image_token"],
  ["reasoning", "output_cost_per_reasoning_token"],
  ["audioOutput", "output_cost_per_audio_token"],
  ["imageOutput", "output_cost_per_image_token"],
];

const services = ["priority", "flex", "batches"];

/** What the rates are multiplied by on special terms, by the vendor's word for each: { "fast": 6, "us": 1.1 }. */
const factorsKey = "provider_specific_entry";

/** Tolerant: what is of the wrong type, negative or not finite counts as not said. */
export function factsOf(entry: Entry): ModelFacts {
  const price = priceOf(entry);
  const maxInput = count(entry["max_input_tokens"]);
  const maxOutput = count(entry["max_output_tokens"]) ?? count(entry["max_tokens"]);
  const mode = entry["mode"];
  const supports = supportsOf(entry);
  return {
    ...(price && { price }),
    ...(maxInput !== undefined && { maxInput }),
    ...(maxOutput !== undefined && { maxOutput }),
    ...(typeof mode === "string" && { mode }),
    ...(supports && { supports }),
    entry,
  };
}

/** What the operator says of a model, over what is known of it. A price of theirs wins whole, but for what special terms multiply it by. */
export function laidOver(known: ModelFacts = {}, said: Entry): ModelFacts {
  if (Object.keys(said).length === 0) return known;
  const own = factsOf(said);
  const entry: Entry = { ...known.entry, ...said };
  const changes = factorsKey in said || (own.price && factorsKey in entry);
  const price = changes ? priceOf(own.price ? { ...said, [factorsKey]: entry[factorsKey] } : entry) : undefined;
  return { ...known, ...own, ...(price && { price }), entry };
}

/** Undefined: the entry says no price. A price of 0 is a price. */
export function priceOf(entry: Entry): Price | undefined {
  const base = ratesOf(entry, "");
  const request = nano(entry["input_cost_per_request"]);
  if (!base && request === undefined) return undefined;
  const rates: Rates = base ?? { input: 0, output: 0 };
  const tiers = tiersOf(entry, rates);
  const services = servicesOf(entry, rates);
  const factors = factorsOf(entry[factorsKey]);
  const search = searchPrice(entry["search_context_cost_per_query"]);
  return {
    ...rates,
    ...(tiers.length > 0 && { tiers }),
    ...(services && { services }),
    ...(factors && { factors }),
    ...(search !== undefined && { serverTools: { web_search: search } }),
    ...(request !== undefined && { request }),
  };
}

function ratesOf(entry: Entry, suffix: string): Rates | undefined {
  const found: { -readonly [K in keyof Rates]?: number } = {};
  let any = false;
  for (const [rate, key] of rateKeys) {
    const price = nano(entry[key + suffix]);
    if (price === undefined) continue;
    found[rate] = price;
    any = true;
  }
  return any ? { ...found, input: found.input ?? 0, output: found.output ?? 0 } : undefined;
}

/** A tier or a service that leaves a rate out keeps the base's. */
function ratesOver(entry: Entry, suffix: string, base: Rates): Rates | undefined {
  let rates: Rates | undefined;
  for (const [rate, key] of rateKeys) {
    const price = nano(entry[key + suffix]);
    if (price !== undefined) rates = { ...(rates ?? base), [rate]: price };
  }
  return rates;
}

const tierKey = /_above_(\d{1,6})k_tokens$/;

function tiersOf(entry: Entry, base: Rates): { readonly above: number; readonly rates: Rates }[] {
  const thresholds = new Set<number>();
  for (const key of Object.keys(entry)) {
    const found = tierKey.exec(key);
    if (found?.[1]) thresholds.add(Number(found[1]));
  }
  const tiers: { readonly above: number; readonly rates: Rates }[] = [];
  let below = base;
  for (const thousand of [...thresholds].sort((a, b) => a - b)) {
    const rates = ratesOver(entry, `_above_${thousand}k_tokens`, below);
    if (!rates) continue;
    tiers.push({ above: thousand * 1000, rates });
    below = rates;
  }
  return tiers;
}

function servicesOf(entry: Entry, base: Rates): Record<string, Rates> | undefined {
  let found: Record<string, Rates> | undefined;
  for (const service of services) {
    const rates = ratesOver(entry, `_${service}`, base);
    if (rates) found = { ...found, [service]: rates };
  }
  return found;
}

/** Beside factors, maps keep there what is no number. */
function factorsOf(value: unknown): Record<string, number> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const factors = Object.entries(value).filter(
    ([word, factor]) => word !== "__proto__" && typeof factor === "number" && Number.isFinite(factor) && factor >= 0,
  );
  return factors.length > 0 ? Object.fromEntries(factors) : undefined;
}

/** Maps tell the price of a web search by how much is read; the middle one is the vendors' default. */
function searchPrice(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return nano(Reflect.get(value, "search_context_size_medium"));
}

/** Every "supports_x" that is true, without its first word; undefined where the entry says nothing of the kind. */
function supportsOf(entry: Entry): readonly string[] | undefined {
  let found: string[] | undefined;
  for (const key of Object.keys(entry)) {
    if (!key.startsWith("supports_")) continue;
    found ??= [];
    if (entry[key] === true) found.push(key.slice("supports_".length));
  }
  return found;
}

/** US$ to nano-dollars, without the noise of binary fractions. Text is taken too: files and forms write numbers as text. */
function nano(value: unknown): number | undefined {
  const dollars = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof dollars !== "number" || !Number.isFinite(dollars) || dollars < 0) return undefined;
  return Number((dollars * 1e9).toPrecision(12));
}

function count(value: unknown): number | undefined {
  const tokens = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof tokens === "number" && Number.isFinite(tokens) && tokens >= 0 ? Math.floor(tokens) : undefined;
}
