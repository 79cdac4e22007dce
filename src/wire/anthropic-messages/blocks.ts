/** Our parts as Anthropic's blocks, for requests and answers alike. */

import type { Citation, Part, TextPart, ToolCallPart, ToolResultPart } from "../../canonical/part.ts";
import { sealedId } from "../openai-chat/tools.ts";
import { fieldsOf, isFields, textOf } from "../reader.ts";
import { cacheControl } from "./cache.ts";
import { encodeDocument, encodeImage } from "./media.ts";
import { format, type WireBlock, type WireText } from "./types.ts";

/**
 * The same for what a model answered. Claude answers with no pictures: its clients would not know what to do with them. The
 * seal of another vendor on a call stands in the call's id, the one place from which clients bring it back.
 */
export function encodeAnswerPart(part: Part): WireBlock | undefined {
  switch (part.type) {
    case "image":
    case "document":
    case "tool-result":
      return undefined;
    case "tool-call":
      return encodeToolCall({ ...part, id: sealedId(part) });
    default:
      return encodePart(part);
  }
}

/** Undefined: Anthropic's language has no word for it (sound, film, another vendor's records). */
export function encodePart(part: Part): WireBlock | undefined {
  switch (part.type) {
    case "text":
      return encodeText(part);
    case "refusal":
      return { type: "text", text: part.text };
    case "reasoning":
      if (part.redacted !== undefined) return { type: "redacted_thinking", data: part.redacted };
      return { type: "thinking", thinking: part.text, signature: part.signature ?? "" };
    case "image":
      return encodeImage(part);
    case "document":
      return encodeDocument(part);
    case "tool-call":
      return encodeToolCall(part);
    case "tool-result":
      return encodeToolResult(part);
    case "opaque":
      return part.format === format ? encodeOpaque(part.words) : undefined;
    case "audio":
    case "video":
      return undefined;
  }
}

const encodeOpaque = (words: unknown): WireBlock | undefined =>
  isFields(words) && typeof words["type"] === "string" ? { ...words, type: words["type"] } : undefined;

function encodeText({ text, citations, cache }: TextPart): WireText {
  if (!citations && !cache) return { type: "text", text };
  const sources = citations?.map(encodeCitation).filter((citation) => citation !== undefined) ?? [];
  return {
    type: "text",
    text,
    ...(sources.length > 0 && { citations: sources }),
    ...(cache && { cache_control: cacheControl(cache) }),
  };
}

/**
 * Another vendor's source becomes a web search result when it has an address. Its `encrypted_index` stays empty, because only
 * Anthropic can write one.
 */
export function encodeCitation(citation: Citation): unknown {
  if (citation.format === format) return citation.words;
  const words = fieldsOf(citation.words);
  const nested = isFields(words["url_citation"]) ? words["url_citation"] : words;
  const url = textOf(nested["url"]);
  if (url === undefined) return undefined;
  const title = textOf(nested["title"]) ?? null;
  return { type: "web_search_result_location", url, title, encrypted_index: "", cited_text: "" };
}

/** One that was made above. Anthropic refuses it, so it is not told again. */
export const isForeignCitation = (words: unknown): boolean => isFields(words) && words["encrypted_index"] === "";

function encodeToolCall({ id, name, input, custom, cache }: ToolCallPart): WireBlock {
  return {
    type: "tool_use",
    id,
    name,
    input: custom ? { input } : inputOf(input),
    ...(cache && { cache_control: cacheControl(cache) }),
  };
}

/** Anthropic takes objects only. What a model wrote that is none is handed on under one name, so that nothing is lost. */
function inputOf(text: string): unknown {
  if (text === "" || text === "{}") return {};
  const value = parsed(text);
  if (isFields(value)) return value;
  return value === null ? {} : { input: value ?? text };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A model may write what is no JSON.
    return undefined;
  }
}

function encodeToolResult({ id, parts, failed, cache }: ToolResultPart): WireBlock {
  const content = encodeResult(parts);
  return {
    type: "tool_result",
    tool_use_id: id,
    ...(content !== undefined && { content }),
    ...(failed && { is_error: true }),
    ...(cache && { cache_control: cacheControl(cache) }),
  };
}

function encodeResult(parts: readonly Part[]): string | readonly WireBlock[] | undefined {
  const [only] = parts;
  if (!only) return undefined;
  if (parts.length === 1 && only.type === "text" && !only.cache && !only.citations) return only.text;
  const blocks: WireBlock[] = [];
  for (const part of parts) {
    if (part.type === "text" && isBlank(part.text)) continue;
    const block = encodePart(part);
    if (block) blocks.push(block);
  }
  return blocks;
}

/** Anthropic refuses blocks of text without anything to see in them. */
export const isBlank = (text: string): boolean => text.trim() === "";
