/** How many tokens a request can bring at most, found without a tokenizer: no vendor makes more tokens of a text than it has bytes. */

import type { ChatRequest } from "./chat.ts";
import type { Operation, RequestOf } from "./operation.ts";
import type { Media, Part } from "./part.ts";

export interface Bound {
  /** Never fewer than the vendor will count. */
  readonly most: number;
  /** What it will be about. */
  readonly likely: number;
  /** Of `most`: images, sound and documents, which no tokenizer here can count. */
  readonly media: number;
  /** Of `most`: what vendors add around messages and tools. */
  readonly overhead: number;
  /** The texts, for whoever wants to count them exactly; undefined where they are too long for that. */
  readonly texts?: () => readonly string[];
}

/** Bodies up to here are taken by their length: they have no room for a picture worth reading apart. */
const small = 4096;
/** Texts longer than this are not worth counting: their bytes bound them. */
const countable = 65_536;

const tokensAround = { message: 8, tool: 16, request: 16 } as const;
/** The dearest picture that vendors bill, in tokens, and what a second of sound or a page may come to. */
const tokensOf = { image: 6000, urlDocument: 100_000, bytesPerAudioToken: 40, bytesPerDocumentToken: 8 } as const;

/** `bytes`: the length of the body that the request came in, where it is known. */
export function promptBound(value: RequestOf<Operation>, bytes?: number): Bound {
  if (!("messages" in value)) {
    const most = bytes ?? JSON.stringify(value).length;
    return { most, likely: Math.ceil(most / 4), media: 0, overhead: 0 };
  }
  if (bytes !== undefined && bytes <= small && !hasMedia(value))
    return {
      most: bytes,
      likely: Math.ceil(bytes / 4),
      media: 0,
      overhead: around(value),
      texts: () => textsOf(value),
    };
  return walked(value, bytes);
}

function walked(request: ChatRequest, bytes: number | undefined): Bound {
  const texts = textsOf(request);
  let length = 0;
  for (const text of texts) length += text.length;
  let media = 0;
  for (const { parts } of request.messages) for (const part of parts) media += mediaTokens(part);
  const overhead = around(request);
  // A UTF-16 unit is at most three bytes of UTF-8, and a body without media is no shorter than the texts in it.
  const most = media === 0 && bytes !== undefined ? bytes : utf8Length(texts, length) + media + overhead;
  const likely = Math.ceil(length / 4) + media + overhead;
  return { most, likely, media, overhead, ...(length <= countable && { texts: () => texts }) };
}

function utf8Length(texts: readonly string[], length: number): number {
  for (const text of texts) if (!ascii.test(text)) return length * 3;
  return length;
}

const ascii = /^[\0-\x7f]*$/;

const around = ({ messages, tools = [] }: ChatRequest): number =>
  messages.length * tokensAround.message + tools.length * tokensAround.tool + tokensAround.request;

const hasMedia = ({ messages }: ChatRequest): boolean =>
  messages.some(({ parts }) => parts.some((part) => mediaTokens(part) > 0));

export function textsOf({ messages, tools = [], output }: ChatRequest): string[] {
  const texts: string[] = [];
  for (const { parts } of messages) for (const part of parts) addTexts(part, texts);
  for (const tool of tools) texts.push(JSON.stringify(tool));
  if (output?.type === "json-schema") texts.push(JSON.stringify(output.schema));
  return texts;
}

function addTexts(part: Part, texts: string[]): void {
  switch (part.type) {
    case "text":
    case "reasoning":
    case "refusal":
      texts.push(part.text);
      return;
    case "tool-call":
      texts.push(part.name, part.input);
      return;
    case "tool-result":
      for (const inner of part.parts) addTexts(inner, texts);
      return;
    case "document":
      if (part.source.kind === "text") texts.push(part.source.text);
      return;
    case "opaque":
      texts.push(JSON.stringify(part.words));
      return;
    default:
  }
}

function mediaTokens(part: Part): number {
  switch (part.type) {
    case "image":
      return tokensOf.image;
    case "audio":
      return bytesOf(part.source) / tokensOf.bytesPerAudioToken;
    case "video":
      return tokensOf.urlDocument;
    case "document":
      if (part.source.kind === "text") return 0;
      return part.source.kind === "data" ? bytesOf(part.source) / tokensOf.bytesPerDocumentToken : tokensOf.urlDocument;
    case "tool-result":
      return part.parts.reduce((sum, inner) => sum + mediaTokens(inner), 0);
    default:
      return 0;
  }
}

/** Base64 is a third longer than what it holds. */
const bytesOf = (source: Media): number => (source.kind === "data" ? (source.data.length * 3) / 4 : 400_000);
