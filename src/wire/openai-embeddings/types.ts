/** What we write of https://platform.openai.com/docs/api-reference/embeddings. What we read is checked field by field. */

export interface WireEmbedding {
  readonly object: "embedding";
  readonly index: number;
  /** Numbers, or base64 of little-endian 32-bit floats. */
  readonly embedding: readonly number[] | string;
}
