/** Everything that can go wrong, said once. Formats turn a kind into their own words; the router reads `retryable`. */

import type { Usage } from "./usage.ts";

const kinds = {
  "invalid-request": { status: 400, retryable: false },
  "unsupported-parameter": { status: 400, retryable: false },
  unauthenticated: { status: 401, retryable: false },
  forbidden: { status: 403, retryable: false },
  "not-found": { status: 404, retryable: false },
  "method-not-allowed": { status: 405, retryable: false },
  conflict: { status: 409, retryable: false },
  "too-large": { status: 413, retryable: false },
  "unsupported-media": { status: 415, retryable: false },
  unprocessable: { status: 422, retryable: false },
  "context-too-long": { status: 400, retryable: false },
  "content-blocked": { status: 400, retryable: false },
  "budget-exceeded": { status: 429, retryable: false },
  "rate-limited": { status: 429, retryable: true },
  "client-closed": { status: 499, retryable: false },
  timeout: { status: 408, retryable: true },
  overloaded: { status: 503, retryable: true },
  /** The vendor answered what nobody can read, or broke off. */
  "bad-gateway": { status: 502, retryable: true },
  unreachable: { status: 503, retryable: true },
  internal: { status: 500, retryable: true },
} as const;

export type ErrorKind = keyof typeof kinds;

/** Who is at fault: decides what is logged, what cools a deployment down and what a client may read. */
export type ErrorSource = "client" | "gateway" | "upstream";

export interface ErrorDetails {
  /** The status to answer with, where it differs from the kind's own: a vendor's 502 stays a 502. */
  readonly status?: number;
  /** The field at fault, as a path: "messages.2.content.0.image_url". */
  readonly param?: string;
  /** A machine-readable word that the other side gave or clients look for ("model_not_found"). */
  readonly code?: string;
  /** The `type` to answer with, where clients look for a certain one ("key_model_access_denied"). */
  readonly type?: string;
  /** Seconds after which it is worth trying again. */
  readonly retryAfter?: number;
  /** The provider's id, where a vendor said it. */
  readonly provider?: string;
  /** What the vendor said, parsed where it was JSON: for a client of the vendor's own language. */
  readonly words?: { readonly format: string; readonly body: unknown };
  /** The whole answer in which a vendor says that it failed, where its language has such answers. */
  readonly answer?: FailedAnswer;
  readonly cause?: unknown;
}

interface FailedAnswer {
  readonly format: string;
  readonly words: Readonly<Record<string, unknown>>;
  /** What it used up before it failed. */
  readonly usage?: Usage;
}

export class GatewayError extends Error {
  readonly kind: ErrorKind;
  readonly source: ErrorSource;
  readonly status: number;
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(kind: ErrorKind, source: ErrorSource, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "GatewayError";
    this.kind = kind;
    this.source = source;
    this.status = details.status ?? kinds[kind].status;
    this.retryable = kinds[kind].retryable;
    this.details = details;
  }
}

/** What nobody foresaw is an internal error: its cause is for the log, not for the client. */
export const asGatewayError = (cause: unknown): GatewayError =>
  cause instanceof GatewayError ? cause : new GatewayError("internal", "gateway", "internal error", { cause });

/** The client sent something that cannot be served; `param` is the path of the field. */
export const invalid = (param: string, message: string): GatewayError =>
  new GatewayError("invalid-request", "client", message, { param });

export function kindOfStatus(status: number): ErrorKind {
  const exact = byStatus.get(status);
  if (exact) return exact;
  return status < 500 ? "invalid-request" : "internal";
}

const byStatus: ReadonlyMap<number, ErrorKind> = new Map([
  [401, "unauthenticated"],
  [403, "forbidden"],
  [404, "not-found"],
  [405, "method-not-allowed"],
  [408, "timeout"],
  [409, "conflict"],
  [413, "too-large"],
  [415, "unsupported-media"],
  [422, "unprocessable"],
  [429, "rate-limited"],
  [502, "bad-gateway"],
  [503, "overloaded"],
  [504, "timeout"],
  [529, "overloaded"],
]);
