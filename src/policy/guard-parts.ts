/** The texts of a message's parts. Neighbouring pieces of text are judged as the one text that their reader sees. */

import { isUtf8 } from "node:buffer";
import type {
  AudioPart,
  DocumentPart,
  Media,
  OpaquePart,
  Part,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCallPart,
} from "../canonical/part.ts";
import { editsBetween, spread } from "./guard-edits.ts";
import { mapJson, mapList, type Sight, unreadable } from "./guard-walk.ts";
import type { Scope } from "./guardrails/guardrail.ts";

export function mapParts(parts: readonly Part[], scope: Scope, path: string, sight: Sight): readonly Part[] {
  const pieces = parts.flatMap((part) => (part.type === "text" ? part.text : []));
  const seamless = pieces.length < 2 ? pieces : joined(pieces, scope, path, sight);
  let next = 0;
  return mapList(parts, (part, index) => {
    const after = mapPart(part, scope, `${path}.${index}`, sight);
    if (part.type !== "text") return after;
    const text = seamless[next++] ?? part.text;
    // What stands in one piece was found there too; what lies across a seam only in the whole.
    return after.type === "text" && after.text === part.text && text !== part.text ? { ...after, text } : after;
  });
}

/** What is left of each piece when all of them are judged as one. */
function joined(pieces: readonly string[], scope: Scope, path: string, { visit }: Sight): readonly string[] {
  const whole = pieces.join("");
  const after = visit(whole, scope, path);
  return after === whole ? pieces : spread(pieces, editsBetween(whole, after));
}

export function mapPart(part: Part, scope: Scope, path: string, sight: Sight): Part {
  switch (part.type) {
    case "text":
      return mapCitations(mapText(part, scope, path, sight), path, sight);
    case "refusal":
      return mapText(part, scope, path, sight);
    case "reasoning":
      return mapReasoning(part, path, sight);
    case "image":
    case "video":
      return withSource(part, mapMedia(part.source, path, sight));
    case "audio":
      return mapAudio(part, scope, path, sight);
    case "document":
      return mapDocument(part, scope, path, sight);
    case "tool-call":
      return mapCall(part, path, sight);
    case "tool-result": {
      const parts = mapParts(part.parts, "tool-output", `${path}.content`, sight);
      return parts === part.parts ? part : { ...part, parts };
    }
    case "opaque":
      return mapOpaque(part, path, sight);
  }
}

function mapText<P extends TextPart | RefusalPart>(part: P, scope: Scope, path: string, { visit }: Sight): P {
  const text = visit(part.text, scope, path);
  return text === part.text ? part : { ...part, text };
}

function mapAudio(part: AudioPart, scope: Scope, path: string, sight: Sight): Part {
  const heard = withSource(part, mapMedia(part.source, path, sight));
  const transcript = part.transcript === undefined ? undefined : sight.visit(part.transcript, scope, path);
  return transcript === undefined || transcript === part.transcript ? heard : { ...heard, transcript };
}

function mapOpaque(part: OpaquePart, path: string, { visit, opaque }: Sight): Part {
  if (opaque === "pass") return part;
  if (opaque === "refuse") throw unreadable(path, "content of a kind unknown here");
  const words = mapJson(part.words, visit, "opaque", path);
  return words === part.words ? part : { ...part, words };
}

function mapCitations(part: TextPart, path: string, { visit, opaque }: Sight): TextPart {
  if (!part.citations || opaque === "pass") return part;
  const citations = mapList(part.citations, (citation) => {
    const words = mapJson(citation.words, visit, "opaque", `${path}.citations`);
    return words === citation.words ? citation : { ...citation, words };
  });
  return citations === part.citations ? part : { ...part, citations };
}

/** A vendor's seal is on what was thought: other words have none. */
function mapReasoning(part: ReasoningPart, path: string, { visit }: Sight): Part {
  const text = visit(part.text, "reasoning", path);
  if (text === part.text) return part;
  const { signature: _, ...rest } = part;
  return { ...rest, text };
}

