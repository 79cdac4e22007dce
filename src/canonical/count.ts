/** The answer to "how long is this conversation?". */

export interface CountResponse {
  readonly inputTokens: number;
  /** The vendor's own counter, or the gateway's estimate. */
  readonly source: "vendor" | "estimate";
}
