/** The parts of https://platform.openai.com/docs/api-reference/chat that we write. What we read is checked field by field. */

export interface WireToolCall {
  readonly id: string;
  readonly type: "function" | "custom";
  readonly function?: { readonly name: string; readonly arguments: string };
  readonly custom?: { readonly name: string; readonly input: string };
}

export interface WireUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: Readonly<Record<string, unknown>>;
  readonly completion_tokens_details: Readonly<Record<string, unknown>>;
  /** Gateways tell writes to a cache beside the details, where the vendor bills them. */
  readonly cache_creation_input_tokens?: number;
  readonly cache_read_input_tokens?: number;
  readonly server_tool_use?: Readonly<Record<string, number>>;
  /** The tier, where its name is none of this language's. */
  readonly service_tier?: string;
}
