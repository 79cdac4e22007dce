/** The parts of https://platform.openai.com/docs/api-reference/responses that we write. What we read is checked field by field. */

/** The name of the format, and the mark on whatever only its speakers understand. */
export const formatId = "openai-responses";

export interface WireUsage {
  readonly input_tokens: number;
  readonly input_tokens_details: Readonly<Record<string, number>>;
  readonly output_tokens: number;
  readonly output_tokens_details: Readonly<Record<string, number>>;
  readonly total_tokens: number;
}
