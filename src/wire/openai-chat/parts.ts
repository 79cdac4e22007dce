/** The pieces of a message's content: texts, pictures, sounds, films, files. */

import { invalid } from "../../canonical/error.ts";
import type { CacheMark, Media, Part } from "../../canonical/part.ts";
import {
  type Fields,
  fieldsAt,
  optionalFields,
  optionalString,
  pathOf,
  requiredFields,
  requiredString,
  stringAt,
} from "../reader.ts";
import type { Words } from "../words.ts";
import { decodeAudio, encodeAudio } from "./audio.ts";

export const formatId = "openai-chat";

/** A string, a list of parts, or nothing. */
export const decodeContent = (content: unknown, path: string): Part[] => contentOf(content, path, decodePart);

/** The same for any language whose content is a string or a list: `decode` reads one part of it. */
export function contentOf(content: unknown, path: string, decode: (value: unknown, path: string) => Part): Part[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (content === undefined || content === null) return [];
  if (!Array.isArray(content)) throw invalid(path, `${path} must be a string or a list of parts`);
  const parts: Part[] = [];
  for (let index = 0; index < content.length; index++) parts.push(decode(content[index], pathOf(path, index)));
  return parts;
}

function decodePart(value: unknown, path: string): Part {
  if (typeof value === "string") return { type: "text", text: value };
  const part = fieldsAt(value, path);
  const type = stringAt(part["type"], pathOf(path, "type"));
  const decode = Object.hasOwn(decoders, type) ? decoders[type] : undefined;
  return decode ? decode(part, path) : { type: "opaque", format: formatId, words: part };
}

const decoders: Readonly<Record<string, (part: Fields, path: string) => Part>> = {
  text: (part, path) => ({ type: "text", text: requiredString(part, "text", path), ...marked(part, path) }),
  refusal: (part, path) => ({ type: "refusal", text: requiredString(part, "refusal", path) }),
  image_url: decodeImage,
  input_audio: decodeAudio,
  video_url: decodeVideo,
  file: decodeFile,
};

function decodeImage(part: Fields, path: string): Part {
  const { url, detail, format } = addressOf(part, "image_url", path);
  return { type: "image", source: mediaOf(url, format), ...(detail && { detail }), ...marked(part, path) };
}

function decodeVideo(part: Fields, path: string): Part {
  const { url, format } = addressOf(part, "video_url", path);
  return { type: "video", source: mediaOf(url, format), ...marked(part, path) };
}

/** `{url, detail}` as documented, or the bare address, which many clients send. */
function addressOf(part: Fields, key: string, path: string): { url: string; detail?: string; format?: string } {
  const at = pathOf(path, key);
  if (typeof part[key] === "string") return { url: part[key] };
  const address = fieldsAt(part[key], at);
  const detail = optionalString(address, "detail", at);
  const format = optionalString(address, "format", at);
  return { url: requiredString(address, "url", at), ...(detail && { detail }), ...(format && { format }) };
}

/** https://platform.openai.com/docs/guides/pdf-files; an address may stand where the id of a file stands. */
function decodeFile(part: Fields, path: string): Part {
  const at = pathOf(path, "file");
  const file = requiredFields(part, "file", path);
  const data = optionalString(file, "file_data", at);
  const id = optionalString(file, "file_id", at);
  const name = optionalString(file, "filename", at);
  const format = optionalString(file, "format", at);
  if (data === undefined && id === undefined) throw invalid(at, `${at} must have file_data or file_id`);
  return {
    type: "document",
    source: data === undefined ? fileOf(id ?? "", format) : contentsOf(data, format),
    ...(name !== undefined && { name }),
    ...marked(part, path),
  };
}

const fileOf = (id: string, format: string | undefined): Media =>
  id.includes("://")
    ? { kind: "url", url: id, ...(format !== undefined && { mediaType: format }) }
    : { kind: "file", id };

function contentsOf(data: string, format: string | undefined): Media {
  if (data.startsWith("data:") || data.startsWith("http://") || data.startsWith("https://"))
    return mediaOf(data, format);
  return { kind: "data", mediaType: format ?? "application/pdf", data };
}

/** An address, or bytes where the address is a data: one in base64. */
export function mediaOf(url: string, mediaType?: string): Media {
  if (url.startsWith("data:")) {
    const comma = url.indexOf(",");
    const head = url.slice(5, comma);
    if (comma > 0 && head.endsWith(";base64")) {
      const semicolon = head.indexOf(";");
      return { kind: "data", mediaType: mediaType ?? head.slice(0, semicolon), data: url.slice(comma + 1) };
    }
  }
  return mediaType === undefined ? { kind: "url", url } : { kind: "url", url, mediaType };
}

/** The cache mark that stands at a part, a message or a tool. */
export function marked(from: Fields, path: string): { readonly cache: CacheMark } | undefined {
  if (from["cache_control"] === undefined) return undefined;
  const mark = optionalFields(from, "cache_control", path);
  if (!mark) return undefined;
  const ttl = optionalString(mark, "ttl", pathOf(path, "cache_control"));
  return { cache: ttl === undefined ? {} : { ttl } };
}

export const encodeMark = ({ ttl }: CacheMark): Words =>
  ttl === undefined ? { type: "ephemeral" } : { type: "ephemeral", ttl };

/** A part as a piece of content; undefined for what stands elsewhere in a message or cannot be said. */
export function encodePart(part: Part): Words | undefined {
  const words = encodeBare(part);
  if (words && "cache" in part && part.cache) words["cache_control"] = encodeMark(part.cache);
  return words;
}

function encodeBare(part: Part): Words | undefined {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text };
    case "image":
      return encodeImage(part);
    case "audio":
      return encodeAudio(part);
    case "video": {
      const url = urlOf(part.source);
      return url === undefined ? undefined : { type: "video_url", video_url: { url } };
    }
    case "document":
      return encodeDocument(part);
    case "refusal":
      return { type: "refusal", refusal: part.text };
    case "opaque":
      return part.format === formatId ? { ...(part.words as Words) } : undefined;
    default:
      return undefined;
  }
}

function encodeImage({ source, detail }: Extract<Part, { type: "image" }>): Words | undefined {
  const url = urlOf(source);
  if (url === undefined) return undefined;
  return { type: "image_url", image_url: detail === undefined ? { url } : { url, detail } };
}

function encodeDocument({ source, name }: Extract<Part, { type: "document" }>): Words {
  if (source.kind === "text") return { type: "text", text: source.text };
  const file: Words = {};
  if (source.kind === "data") file["file_data"] = `data:${source.mediaType};base64,${source.data}`;
  else file["file_id"] = source.kind === "url" ? source.url : source.id;
  if (source.kind === "url" && source.mediaType !== undefined) file["format"] = source.mediaType;
  if (name !== undefined) file["filename"] = name;
  return { type: "file", file };
}

/** Undefined for a file that another vendor holds. */
export function urlOf(source: Media): string | undefined {
  if (source.kind === "data") return `data:${source.mediaType};base64,${source.data}`;
  return source.kind === "url" ? source.url : undefined;
}
