/** Whether a failed attempt is worth another, and how long to wait before it. */

import type { ErrorKind, GatewayError } from "../canonical/error.ts";
import type { RoutingConfig } from "../config/config.ts";

/** Seconds: the first wait, doubled with every further one up to the longest. */
const firstWait = 0.5;
const longestWait = 8;
/** A vendor that asks for more patience than this gets none: the client learns how long. */
const mostPatience = 60;

/** The names that retry policies are written in, by kind. */
const policyNames: Partial<Record<ErrorKind, string>> = {
  unauthenticated: "AuthenticationErrorRetries",
  timeout: "TimeoutErrorRetries",
  "rate-limited": "RateLimitErrorRetries",
  "content-blocked": "ContentPolicyViolationErrorRetries",
  "invalid-request": "BadRequestErrorRetries",
  internal: "InternalServerErrorRetries",
};

/** `others`: deployments of the group that have not been tried. */
export function worthRetrying(error: GatewayError, others: boolean, group: string, routing: RoutingConfig): boolean {
  if (error.source !== "upstream") return false;
  const policy = routing.groupRetryPolicy.get(group) ?? routing.retryPolicy;
  const said = policy[policyNames[error.kind] ?? ""];
  if (said !== undefined) return said > 0;
  if (error.kind === "rate-limited" && !others) return (error.details.retryAfter ?? 0) <= mostPatience;
  // Another deployment may have another key, or the model that this one lacks.
  if (error.kind === "unauthenticated" || error.kind === "forbidden" || error.kind === "not-found") return others;
  return error.retryable;
}

/** Milliseconds. With somebody else to ask there is nothing to wait for. */
export function waitBefore(
  { details }: GatewayError,
  turn: number,
  others: boolean,
  { retryAfter }: RoutingConfig,
  random: () => number,
): number {
  if (others) return 0;
  const backoff = Math.min(longestWait, firstWait * 2 ** turn) * (1 + random() * 0.25);
  return Math.max(details.retryAfter ?? backoff, retryAfter) * 1000;
}
