/** The parts of Anthropic's Messages API that we write: https://docs.anthropic.com/en/api/messages and …/messages-streaming. */

/** The name of the format, and the mark on whatever only its speakers understand. */
export const format = "anthropic-messages";

export interface WireCacheControl {
  readonly type: "ephemeral";
  /** "5m" or "1h" */
  readonly ttl?: string;
}

interface Cacheable {
  readonly cache_control?: WireCacheControl;
}

export type WireSource =
  | { readonly type: "base64"; readonly media_type: string; readonly data: string }
  | { readonly type: "text"; readonly media_type: "text/plain"; readonly data: string }
  | { readonly type: "url"; readonly url: string }
  | { readonly type: "file"; readonly file_id: string };

export type WireText = Cacheable & {
  readonly type: "text";
  readonly text: string;
  readonly citations?: readonly unknown[];
};

export type WireBlock =
  | WireText
  | (Cacheable & { readonly type: "image"; readonly source: WireSource })
  | (Cacheable & {
      readonly type: "document";
      readonly source: WireSource;
      readonly title?: string;
      readonly context?: string;
      readonly citations?: { readonly enabled: boolean };
    })
  /** The signature proves that Anthropic wrote the thought: without a valid one it may not be sent back. */
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "redacted_thinking"; readonly data: string }
  | (Cacheable & { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: unknown })
  | (Cacheable & {
      readonly type: "tool_result";
      readonly tool_use_id: string;
      readonly content?: string | readonly WireBlock[];
      readonly is_error?: true;
    })
  /** Server tools and their results, search results, uploads, and what comes next: in the words they came in. */
  | { readonly type: string; readonly [field: string]: unknown };

export interface WireMessage {
  readonly role: "user" | "assistant";
  readonly content: readonly WireBlock[];
}

export interface WireTool extends Cacheable {
  readonly name: string;
  readonly description?: string;
  readonly input_schema: unknown;
  readonly strict?: boolean;
}

export interface WireToolChoice {
  readonly type: "auto" | "any" | "tool" | "none";
  readonly name?: string;
  readonly disable_parallel_tool_use?: boolean;
}

export interface WireThinking {
  readonly type: "enabled" | "adaptive" | "disabled";
  readonly budget_tokens?: number;
  readonly display?: string;
}

/** Input tokens that the cache served or took are not in `input_tokens`; thoughts are in `output_tokens`. */
export interface WireUsage {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly cache_creation?: {
    readonly ephemeral_5m_input_tokens: number;
    readonly ephemeral_1h_input_tokens: number;
  };
  readonly output_tokens: number;
  readonly output_tokens_details?: { readonly thinking_tokens: number };
  readonly server_tool_use?: Readonly<Record<string, number>>;
  readonly service_tier?: string;
}

export type WireStopReason =
  | "end_turn"
  | "max_tokens"
  | "stop_sequence"
  | "tool_use"
  | "pause_turn"
  | "refusal"
  | "model_context_window_exceeded";
