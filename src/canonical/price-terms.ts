/** The terms that change what a token costs: service tiers, speeds, places. What a request asks for, and what nobody has a price for. */

import type { ChatRequest } from "./chat.ts";
import type { Operation, RequestOf } from "./operation.ts";

export type Factors = Readonly<Record<string, number>>;

/**
 * Where a price says nothing of a term: 1 for the usual terms and for those that are cheaper, else the dearest that any
 * vendor documents for it. Never less than is owed, and as much only until somebody tells the price.
 * https://openai.com/api-priority-processing, https://developers.openai.com/api/docs/guides/ultrafast-mode,
 * https://platform.claude.com/docs/en/build-with-claude/fast-mode, https://platform.claude.com/docs/en/manage-claude/data-residency,
 * https://ai.google.dev/gemini-api/docs/optimization (read 2026-11-25).
 */
const usual: Factors = {
  default: 1,
  auto: 1,
  standard: 1,
  standard_only: 1,
  on_demand: 1,
  scale: 1,
  reserved: 1,
  flex: 1,
  batch: 1,
  batches: 1,
  global: 1,
  not_available: 1,
  us: 1.1,
  priority: 2.5,
  fast: 6,
  ultrafast: 6,
};

/** A word that no vendor documents. */
const unheard = 2.5;

/** Other words for the same rates. */
const aliases: Readonly<Record<string, string>> = { fast: "priority", batch: "batches" };

export const aliasOf = (word: string): string | undefined => (Object.hasOwn(aliases, word) ? aliases[word] : undefined);

export function factorOf(factors: Factors | undefined, word: string): number {
  if (factors && Object.hasOwn(factors, word)) return factors[word] ?? unheard;
  if (Object.hasOwn(usual, word)) return usual[word] ?? unheard;
  // Never less than the dearest that is known of the model itself.
  return factors ? Math.max(unheard, ...Object.values(factors)) : unheard;
}

/** Services that have rates of their own need no factor, by any of their names. */
export function servicesNamed(services: readonly string[]): Factors {
  const factors: Record<string, number> = {};
  for (const service of services) factors[service] = 1;
  for (const [word, name] of Object.entries(aliases)) if (services.includes(name)) factors[word] = 1;
  return factors;
}

type Words = Readonly<Record<string, unknown>>;

const fields = ["service_tier", "speed", "inference_geo"] as const;
const none: readonly string[] = [];

/** What a body says of its terms, under whatever name a vendor may know. Nearly always nothing. */
export function termsIn(words: Words | undefined, found: readonly string[] = none): readonly string[] {
  let terms = found;
  if (!words) return terms;
  for (const field of fields) {
    const word = words[field];
    if (typeof word === "string" && !terms.includes(word)) terms = [...terms, word];
  }
  return terms;
}

/** The terms that a request asks for, in its own language or as what its vendor may understand. `words`: its body. */
export function askedTerms(value: RequestOf<Operation>, words?: Words): readonly string[] {
  let terms = termsIn(words);
  if ("messages" in value) {
    const { serviceTier, native }: ChatRequest = value;
    if (serviceTier !== undefined && !terms.includes(serviceTier)) terms = [...terms, serviceTier];
    terms = termsIn(native?.fields, terms);
  }
  return "extra" in value ? termsIn(value.extra, terms) : terms;
}
