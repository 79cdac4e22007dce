/** The pieces that messages and answers are made of. */

export type Part =
  | TextPart
  | ReasoningPart
  | ImagePart
  | AudioPart
  | VideoPart
  | DocumentPart
  | ToolCallPart
  | ToolResultPart
  | RefusalPart
  | OpaquePart;

export interface TextPart {
  readonly type: "text";
  readonly text: string;
  readonly citations?: readonly Citation[];
  readonly cache?: CacheMark;
}

/** A source that the text rests on, in the words of the format that gave it. */
export interface Citation {
  readonly format: string;
  readonly words: unknown;
}

/** What the model thought. A redacted block has its sealed text in `redacted` and an empty `text`. */
export interface ReasoningPart {
  readonly type: "reasoning";
  readonly text: string;
  readonly signature?: string;
  readonly redacted?: string;
  /** The item's id, where the vendor wants it back (OpenAI Responses). */
  readonly id?: string;
}

export interface ImagePart {
  readonly type: "image";
  readonly source: Media;
  /** "auto" | "low" | "high" */
  readonly detail?: string;
  readonly cache?: CacheMark;
}

export interface AudioPart {
  readonly type: "audio";
  readonly source: Media;
  readonly transcript?: string;
  /** The vendor's id of something it said, by which it can be referred to. */
  readonly id?: string;
  /** Unix seconds after which the id is forgotten. */
  readonly expires?: number;
}

interface VideoPart {
  readonly type: "video";
  readonly source: Media;
  readonly cache?: CacheMark;
}

export interface DocumentPart {
  readonly type: "document";
  readonly source: Media | { readonly kind: "text"; readonly text: string };
  readonly name?: string;
  readonly context?: string;
  /** True: the vendor should cite it (Anthropic). */
  readonly cite?: boolean;
  readonly cache?: CacheMark;
}

/** Bytes in base64 without a data: prefix, an address, or a file that the vendor already holds. */
export type Media =
  | { readonly kind: "data"; readonly mediaType: string; readonly data: string }
  | { readonly kind: "url"; readonly url: string; readonly mediaType?: string }
  | { readonly kind: "file"; readonly id: string };

export interface ToolCallPart {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  /** JSON text of the arguments as the model wrote it; free text when `custom`. */
  readonly input: string;
  readonly custom?: boolean;
  /** The vendor's seal on the thought behind the call (Gemini), to be sent back with it. */
  readonly signature?: string;
  readonly cache?: CacheMark;
}

export interface ToolResultPart {
  readonly type: "tool-result";
  readonly id: string;
  readonly name?: string;
  /** Texts, images, documents. */
  readonly parts: readonly Part[];
  readonly failed?: boolean;
  readonly custom?: boolean;
  readonly cache?: CacheMark;
}

/** The model's own words for why it will not answer. */
export interface RefusalPart {
  readonly type: "refusal";
  readonly text: string;
}

/** Something we do not interpret (a server tool's record, next week's invention), kept whole for speakers of its language. */
export interface OpaquePart {
  readonly type: "opaque";
  readonly format: string;
  readonly words: unknown;
}

/** "Cache the prompt up to here", in the vendor's words for how long ("5m", "1h"). */
export interface CacheMark {
  readonly ttl?: string;
}
