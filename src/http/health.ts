/** Whether the gateway lives, is ready, and reaches its vendors. */

import { sendJson } from "./answers.ts";
import type { Route } from "./incoming.ts";

export interface HealthParts {
  /** Whether the database answers; "none" never happens, since there always is one. */
  readonly database: () => Promise<boolean>;
  /** True while the gateway finishes what it has and takes nothing new. */
  readonly draining: () => boolean;
}

export function healthRoutes({ database, draining }: HealthParts): readonly Route[] {
  const get = (paths: readonly string[], access: Route["access"], run: Route["run"]): Route => ({
    method: "GET",
    paths,
    access,
    family: access === "public" ? "public" : "info",
    run,
  });
  return [
    get(["/health/liveliness", "/health/liveness"], "public", async (incoming) => sendJson(incoming, "I'm alive!")),
    get(["/health/readiness"], "public", async (incoming) => {
      const connected = await database();
      const ready = connected && !draining();
      const status = ready ? "healthy" : draining() ? "draining" : "unhealthy";
      sendJson(
        incoming,
        { status, db: connected ? "connected" : "disconnected", version: incoming.gateway.version },
        ready ? 200 : 503,
      );
    }),
    // Asking every vendor costs money and time: this tells what the traffic itself has shown.
    get(["/health"], "key", async (incoming, caller) => {
      const { directory, now, mayUse } = incoming.gateway;
      const [model, modelId] = [incoming.query.get("model"), incoming.query.get("model_id")];
      const visible = directory.deployments.filter(
        ({ group, id }) =>
          mayUse(caller, group) && (model === null || group === model) && (modelId === null || id === modelId),
      );
      const told = visible.map(({ id, facts, health }) => ({
        resting: health.restsUntil > now(),
        told: { model_id: id, model: `${facts.provider}/${facts.model}`, api_base: facts.apiBase },
      }));
      const healthy = told.filter(({ resting }) => !resting).map((one) => one.told);
      const unhealthy = told.filter(({ resting }) => resting).map((one) => one.told);
      sendJson(incoming, {
        healthy_endpoints: healthy,
        unhealthy_endpoints: unhealthy,
        healthy_count: healthy.length,
        unhealthy_count: unhealthy.length,
      });
    }),
  ];
}
