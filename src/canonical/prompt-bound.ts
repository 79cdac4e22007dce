/** How many tokens a request can bring at most, found without a tokenizer: no vendor makes more tokens of a text than it has bytes. */

import type { ChatRequest } from "./chat.ts";
import type { Operation, RequestOf } from "./operation.ts";
import type { Media, Part } from "./part.ts";
import { tokensOfWeight, weightOf } from "./text-weight.ts";

export interface Bound {
  /** Never fewer than the vendor will count. */
  readonly most: number;
  /** What it will be about. */
  readonly likely: number;
  /** Of `most`: images, sound and documents, which no tokenizer here can count. */
  readonly media: number;
  /** Of `most`: what vendors add around messages and tools. */
  readonly overhead: number;
  /** Beyond `most`: what may come of what is not here to be counted (files by their ids, addresses, what hosted tools find). Infinity: as much as the model takes. */
  readonly beyond: number;
  /** How many pictures there are: they have a price below which no vendor's is. */
  readonly images: number;
  /** The texts, for whoever wants to count them exactly; undefined where they are too long for that. */
  readonly texts?: () => readonly string[];
}

/** Bodies up to here are taken by their length: they have no room for a picture worth reading apart. */
const small = 4096;
/** As many characters are weighed, of all texts together, and of each at least; the rest of a text is taken to be like its beginning. */
const weighed = 65_536;
const leastWeighed = 64;

/** Texts longer than this are not worth counting: their bytes bound them. */
const countable = 65_536;

/**
 * Who is given tools is also told how to use them: up to 804 tokens, and up to 735 more for each tool of the vendor's
 * own (https://docs.claude.com/en/docs/about-claude/pricing#tool-use-pricing).
 */
const tokensAround = { message: 8, tool: 16, request: 16, tools: 804, hosted: 735 } as const;
/**
 * The dearest picture that vendors bill, in tokens, and what a second of sound or a page may come to. Pictures in their
 * original size are up to 10,000 patches: https://platform.openai.com/docs/guides/images-vision#calculating-costs
 */
export const imageTokens = 6200;
const tokensOf = {
  originalImage: 10_200,
  urlDocument: 100_000,
  bytesPerAudioToken: 40,
  bytesPerDocumentToken: 8,
} as const;
/** Tokens that a packed byte of a document can come to: a page of little text is also seen as a picture. */
const documentTokensPerByte = 2;

/** `bytes`: the length of the body that the request came in, where it is known. */
export function promptBound(value: RequestOf<Operation>, bytes?: number): Bound {
  if (!("messages" in value)) {
    const apart = { media: 0, overhead: 0, beyond: 0, images: 0 };
    if (bytes !== undefined) return { most: bytes, likely: Math.ceil(bytes / 4), ...apart };
    const text = JSON.stringify(value);
    return { most: text.length * 3, likely: tokensOfWeight(weightOf(text)), ...apart };
  }
  if (bytes !== undefined && bytes <= small && !hasMedia(value))
    return {
      most: bytes + instructions(value),
      likely: Math.ceil(bytes / 4),
      media: 0,
      overhead: around(value),
      beyond: beyondOf(value),
      images: 0,
      texts: () => [...textsOf(value), ...uninterpreted(value)],
    };
  return walked(value, bytes);
}

function walked(request: ChatRequest, bytes: number | undefined): Bound {
  const texts = [...textsOf(request), ...uninterpreted(request)];
  let length = 0;
  let weight = 0;
  const each = Math.max(leastWeighed, Math.floor(weighed / Math.max(1, texts.length)));
  for (const text of texts) {
    length += text.length;
    weight += text.length <= each ? weightOf(text) : (weightOf(text, 0, each) * text.length) / each;
  }
  let media = 0;
  let images = 0;
  for (const { parts } of request.messages)
    for (const part of parts) {
      media += mediaTokens(part);
      images += imagesIn(part);
    }
  const overhead = around(request);
  // A UTF-16 unit is at most three bytes of UTF-8, and a body without media is no shorter than the texts in it.
  const most =
    media === 0 && bytes !== undefined ? bytes + instructions(request) : utf8Length(texts, length) + media + overhead;
  const likely = tokensOfWeight(weight) + media + overhead;
  const beyond = beyondOf(request);
  return { most, likely, media, overhead, beyond, images, ...(length <= countable && { texts: () => texts }) };
}

function utf8Length(texts: readonly string[], length: number): number {
  for (const text of texts) if (!ascii.test(text)) return length * 3;
  return length;
}

const ascii = /^[\0-\x7f]*$/;

const around = (request: ChatRequest): number =>
  request.messages.length * tokensAround.message +
  (request.tools?.length ?? 0) * tokensAround.tool +
  tokensAround.request +
  instructions(request);

/** What vendors tell the model of tools; an answer's schema becomes a tool where they know nothing else. */
function instructions({ tools = [], output, webSearch }: ChatRequest): number {
  if (tools.length === 0 && !webSearch && output?.type !== "json-schema") return 0;
  const hosted = tools.reduce((sum, { type }) => (type === "hosted" ? sum + 1 : sum), webSearch ? 1 : 0);
  return tokensAround.tools + hosted * tokensAround.hosted;
}

function beyondOf({ messages, tools = [], webSearch }: ChatRequest): number {
  // Whatever they find, and for each call all that was said before once more.
  if (webSearch || tools.some(({ type }) => type === "hosted")) return Number.POSITIVE_INFINITY;
  let beyond = 0;
  for (const { parts } of messages) for (const part of parts) beyond += beyondPart(part);
  return beyond;
}

function beyondPart(part: Part): number {
  switch (part.type) {
    case "audio":
    case "video":
      return part.source.kind === "data" ? 0 : Number.POSITIVE_INFINITY;
    case "document":
      if (part.source.kind === "text") return 0;
      return part.source.kind === "data" ? bytesOf(part.source) * documentTokensPerByte : Number.POSITIVE_INFINITY;
    case "tool-result":
      return part.parts.reduce((sum, inner) => sum + beyondPart(inner), 0);
    case "opaque":
      return elsewhere.test(JSON.stringify(part.words) ?? "") ? Number.POSITIVE_INFINITY : 0;
    default:
      return 0;
  }
}

/** Something in another language that names what lies elsewhere. */
const elsewhere = /"(?:file_?id|file_?ur[il]|ur[il])":/i;

const imagesIn = (part: Part): number =>
  part.type === "image"
    ? 1
    : part.type === "tool-result"
      ? part.parts.reduce((sum, inner) => sum + imagesIn(inner), 0)
      : 0;

const hasMedia = ({ messages }: ChatRequest): boolean =>
  messages.some(({ parts }) => parts.some((part) => mediaTokens(part) > 0));

/** Fields that travel as they came may be prompts of another kind. */
const uninterpreted = ({ extra }: ChatRequest): string[] => (extra ? [JSON.stringify(extra)] : []);

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
      return part.detail === "original" ? tokensOf.originalImage : imageTokens;
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
