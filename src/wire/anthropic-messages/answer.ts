/** What a vendor's answer is made of: blocks read tolerantly, none dropped. */

import type { Part } from "../../canonical/part.ts";
import { type Fields, isFields, itemsOf, textOf } from "../reader.ts";
import { outputTool } from "./output-tool.ts";
import { format } from "./types.ts";

/** Undefined: no block at all. */
export function decodeAnswerBlock(words: unknown): Part | undefined {
  if (!isFields(words)) return undefined;
  switch (words["type"]) {
    case "text":
      return decodeText(words);
    case "thinking":
      return decodeThinking(words);
    case "redacted_thinking":
      return { type: "reasoning", text: "", redacted: textOf(words["data"]) ?? "" };
    case "tool_use":
      return decodeCall(words);
    default:
      return { type: "opaque", format, words };
  }
}

function decodeText(words: Fields): Part {
  const text = textOf(words["text"]) ?? "";
  const citations = itemsOf(words["citations"]);
  return citations.length === 0
    ? { type: "text", text }
    : { type: "text", text, citations: citations.map((source) => ({ format, words: source })) };
}

function decodeThinking(words: Fields): Part {
  const text = textOf(words["thinking"]) ?? "";
  const signature = textOf(words["signature"]);
  return signature ? { type: "reasoning", text, signature } : { type: "reasoning", text };
}

function decodeCall(words: Fields): Part {
  const name = textOf(words["name"]) ?? "";
  const input = words["input"] === undefined || words["input"] === null ? "{}" : JSON.stringify(words["input"]);
  return name === outputTool
    ? { type: "text", text: input }
    : { type: "tool-call", id: textOf(words["id"]) ?? "", name, input };
}
