/** Every route there is, in one list: whatever is not here is refused. */

import type { Metrics } from "../ledger/metrics.ts";
import { endpoints } from "./endpoints.ts";
import { healthRoutes } from "./health.ts";
import type { Route } from "./incoming.ts";
import { type ManagementParts, managementRoutes, openApiRoute } from "./management.ts";
import { metricsRoute } from "./metrics.ts";
import { modelRoutes } from "./models.ts";
import { type ResponsesParts, responseRoutes } from "./responses.ts";
import { utilityRoutes } from "./utilities.ts";
import { welcomeRoutes } from "./welcome.ts";

export interface RouteParts extends ManagementParts, ResponsesParts {
  readonly metrics: Metrics;
  readonly databaseAnswers: () => Promise<boolean>;
  readonly draining: () => boolean;
}

export function routesOf({ databaseAnswers, draining, metrics, ...parts }: RouteParts): readonly Route[] {
  const routes = [
    ...endpoints,
    ...responseRoutes(parts),
    ...modelRoutes,
    ...utilityRoutes,
    ...managementRoutes(parts),
    ...healthRoutes({ database: databaseAnswers, draining }),
    metricsRoute(metrics),
    ...welcomeRoutes,
  ];
  return [...routes, openApiRoute(routes)];
}
