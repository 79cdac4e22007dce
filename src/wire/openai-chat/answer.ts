/** The message of an answer: what a vendor said, as parts, and parts as the message that a client reads. */

import type { Citation, OpaquePart, Part, ReasoningPart, TextPart } from "../../canonical/part.ts";
import { type Fields, fieldsOf, isFields, itemsOf, numberOf, textOf } from "../reader.ts";
import type { Words } from "../words.ts";
import { encodeAnnotations } from "./citations.ts";
import { encodeReasoning, isSealed, readReasoning } from "./messages.ts";
import { formatId, mediaOf, urlOf } from "./parts.ts";
import { encodeToolCall, inputText, readToolCall, sealedId } from "./tools.ts";

/** Tolerant: fields of a wrong type count as not said. */
export function readAnswer(message: Fields, choice: Fields): Part[] {
  const parts: Part[] = readReasoning(message);
  readContent(message, choice, parts);
  const refusal = textOf(message["refusal"]) || textOf(fieldsOf(message["provider_specific_fields"])["refusal"]);
  if (refusal) parts.push({ type: "refusal", text: refusal });
  for (const image of itemsOf(message["images"])) {
    const part = readImage(image);
    if (part) parts.push(part);
  }
  if (isFields(message["audio"])) parts.push(readAudio(message["audio"]));
  for (const call of itemsOf(message["tool_calls"]))
    parts.push(readToolCall(call) ?? { type: "opaque", format: formatId, words: call });
  if (isFields(message["function_call"])) {
    const name = textOf(message["function_call"]["name"]) ?? "";
    parts.push({ type: "tool-call", id: name, name, input: inputText(message["function_call"]["arguments"]) });
  }
  return parts;
}

function readContent(message: Fields, choice: Fields, parts: Part[]): void {
  const content = message["content"] ?? choice["text"];
  const citations = itemsOf(message["annotations"]).map((words): Citation => ({ format: formatId, words }));
  const list = typeof content === "string" ? [content] : itemsOf(content);
  for (const piece of list) {
    const part = readPiece(piece);
    if (part) parts.push(part);
  }
  if (citations.length === 0) return;
  const at = parts.findIndex(({ type }) => type === "text");
  const text = parts[at];
  if (text?.type === "text") parts[at] = { ...text, citations };
}

/** Content is a string; some hosts make it a list, with thoughts in it (https://docs.mistral.ai/capabilities/reasoning/). */
export function readPiece(piece: unknown): TextPart | ReasoningPart | undefined {
  if (typeof piece === "string") return piece === "" ? undefined : { type: "text", text: piece };
  const { type, text, thinking } = fieldsOf(piece);
  if (type === "thinking") {
    const said =
      typeof thinking === "string"
        ? thinking
        : itemsOf(thinking)
            .map((one) => textOf(fieldsOf(one)["text"]) ?? "")
            .join("");
    return said === "" ? undefined : { type: "reasoning", text: said };
  }
  return typeof text === "string" && text !== "" ? { type: "text", text } : undefined;
}

export function readImage(value: unknown): Part | undefined {
  const image = fieldsOf(value)["image_url"];
  const url = textOf(image) ?? textOf(fieldsOf(image)["url"]);
  return url === undefined ? undefined : { type: "image", source: mediaOf(url) };
}

/** How the sound is written is known only to who asked for it. */
export function readAudio(audio: Fields): Extract<Part, { type: "audio" }> {
  const id = textOf(audio["id"]);
  const transcript = textOf(audio["transcript"]);
  const expires = numberOf(audio["expires_at"]);
  return {
    type: "audio",
    source: { kind: "data", mediaType: "audio/*", data: textOf(audio["data"]) ?? "" },
    ...(transcript !== undefined && { transcript }),
    ...(id !== undefined && { id }),
    ...(expires !== undefined && { expires }),
  };
}

/** Everything of one kind in its field, in the order in which it was said. */
export function encodeAnswer(parts: readonly Part[]): Words {
  const message: Words = { role: "assistant", content: null };
  const texts: TextPart[] = [];
  const reasoning: ReasoningPart[] = [];
  const calls: unknown[] = [];
  const images: Words[] = [];
  for (const part of parts)
    if (part.type === "text") texts.push(part);
    else if (part.type === "reasoning") reasoning.push(part);
    else if (part.type === "tool-call") calls.push(encodeToolCall(part, sealedId(part)));
    else if (isOwn(part)) calls.push(part.words);
    else encodeRest(part, message, images);
  if (texts.length > 0) message["content"] = texts.map(({ text }) => text).join("");
  else if (calls.length === 0 && !hasOther(message)) message["content"] = "";
  if (images.length > 0) message["images"] = images;
  if (calls.length > 0) message["tool_calls"] = calls;
  return encodeAside(texts, reasoning, message);
}

const isOwn = (part: Part): part is OpaquePart => part.type === "opaque" && part.format === formatId;
const hasOther = (message: Words): boolean => "refusal" in message || "audio" in message;

function encodeRest(part: Part, message: Words, images: Words[]): void {
  if (part.type === "refusal") message["refusal"] = `${textOf(message["refusal"]) ?? ""}${part.text}`;
  else if (part.type === "audio") message["audio"] = encodeAudio(part);
  else if (part.type === "image") {
    const url = urlOf(part.source);
    if (url !== undefined)
      images.push({ type: "image_url", image_url: { url, detail: part.detail ?? "auto" }, index: images.length });
  }
}

const encodeAudio = ({ id, source, transcript, expires }: Extract<Part, { type: "audio" }>): Words => ({
  id: id ?? "",
  data: source.kind === "data" ? source.data : "",
  expires_at: expires ?? 0,
  transcript: transcript ?? "",
});

/** What the documented message has no field for: thoughts beside the text, other languages' citations. Clients look for both there. */
function encodeAside(texts: readonly TextPart[], reasoning: readonly ReasoningPart[], message: Words): Words {
  const own: Words = {};
  if (reasoning.length > 0) {
    message["reasoning_content"] = "";
    encodeReasoning(reasoning, message);
    message["thinking_blocks"] ??= reasoning.map(({ text }) => ({ type: "thinking", thinking: text }));
    if (isSealed(reasoning)) own["thinking_blocks"] = message["thinking_blocks"];
  }
  const { annotations, foreign } = encodeAnnotations(texts);
  if (annotations.length > 0) message["annotations"] = annotations;
  if (foreign.length > 0) own["citations"] = foreign;
  if (Object.keys(own).length > 0) message["provider_specific_fields"] = own;
  return message;
}
