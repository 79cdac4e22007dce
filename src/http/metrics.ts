/** Where Prometheus asks what was counted. */

import { GatewayError } from "../canonical/error.ts";
import type { Metrics } from "../ledger/metrics.ts";
import { metricsType } from "../ledger/metrics-text.ts";
import { sendText } from "./answers.ts";
import { metricPrefix } from "./compat.ts";
import { credentialOf } from "./credential.ts";
import type { Incoming, Route } from "./incoming.ts";

const path = "/metrics";

export function metricsRoute(metrics: Metrics): Route {
  let rendering: Promise<string> | undefined;
  return {
    method: "GET",
    paths: [path],
    // The configuration decides, and may change while we run: see below.
    access: "public",
    family: "public",
    async run(incoming) {
      const { config, directory, now } = incoming.gateway;
      if (!config.metrics.enabled)
        throw new GatewayError("not-found", "client", "metrics are disabled in the configuration");
      if (config.metrics.authenticated) await refuseStrangers(incoming);
      const time = now();
      const deployments = directory.deployments.map(({ facts, health }) => ({
        facts,
        resting: health.restsUntil > time,
      }));
      // Those who ask at once are told the same.
      rendering ??= metrics.render({ prefix: metricPrefix, deployments }).finally(() => {
        rendering = undefined;
      });
      sendText(incoming, await rendering, metricsType);
    },
  };
}

/** The numbers tell of every team: a key must be made for reading them. */
async function refuseStrangers({ gateway, request, notes }: Incoming): Promise<void> {
  const caller = await gateway.authenticate(credentialOf(request.headers, gateway.config.access.keyHeader));
  notes.caller = caller;
  if (caller.role === "admin" || caller.routes.includes(path)) return;
  throw new GatewayError(
    "forbidden",
    "gateway",
    `this key may not read ${path}: use the admin key, or one whose allowed routes include ${path}`,
    { type: "auth_error", code: "403" },
  );
}
