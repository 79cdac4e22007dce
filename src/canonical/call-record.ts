/** What happened to one request, in the words of the log: written once, when it ends, however it ends. */

/** The id of the line that says what a call came to beyond what its own line says. */
export const settlementOf = (call: string): string => `${call}-settled`;

export interface CallRecord {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly began: number;
  readonly ended: number;
  readonly firstEventAt?: number;
  /** "answered", "failed" (an error, or a stream that broke), "refused" (by the gateway), "abandoned" (the client left). */
  readonly outcome: "answered" | "failed" | "refused" | "abandoned";
  readonly status: number;
  readonly route: string;
  readonly operation: string;
  readonly stream: boolean;
  readonly keyId?: string;
  readonly keyAlias?: string;
  readonly userId?: string;
  readonly teamId?: string;
  readonly organizationId?: string;
  readonly endUser?: string;
  readonly model: string;
  readonly group?: string;
  readonly deployment?: string;
  readonly provider?: string;
  readonly vendorModel?: string;
  readonly apiBase?: string;
  readonly usage?: {
    readonly input: number;
    readonly cacheRead: number;
    readonly cacheWrite: number;
    readonly output: number;
    readonly reasoning: number;
    readonly totalInput: number;
    readonly totalOutput: number;
    readonly estimated: boolean;
  };
  /** Nano-dollars. */
  readonly cost: number;
  readonly costInput: number;
  readonly costOutput: number;
  readonly costTools: number;
  readonly cacheHit: boolean;
  readonly cacheKey?: string;
  readonly finish?: string;
  readonly tags: readonly string[];
  readonly sessionId?: string;
  readonly traceId?: string;
  readonly address?: string;
  readonly userAgent?: string;
  readonly retries: number;
  readonly fallbacks: number;
  readonly attempts: readonly {
    readonly deployment: string;
    readonly provider: string;
    readonly status: number;
    readonly milliseconds: number;
    readonly error?: string;
  }[];
  readonly verdicts?: readonly {
    readonly guardrail: string;
    readonly kind: string;
    readonly milliseconds: number;
    readonly reason?: string;
  }[];
  readonly lost?: readonly string[];
  readonly error?: {
    readonly kind: string;
    readonly source: string;
    readonly message: string;
    readonly status: number;
  };
  readonly upstreamMilliseconds?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The call of which this line says what it came to, beyond what its own line says: a vendor went on with the answer. No request, and counted once however often it is written. */
  readonly settles?: string;
  /** What the scopes owe for it: "key:<hash>" and its fellows. */
  readonly scopes: readonly string[];
}