/** Addresses can carry words; bytes are for other judges. */
function mapMedia(source: Media, path: string, { visit, opaque }: Sight): Media {
  if (source.kind !== "url" || opaque === "pass") return source;
  const inside = textOfData(source.url);
  if (inside) {
    const after = visit(inside.text, "opaque", path);
    if (after !== inside.text) return { ...source, url: inside.head + encodeURIComponent(after) };
  }
  const url = visit(source.url, "opaque", path);
  return url === source.url ? source : { ...source, url };
}

/** RFC 2397: what a `data:` address says in its own letters, and not as base64. */
function textOfData(url: string): { readonly head: string; readonly text: string } | undefined {
  if (!/^data:/i.test(url)) return undefined;
  const comma = url.indexOf(",") + 1;
  const head = url.slice(0, comma);
  if (comma === 0 || /;\s*base64\s*,$/i.test(head)) return undefined;
  // Bytes that are no UTF-8 hide no more than themselves.
  const text = url
    .slice(comma)
    .replace(/(?:%[0-9a-f]{2})+/gi, (codes) => Buffer.from(codes.replaceAll("%", ""), "hex").toString());
  return { head, text };
}

const withSource = <P extends { readonly source: Media }>(part: P, source: Media): P =>
  source === part.source ? part : { ...part, source };

function mapDocument(part: DocumentPart, scope: Scope, path: string, sight: Sight): Part {
  const { visit } = sight;
  const named: { -readonly [K in keyof DocumentPart]: DocumentPart[K] } = { ...part };
  if (part.name !== undefined) named.name = visit(part.name, scope, `${path}.name`);
  if (part.context !== undefined) named.context = visit(part.context, scope, `${path}.context`);
  const { source } = part;
  if (source.kind === "text") {
    const text = visit(source.text, scope, path);
    if (text !== source.text) named.source = { kind: "text", text };
  } else {
    named.source = mapSource(source, scope, path, sight);
  }
  const same = named.source === source && named.name === part.name && named.context === part.context;
  return same ? part : named;
}

function mapSource(source: Media, scope: Scope, path: string, sight: Sight): Media {
  const text = source.kind === "data" ? textIn(source.data, source.mediaType) : undefined;
  if (source.kind !== "data" || text === undefined) {
    if (sight.opaque === "refuse") throw unreadable(path, "a document that is no text");
    return mapMedia(source, path, sight);
  }
  const after = sight.visit(text, scope, path);
  return after === text ? source : { ...source, data: Buffer.from(after).toString("base64") };
}

/** By what it holds: what it is said to be is the client's word, but a text that is said to be one is read in whatever letters it is. Undefined: no text. */
function textIn(base64: string, mediaType: string): string | undefined {
  const bytes = Buffer.from(base64, "base64");
  if (isUtf8(bytes) && !bytes.includes(0)) return bytes.toString();
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString("utf16le");
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0)
    return Buffer.from(bytes.subarray(2)).swap16().toString("utf16le");
  if (!/^text\//i.test(mediaType)) return undefined;
  return isUtf8(bytes) ? bytes.toString() : bytes.toString("latin1");
}

/** Inputs are read as the JSON that they spell, where words may hide behind escapes, and as they are written. */
function mapCall(part: ToolCallPart, path: string, { visit }: Sight): Part {
  const name = visit(part.name, "tool-input", `${path}.name`);
  const held = part.custom ? undefined : parsed(part.input);
  const after = held === undefined ? held : mapJson(held, visit, "tool-input", `${path}.input`);
  const written = visit(part.input, "tool-input", `${path}.input`);
  const bare = held === undefined ? part.input : withoutEscapes(part.input);
  // A member that stands twice is parsed once, but a model reads both.
  const twice = bare !== part.input && visit(bare, "tool-input", `${path}.input`) !== bare;
  const input = after === held && !twice ? written : JSON.stringify(after);
  return name === part.name && input === part.input ? part : { ...part, name, input };
}

const withoutEscapes = (text: string): string =>
  text.includes("\\u")
    ? text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text;

function parsed(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    // No JSON: then it is read as it is written.
    return undefined;
  }
}
