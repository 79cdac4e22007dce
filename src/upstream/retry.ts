/** Whether a failed attempt is worth another, and how long to wait before it. */

import type { GatewayError } from "../canonical/error.ts";
import type { RoutingConfig } from "../config/config.ts";
import { policyNames } from "./policy-names.ts";

/** Seconds: the first wait, doubled with every further one up to the longest. */
const firstWait = 0.5;
const longestWait = 8;
/** A vendor that asks for more patience than this gets none: the client learns how long. */
const mostPatience = 60;

/** How many further attempts the operator's policy grants to an error of this kind; undefined where it says nothing of it. */
export function retriesByPolicy(
  { kind }: GatewayError,
  group: string,
  { groupRetryPolicy, retryPolicy }: RoutingConfig,
): number | undefined {
  const name = policyNames[kind];
  return name === undefined ? undefined : (groupRetryPolicy.get(group) ?? retryPolicy)[`${name}Retries`];
}

/** `others`: there are deployments that have not been tried, and could be. */
export function worthRetrying(error: GatewayError, others: boolean, group: string, routing: RoutingConfig): boolean {
  if (error.source !== "upstream") return false;
  if (!others && (error.details.retryAfter ?? 0) > mostPatience) return false;
  const granted = retriesByPolicy(error, group, routing);
  if (granted !== undefined) return granted > 0;
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
