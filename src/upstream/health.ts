/** Which deployments are fit: those that fail rest for a while, so that requests go where they are answered. */

import type { GatewayError } from "../canonical/error.ts";
import type { RoutingConfig } from "../config/config.ts";
import { isDeployments } from "./blame.ts";
import type { Deployment } from "./deployment.ts";
import { policyNames } from "./policy-names.ts";

/** Failures are judged by their share of a minute's calls, and only when there were enough to judge. */
const judgedFrom = 5;
const tooManyFailures = 0.5;

export const resting = ({ health }: Deployment, now: number): boolean => health.restsUntil > now;

export function began({ health }: Deployment, now: number): void {
  const minute = Math.floor(now / 60_000);
  if (health.minute !== minute) {
    health.minute = minute;
    health.calls = 0;
    health.failures = 0;
  }
  health.calls++;
  health.running++;
}

export function ended({ health }: Deployment): void {
  health.running--;
}

/** `alone`: the group has no other deployment, so resting would help nobody. */
export function failed(
  deployment: Deployment,
  error: GatewayError,
  routing: RoutingConfig,
  now: number,
  alone: boolean,
): void {
  if (error.source !== "upstream") return;
  const { health, config } = deployment;
  const own = allowedBy(config.failPolicy, error);
  // What a client got wrong says nothing of the deployment, whoever noticed it; unless the operator has a word on it.
  if (!isDeployments(error) && own === undefined) return;
  health.failures++;
  if (!routing.cooldowns) return;
  const seconds = error.details.retryAfter ?? config.cooldown ?? routing.cooldown;
  const allowed = own ?? allowedBy(routing.failPolicy, error);
  const tooMany =
    allowed === undefined
      ? atOnce(error.status, alone) || (!alone && overStrained(deployment, error, routing))
      : health.failures > allowed && (own !== undefined || !alone);
  if (tooMany) health.restsUntil = now + Math.min(seconds, 3600) * 1000;
}

/** The failures that a policy allows before the deployment rests; undefined where it says nothing of such an error. */
function allowedBy(policy: RoutingConfig["failPolicy"] | undefined, { kind }: GatewayError): number | undefined {
  const name = policyNames[kind];
  return name === undefined ? undefined : policy?.[`${name}AllowedFails`];
}

/** A vendor that says "too many" means it, and one that does not know us will not know us a second later. */
const atOnce = (status: number, alone: boolean): boolean =>
  (!alone && status === 429) || status === 401 || status === 404;

function overStrained({ health, config }: Deployment, { status }: GatewayError, routing: RoutingConfig): boolean {
  if (status < 500 && status !== 408) return false;
  const allowedFails = config.allowedFails ?? routing.allowedFails;
  if (allowedFails !== undefined) return health.failures > allowedFails;
  return health.calls >= judgedFrom && health.failures / health.calls > tooManyFailures;
}
