/** A conversation and its answer, in the gateway's own words. Every wire format is translated to and from these types. */

import type { CacheMark, Part } from "./part.ts";
import type { Usage } from "./usage.ts";

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  /** False: at most one tool call in an answer. */
  readonly parallelTools?: boolean;
  readonly output?: OutputFormat;
  readonly reasoning?: ReasoningSettings;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly logitBias?: Readonly<Record<string, number>>;
  /** Ask for log probabilities, and how many alternatives of each token (0: none). */
  readonly logprobs?: { readonly top: number };
  /** How many answers; default 1. */
  readonly choices?: number;
  readonly verbosity?: string;
  readonly modalities?: readonly string[];
  /** How spoken answers are spoken: the vendor's own settings (voice, format). */
  readonly speech?: Readonly<Record<string, unknown>>;
  readonly webSearch?: WebSearch;
  /** The person behind the client, as the client names them. */
  readonly user?: string;
  readonly serviceTier?: string;
  readonly cacheKey?: string;
  /** Whether the vendor may keep the exchange, where the client said so. */
  readonly store?: boolean;
  /** Short labels that travel to the vendor with the request. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly stream: boolean;
  /** The client asked for usage at the end of the stream. Formats that always tell it set true. */
  readonly streamUsage?: boolean;
  /** Fields that only one language knows, in its words: said again to vendors of that language and to no other. */
  readonly native?: { readonly format: string; readonly fields: Readonly<Record<string, unknown>> };
  /** Fields we do not interpret: forwarded as they came, to vendors of any language that takes unknown fields. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface Message {
  /** "system" stands wherever it was said; "developer" is OpenAI's newer word for it. */
  readonly role: "system" | "developer" | "user" | "assistant";
  /** Results of tools stand in user messages, as parts. */
  readonly parts: readonly Part[];
  /** The name of who speaks, where several share a role. */
  readonly name?: string;
  /** The vendor's id of an earlier answer's item, kept for formats that need it back. */
  readonly id?: string;
}

export type Tool =
  | {
      readonly type: "function";
      readonly name: string;
      readonly description?: string;
      /** JSON Schema of the input. */
      readonly schema?: unknown;
      readonly strict?: boolean;
      readonly cache?: CacheMark;
      readonly extra?: Readonly<Record<string, unknown>>;
    }
  /** Input that is free text, perhaps bound by a grammar (OpenAI's custom tools). */
  | { readonly type: "custom"; readonly name: string; readonly description?: string; readonly grammar?: unknown }
  /** A tool of the vendor's own (web search, computer use …), in the words of the format that named it. */
  | {
      readonly type: "hosted";
      readonly format: string;
      readonly name: string;
      readonly words: Readonly<Record<string, unknown>>;
    };

export type ToolChoice =
  | { readonly type: "auto" | "none" | "required" }
  | { readonly type: "tool"; readonly name: string }
  /** Any of these, or none of them unless required. */
  | { readonly type: "allowed"; readonly names: readonly string[]; readonly required: boolean };

export type OutputFormat =
  | { readonly type: "text" }
  | { readonly type: "json" }
  | {
      readonly type: "json-schema";
      readonly name?: string;
      readonly description?: string;
      readonly schema: unknown;
      readonly strict?: boolean;
    };

export interface ReasoningSettings {
  /** "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max", or a vendor's own word. */
  readonly effort?: string;
  /** How many tokens may be thought. */
  readonly budget?: number;
  /** "enabled" (with a budget), "adaptive" (the model decides) or "disabled". */
  readonly mode?: "enabled" | "adaptive" | "disabled";
  /** How much of the thoughts to show: "auto", "concise", "detailed", "summarized", "omitted". */
  readonly summary?: string;
}

export interface WebSearch {
  /** "low" | "medium" | "high" */
  readonly contextSize?: string;
  readonly location?: Readonly<Record<string, unknown>>;
}

export interface ChatResponse {
  readonly id: string;
  readonly model: string;
  /** Unix seconds, where the vendor told. */
  readonly created?: number;
  /** At least one, in order. */
  readonly choices: readonly Choice[];
  readonly usage?: Usage;
  /** The service tier that the vendor says it used. */
  readonly serviceTier?: string;
  /** The vendor has only begun, and goes on with it. */
  readonly underWay?: true;
  /** Fields of the answer we do not interpret, for a client of the same language. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface Choice {
  readonly parts: readonly Part[];
  readonly finish: FinishReason;
  /** The sequence that ended it, where finish is "stop" and the vendor told. */
  readonly stopSequence?: string;
  /** OpenAI's log probabilities, as they came. */
  readonly logprobs?: unknown;
}

/** "pause": the vendor stopped in mid-turn and wants to be asked to go on. "refusal": the model would not answer. */
export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "refusal" | "pause" | "other";

/**
 * An answer as it arrives. Within one choice parts never overlap: each start is closed by an end before the next start.
 * Every choice ends in a `finish`; one `end` closes the stream. A stream cut short has no `end`.
 */
export type ChatEvent =
  | {
      readonly type: "start";
      readonly id: string;
      readonly model: string;
      readonly created?: number;
      readonly usage?: Usage;
    }
  /** The part as far as it is known: texts and inputs are empty and grow by deltas; images, opaque parts come whole. */
  | { readonly type: "part-start"; readonly choice: number; readonly part: Part }
  | { readonly type: "part-delta"; readonly choice: number; readonly text: string; readonly logprobs?: unknown }
  /** Says something about the open part that is not its text: a citation, a signature, the words of speech. */
  | { readonly type: "part-note"; readonly choice: number; readonly note: PartNote }
  | { readonly type: "part-end"; readonly choice: number }
  | { readonly type: "finish"; readonly choice: number; readonly finish: FinishReason; readonly stopSequence?: string }
  | { readonly type: "end"; readonly usage?: Usage; readonly serviceTier?: string };

export type PartNote =
  | { readonly type: "citation"; readonly citation: unknown; readonly format: string }
  | { readonly type: "signature"; readonly signature: string }
  | { readonly type: "transcript"; readonly text: string }
  /** An id that only became known later (OpenAI's audio). */
  | { readonly type: "id"; readonly id: string };
