/** Images and documents: Anthropic's sources, and ours. */

import type { DocumentPart, ImagePart, Media, Part } from "../../canonical/part.ts";
import { type Fields, optionalFields, optionalString, requiredFields, requiredString } from "../reader.ts";
import { cacheControl, cacheMark } from "./cache.ts";
import { format, type WireBlock, type WireSource } from "./types.ts";

const pdf = "application/pdf";

/** Undefined: a kind of source that we do not know. */
function decodeMedia(source: Fields, path: string): Media | undefined {
  switch (requiredString(source, "type", path)) {
    case "base64":
      return {
        kind: "data",
        mediaType: requiredString(source, "media_type", path),
        data: requiredString(source, "data", path),
      };
    case "url":
      return { kind: "url", url: requiredString(source, "url", path) };
    case "file":
      return { kind: "file", id: requiredString(source, "file_id", path) };
    default:
      return undefined;
  }
}

export function decodeImage(block: Fields, path: string): Part {
  const source = decodeMedia(requiredFields(block, "source", path), `${path}.source`);
  if (!source) return { type: "opaque", format, words: block };
  const cache = cacheMark(block, path);
  return { type: "image", source, ...(cache && { cache }) };
}

export function decodeDocument(block: Fields, path: string): Part {
  const words = requiredFields(block, "source", path);
  const source: DocumentPart["source"] | undefined =
    words["type"] === "text"
      ? { kind: "text", text: requiredString(words, "data", `${path}.source`) }
      : decodeMedia(words, `${path}.source`);
  // A document made of blocks is cited by block: no other shape can say that.
  if (!source) return { type: "opaque", format, words: block };
  const name = optionalString(block, "title", path);
  const context = optionalString(block, "context", path);
  const cite = optionalFields(block, "citations", path)?.["enabled"] === true;
  const cache = cacheMark(block, path);
  return {
    type: "document",
    source,
    ...(name !== undefined && { name }),
    ...(context !== undefined && { context }),
    ...(cite && { cite }),
    ...(cache && { cache }),
  };
}

/** OpenAI's clients send PDFs as images, too. */
export function encodeImage({ source, cache }: ImagePart): WireBlock {
  const type = source.kind !== "file" && source.mediaType === pdf ? "document" : "image";
  return { type, source: encodeMedia(source), ...(cache && { cache_control: cacheControl(cache) }) };
}

export function encodeDocument({ source, name, context, cite, cache }: DocumentPart): WireBlock {
  const image = source.kind === "data" && source.mediaType.startsWith("image/");
  if (image) return encodeImage({ type: "image", source, ...(cache && { cache }) });
  return {
    type: "document",
    source: source.kind === "text" ? plain(source.text) : encodeMedia(source),
    ...(name !== undefined && { title: name }),
    ...(context !== undefined && { context }),
    ...(cite && { citations: { enabled: true } }),
    ...(cache && { cache_control: cacheControl(cache) }),
  };
}

const plain = (data: string): WireSource => ({ type: "text", media_type: "text/plain", data });

function encodeMedia(source: Media): WireSource {
  switch (source.kind) {
    case "data":
      // Documents in base64 may only be PDFs; plain text stands as text.
      if (source.mediaType.startsWith("text/")) return plain(textOfBase64(source.data));
      return { type: "base64", media_type: source.mediaType, data: source.data };
    case "url":
      return { type: "url", url: source.url };
    case "file":
      return { type: "file", file_id: source.id };
  }
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function textOfBase64(data: string): string {
  const bytes = new Uint8Array(Math.ceil((data.length * 3) / 4));
  let length = 0;
  let held = 0;
  let bits = 0;
  for (let at = 0; at < data.length; at++) {
    const digit = digits.indexOf(data.charAt(at));
    if (digit < 0) continue;
    held = ((held << 6) | digit) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length++] = (held >> bits) & 0xff;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}
