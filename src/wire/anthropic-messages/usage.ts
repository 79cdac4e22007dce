/** Tokens as Anthropic counts them: cached input apart from input, thoughts inside output. */

import { inputTokens, outputTokens, type Usage } from "../../canonical/usage.ts";
import { countOf, type Fields, fieldsOf, isFields } from "../reader.ts";
import type { WireUsage } from "./types.ts";

/** Undefined: nothing was said of usage. */
export function decodeUsage(words: unknown): Usage | undefined {
  if (!isFields(words)) return undefined;
  const written = countOf(words["cache_creation_input_tokens"]);
  const split = fieldsOf(words["cache_creation"]);
  const long = countOf(split["ephemeral_1h_input_tokens"]);
  // A split without its sum is told by some hosts, a sum without its split by older models.
  const short = Math.max(written - long, countOf(split["ephemeral_5m_input_tokens"]), 0);
  const read = countOf(words["cache_read_input_tokens"]);
  const output = countOf(words["output_tokens"]);
  const reasoning = Math.min(countOf(fieldsOf(words["output_tokens_details"])["thinking_tokens"]), output);
  const serverTools = decodeServerTools(words["server_tool_use"]);
  return {
    input: countOf(words["input_tokens"]),
    ...(read > 0 && { cacheRead: read }),
    ...(short > 0 && { cacheWrite: short }),
    ...(long > 0 && { cacheWriteLong: long }),
    output: output - reasoning,
    ...(reasoning > 0 && { reasoning }),
    ...(serverTools && { serverTools }),
    ...termsOf(words),
  };
}

/** https://platform.claude.com/docs/en/build-with-claude/fast-mode, https://platform.claude.com/docs/en/manage-claude/data-residency */
function termsOf({ speed, inference_geo: place }: Fields): Pick<Usage, "terms"> {
  if (typeof speed !== "string" && typeof place !== "string") return {};
  const terms = [speed, place].filter((word): word is string => typeof word === "string" && !plain.has(word));
  return { terms };
}

/** What costs what it always does. */
const plain: ReadonlySet<string> = new Set(["standard", "global", "not_available"]);

const requests = "_requests";

function decodeServerTools(words: unknown): Usage["serverTools"] {
  if (!isFields(words)) return undefined;
  let tools: Record<string, number> | undefined;
  for (const key of Object.keys(words)) {
    const count = countOf(words[key]);
    if (count === 0 || key === "__proto__") continue;
    tools ??= {};
    tools[key.endsWith(requests) ? key.slice(0, -requests.length) : key] = count;
  }
  return tools;
}

/** What a stream said at its start, overruled by what it says at its end. */
export function mergedUsage(start: Fields | undefined, end: unknown): Fields | undefined {
  if (!isFields(end)) return start;
  const merged: Record<string, unknown> = { ...start };
  for (const key of Object.keys(end)) if (end[key] !== null) merged[key] = end[key];
  const { cache_creation_input_tokens: written, cache_creation: split } = merged;
  // The end tells the sum alone: an older split that no longer fits it says nothing.
  if (!("cache_creation" in end) && isFields(split) && sum(split) !== countOf(written)) delete merged["cache_creation"];
  return merged;
}

function sum(split: Fields): number {
  let total = 0;
  for (const count of Object.values(split)) total += countOf(count);
  return total;
}

export function encodeUsage(usage: Usage | undefined, serviceTier: string | undefined): WireUsage {
  if (!usage) return { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 };
  const { cacheRead = 0, cacheWrite = 0, cacheWriteLong = 0, reasoning, serverTools } = usage;
  const written = cacheWrite + cacheWriteLong;
  return {
    input_tokens: inputTokens(usage) - cacheRead - written,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cacheRead,
    ...(written > 0 && {
      cache_creation: { ephemeral_5m_input_tokens: cacheWrite, ephemeral_1h_input_tokens: cacheWriteLong },
    }),
    output_tokens: outputTokens(usage),
    ...(reasoning && { output_tokens_details: { thinking_tokens: reasoning } }),
    ...(serverTools && { server_tool_use: encodeServerTools(serverTools) }),
    ...(isOwnTier(serviceTier) && { service_tier: serviceTier }),
  };
}

const encodeServerTools = (tools: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(tools).map(([name, count]) => [`${name}${requests}`, count]));

/** The tiers that Anthropic's clients know; another vendor's word would not fit their types. */
const isOwnTier = (tier: string | undefined): tier is string =>
  tier === "standard" || tier === "priority" || tier === "batch";
