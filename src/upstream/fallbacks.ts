/** Which other groups are asked when a group has failed: by what went wrong, and by whom the client or the operator named. */

import { modelBehind } from "../canonical/caller.ts";
import type { GatewayError } from "../canonical/error.ts";
import type { RoutingConfig } from "../config/config.ts";
import type { Exchange } from "../exchange.ts";

export function fallbacksFor(
  group: string,
  error: GatewayError,
  { controls, caller }: Exchange,
  routing: RoutingConfig,
): readonly string[] {
  if (controls.noFallbacks || error.kind === "client-closed") return [];
  const own = controls.fallbacks?.map((name) => modelBehind(caller, name));
  const named = own ?? configured(group, error, routing);
  return named.filter((name) => name !== group);
}

function configured(group: string, error: GatewayError, routing: RoutingConfig): readonly string[] {
  const special =
    error.kind === "context-too-long"
      ? (routing.contextFallbacks.get(group) ?? routing.contextFallbacks.get("*"))
      : error.kind === "content-blocked"
        ? (routing.contentFallbacks.get(group) ?? routing.contentFallbacks.get("*"))
        : undefined;
  if (special) return special;
  // What the gateway refuses, it refuses of everybody; a vendor's refusal may be its own.
  if (error.source === "client" && error.kind !== "not-found") return [];
  return routing.fallbacks.get(group) ?? routing.fallbacks.get("*") ?? routing.defaultFallbacks;
}
