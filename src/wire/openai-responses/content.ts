/** The pieces of a message's content: texts, refusals, pictures, files, sounds. */

import { invalid } from "../../canonical/error.ts";
import type { Citation, DocumentPart, ImagePart, Part, TextPart } from "../../canonical/part.ts";
import { decodeAudio, encodeAudio } from "../openai-chat/audio.ts";
import { contentOf, mediaOf, urlOf } from "../openai-chat/parts.ts";
import {
  type Fields,
  fieldsAt,
  fieldsOf,
  numberOf,
  optionalList,
  optionalString,
  pathOf,
  requiredString,
  stringAt,
  textOf,
} from "../reader.ts";
import type { Words } from "../words.ts";
import { formatId } from "./types.ts";

/** A string, or a list of parts. */
export const decodeContent = (content: unknown, path: string): Part[] => contentOf(content, path, decodePart);

function decodePart(value: unknown, path: string): Part {
  const part = fieldsAt(value, path);
  switch (stringAt(part["type"], pathOf(path, "type"))) {
    case "input_text":
    case "output_text":
    case "text":
      return decodeText(part, path);
    case "refusal":
      return { type: "refusal", text: requiredString(part, "refusal", path) };
    case "input_image":
      return decodeImage(part, path);
    case "input_file":
      return decodeFile(part, path);
    case "input_audio":
      return decodeAudio(part, path);
    default:
      return unknownPart(part);
  }
}

/** A piece of a message that we do not know says that it stood in a message, and so goes back into one. */
export const unknownPart = (part: Fields): Part => ({
  type: "opaque",
  format: formatId,
  words: { type: "message", content: [part] },
});

function decodeText(part: Fields, path: string): TextPart {
  const text = requiredString(part, "text", path);
  const annotations = optionalList(part, "annotations", path);
  return annotations && annotations.length > 0
    ? { type: "text", text, citations: citationsOf(annotations) }
    : { type: "text", text };
}

export const citationsOf = (annotations: readonly unknown[]): Citation[] =>
  annotations.map((words) => ({ format: formatId, words }));

function decodeImage(part: Fields, path: string): Part {
  const url = optionalString(part, "image_url", path);
  const id = optionalString(part, "file_id", path);
  const detail = optionalString(part, "detail", path);
  if (url === undefined && id === undefined) throw invalid(path, `${path} must have image_url or file_id`);
  return {
    type: "image",
    source: url === undefined ? { kind: "file", id: id ?? "" } : mediaOf(url),
    ...(detail !== undefined && { detail }),
  };
}

/** https://platform.openai.com/docs/guides/pdf-files: by address, by id, or as a data: address in base64 (some clients leave its head out). */
function decodeFile(part: Fields, path: string): Part {
  const data = optionalString(part, "file_data", path);
  const url = optionalString(part, "file_url", path);
  const id = optionalString(part, "file_id", path);
  const name = optionalString(part, "filename", path);
  const said = data ?? url;
  if (said === undefined && id === undefined) throw invalid(path, `${path} must have file_data, file_url or file_id`);
  return {
    type: "document",
    source: said === undefined ? { kind: "file", id: id ?? "" } : sourceOf(said, data !== undefined),
    ...(name !== undefined && { name }),
  };
}

const sourceOf = (said: string, isData: boolean): ImagePart["source"] =>
  isData && !said.startsWith("data:") ? { kind: "data", mediaType: "application/pdf", data: said } : mediaOf(said);

/** A part as somebody else than the model says it; undefined for what cannot be said. */
export function encodeInputPart(part: Part): Words | undefined {
  switch (part.type) {
    case "text":
      return { type: "input_text", text: part.text };
    case "refusal":
      return { type: "input_text", text: part.text };
    case "image":
      return encodeImage(part);
    case "document":
      return encodeDocument(part);
    case "audio":
      return encodeAudio(part);
    case "opaque":
      return part.format === formatId ? innerPart(part.words) : undefined;
    default:
      return undefined;
  }
}

/** A part as the model said it. Undefined for what is no text. */
export function encodeOutputPart(part: Part): Words | undefined {
  switch (part.type) {
    case "text":
      return { type: "output_text", text: part.text, annotations: annotationsOf(part) };
    case "refusal":
      return { type: "refusal", refusal: part.text };
    case "opaque":
      return part.format === formatId ? innerPart(part.words) : undefined;
    default:
      return undefined;
  }
}

/** The unknown piece of a message; undefined for an unknown item. */
export function innerPart(words: unknown): Words | undefined {
  const { type, role, content } = fieldsOf(words);
  if (type !== "message" || role !== undefined || !Array.isArray(content)) return undefined;
  return content[0] as Words;
}

export function annotationsOf({ text, citations }: TextPart): unknown[] {
  const annotations: unknown[] = [];
  for (const citation of citations ?? []) {
    const annotation = annotationOf(citation, 0, text.length);
    if (annotation) annotations.push(annotation);
  }
  return annotations;
}

/** Other languages' citations become url_citations, where they name an address. */
export function annotationOf({ format, words }: Citation, from: number, to: number): unknown {
  if (format === formatId) return words;
  const outer = fieldsOf(words);
  const inner = fieldsOf(outer["url_citation"]);
  const told = inner["url"] === undefined ? outer : inner;
  const url = textOf(told["url"]) ?? textOf(told["uri"]) ?? textOf(told["source"]);
  if (url === undefined || !url.includes("://")) return undefined;
  return {
    type: "url_citation",
    start_index: numberOf(told["start_index"]) ?? numberOf(told["startIndex"]) ?? from,
    end_index: numberOf(told["end_index"]) ?? numberOf(told["endIndex"]) ?? to,
    url,
    title: textOf(told["title"]) ?? "",
  };
}

function encodeImage({ source, detail }: ImagePart): Words {
  const words: Words = { type: "input_image" };
  if (source.kind === "file") words["file_id"] = source.id;
  else words["image_url"] = urlOf(source);
  if (detail !== undefined) words["detail"] = detail;
  return words;
}

function encodeDocument({ source, name }: DocumentPart): Words {
  if (source.kind === "text") return { type: "input_text", text: source.text };
  const words: Words = { type: "input_file" };
  if (name !== undefined) words["filename"] = name;
  if (source.kind === "file") words["file_id"] = source.id;
  else if (source.kind === "url") words["file_url"] = source.url;
  else words["file_data"] = urlOf(source);
  return words;
}
