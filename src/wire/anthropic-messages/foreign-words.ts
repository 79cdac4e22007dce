/** What other vendors left in a conversation that goes on with Anthropic: a change for providers, who get bodies that pass word for word. */

import type { Body } from "../format.ts";
import { type Fields, isFields, itemsOf } from "../reader.ts";
import { isForeignCitation } from "./blocks.ts";
import { isForeignSignature, toolId } from "./turns.ts";

/**
 * Without what Anthropic refuses a whole conversation for: thoughts with an empty signature or another vendor's seal, sources
 * that it did not find itself, ids of calls in letters that it does not take. The same body when it holds none.
 */
export function withoutForeignWords(body: Body): Body {
  const messages = body["messages"];
  if (!Array.isArray(messages)) return body;
  const kept = changed(messages, cleanMessage);
  return kept === messages ? body : { ...body, messages: kept };
}

/** Undefined: nothing else was in it. */
function cleanMessage(message: unknown): unknown {
  if (!isFields(message) || !Array.isArray(message["content"])) return message;
  const content = itemsOf(message["content"]);
  const kept = changed(content, cleanBlock);
  if (kept === content) return message;
  return kept.length === 0 ? undefined : { ...message, content: kept };
}

function cleanBlock(block: unknown): unknown {
  if (!isFields(block)) return block;
  switch (block["type"]) {
    case "thinking":
      return typeof block["signature"] !== "string" || isForeignSignature(block["signature"]) ? undefined : block;
    case "text":
      return withoutCitations(block);
    case "tool_use":
      return withId(block, "id");
    case "tool_result":
      return withId(block, "tool_use_id");
    default:
      return block;
  }
}

function withoutCitations(block: Fields): Fields {
  const citations = itemsOf(block["citations"]);
  if (!citations.some(isForeignCitation)) return block;
  const own = citations.filter((citation) => !isForeignCitation(citation));
  const { citations: _, ...bare } = block;
  return own.length === 0 ? bare : { ...bare, citations: own };
}

function withId(block: Fields, key: string): Fields {
  const id = block[key];
  if (typeof id !== "string") return block;
  const taken = toolId(id);
  return taken === id ? block : { ...block, [key]: taken };
}

/** The same list where no item changes; without those that become undefined. */
function changed(items: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  let result: unknown[] | undefined;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    const after = change(item);
    if (after !== item) result ??= items.slice(0, index);
    if (result && after !== undefined) result.push(after);
  }
  return result ?? items;
}
