/** Thoughts of other vendors in a conversation that goes to Anthropic: a change for providers, who get bodies that pass word for word. */

import type { Body } from "../format.ts";
import { isFields, itemsOf } from "../reader.ts";
import { isForeignSignature } from "./turns.ts";

/**
 * Without the thoughts that other vendors thought: an answer of theirs was told with an empty signature or their own seal, and
 * Anthropic refuses the whole conversation for it. The same body when it holds none.
 */
export function withoutForeignThoughts(body: Body): Body {
  const messages = body["messages"];
  if (!Array.isArray(messages)) return body;
  let changed: unknown[] | undefined;
  for (const [index, message] of (messages as readonly unknown[]).entries()) {
    const kept = withoutThoughts(message);
    if (kept === message) continue;
    changed ??= [...(messages as readonly unknown[])];
    changed[index] = kept;
  }
  return changed ? { ...body, messages: changed.filter((message) => message !== undefined) } : body;
}

/** Undefined: nothing else was in it. */
function withoutThoughts(message: unknown): unknown {
  if (!isFields(message) || message["role"] !== "assistant" || !Array.isArray(message["content"])) return message;
  const content = itemsOf(message["content"]);
  if (!content.some(isForeignThought)) return message;
  const kept = content.filter((block) => !isForeignThought(block));
  return kept.length === 0 ? undefined : { ...message, content: kept };
}

const isForeignThought = (block: unknown): boolean => {
  if (!isFields(block) || block["type"] !== "thinking") return false;
  const { signature } = block;
  return typeof signature !== "string" || isForeignSignature(signature);
};
