/** What a client's messages hold: blocks read strictly, each refused by its path. */

import type { Part, ToolResultPart } from "../../canonical/part.ts";
import { unsealed } from "../openai-chat/tools.ts";
import {
  type Fields,
  fieldsAt,
  optionalBoolean,
  optionalList,
  optionalString,
  requiredFields,
  requiredString,
  wrong,
} from "../reader.ts";
import { isForeignCitation } from "./blocks.ts";
import { cacheMark } from "./cache.ts";
import { decodeDocument, decodeImage } from "./media.ts";
import { format } from "./types.ts";

/** A string, or a list of blocks. */
export function decodeContent(content: unknown, path: string): readonly Part[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw wrong(path, "a string or a list of blocks", content);
  const parts: Part[] = [];
  for (let index = 0; index < content.length; index++) {
    const at = `${path}.${index}`;
    parts.push(decodeBlock(fieldsAt(content[index], at), at));
  }
  return parts;
}

function decodeBlock(block: Fields, path: string): Part {
  switch (requiredString(block, "type", path)) {
    case "text":
      return decodeText(block, path);
    case "image":
      return decodeImage(block, path);
    case "document":
      return decodeDocument(block, path);
    case "thinking":
      return decodeThinking(block, path);
    case "redacted_thinking":
      return { type: "reasoning", text: "", redacted: requiredString(block, "data", path) };
    case "tool_use":
      return decodeToolUse(block, path);
    case "tool_result":
      return decodeToolResult(block, path);
    default:
      // Server tools and their results, search results, uploads, compactions, and what Anthropic adds next.
      return { type: "opaque", format, words: block };
  }
}

function decodeText(block: Fields, path: string): Part {
  const text = requiredString(block, "text", path);
  const given = block["citations"] === undefined ? undefined : optionalList(block, "citations", path);
  const citations = given?.filter((citation) => !isForeignCitation(citation));
  const cache = cacheMark(block, path);
  if (!citations && !cache) return { type: "text", text };
  return {
    type: "text",
    text,
    ...(citations && citations.length > 0 && { citations: citations.map((words) => ({ format, words })) }),
    ...(cache && { cache }),
  };
}

/** An empty signature is our own: it stands where another vendor's thought had none. */
function decodeThinking(block: Fields, path: string): Part {
  const text = requiredString(block, "thinking", path);
  const signature = optionalString(block, "signature", path);
  return signature ? { type: "reasoning", text, signature } : { type: "reasoning", text };
}

function decodeToolUse(block: Fields, path: string): Part {
  const cache = cacheMark(block, path);
  return {
    type: "tool-call",
    ...unsealed(requiredString(block, "id", path)),
    name: requiredString(block, "name", path),
    input: JSON.stringify(requiredFields(block, "input", path)),
    ...(cache && { cache }),
  };
}

function decodeToolResult(block: Fields, path: string): ToolResultPart {
  const { content } = block;
  const failed = optionalBoolean(block, "is_error", path);
  const cache = cacheMark(block, path);
  return {
    type: "tool-result",
    id: unsealed(requiredString(block, "tool_use_id", path)).id,
    parts: content === undefined || content === null ? [] : decodeContent(content, `${path}.content`),
    ...(failed && { failed }),
    ...(cache && { cache }),
  };
}
