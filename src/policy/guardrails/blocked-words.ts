/** Reads a list of blocked words from a YAML file: { blocked_words: [{ keyword, action, description }] }, or the list alone. */

import { parse } from "yaml";

/** What it holds, not yet checked. */
export function blockedWordsIn(text: string): unknown {
  const held: unknown = parse(text, { maxAliasCount: 0 });
  if (Array.isArray(held) || typeof held !== "object" || held === null) return held;
  return Object.values(held as Readonly<Record<string, unknown>>)[0];
}
