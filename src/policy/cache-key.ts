/** The name under which an answer is kept: two requests share it only when they would be answered alike, and by right. */

import { hash } from "node:crypto";
import type { Caller } from "../canonical/caller.ts";
import type { Exchange } from "../exchange.ts";

/** Whose answers are shared: those of a team, of a user, or of a key alone. */
function tenantOf({ teamId, userId, keyId }: Caller): string {
  if (teamId !== undefined) return `team:${teamId}`;
  return userId === undefined ? `key:${keyId}` : `user:${userId}`;
}

/**
 * The client's own words where there are any: a vendor of its language gets them, with fields that we do not read. Whether
 * the answer is streamed is left out, and so is what was said to the gateway; what of that changes the vendor's request is in.
 */
export function cacheKey(exchange: Exchange, namespace: string): string {
  const { caller, operation, controls, headers, maxOutput, format } = exchange;
  const { value, quote } = exchange.request;
  const said = quote ? without(quote.words, controls.fields) : without(value, []);
  const settings = [
    maxOutput,
    controls.dropParams,
    controls.additionalDropParams,
    controls.allowedParams,
    controls.fallbacks,
    // Keys of one team may call different models by one name.
    caller.aliases[value.model],
    controls.cache?.namespace,
  ];
  const parts = [
    tenantOf(caller),
    operation,
    namespace,
    quote ? format.id : "",
    value.model,
    settings,
    travelling(headers),
    said,
  ];
  return hash("sha256", JSON.stringify(parts), "hex");
}

/** Members whose names begin so say how the answer is told, in every language. */
const telling = "stream";

function without(words: unknown, fields: readonly string[]): unknown {
  if (typeof words !== "object" || words === null) return words;
  const rest: [string, unknown][] = [];
  for (const [name, value] of Object.entries(words))
    if (!name.startsWith(telling) && !fields.includes(name)) rest.push([name, value]);
  return rest;
}

/** Headers that switch a vendor's features travel on to it, and change what it answers. */
function travelling(headers: Exchange["headers"]): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && (name.endsWith("-beta") || name.endsWith("-version"))) found.push([name, value]);
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}
