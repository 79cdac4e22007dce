/** Every route there is, in one list: whatever is not here is refused. */

import { endpoints } from "./endpoints.ts";
import { healthRoutes } from "./health.ts";
import type { Route } from "./incoming.ts";
import { type ManagementParts, managementRoutes, openApiRoute } from "./management.ts";
import { modelRoutes } from "./models.ts";
import { utilityRoutes } from "./utilities.ts";
import { welcomeRoutes } from "./welcome.ts";

export interface RouteParts extends ManagementParts {
  readonly databaseAnswers: () => Promise<boolean>;
  readonly draining: () => boolean;
}

export function routesOf({ databaseAnswers, draining, ...parts }: RouteParts): readonly Route[] {
  const routes = [
    ...endpoints,
    ...modelRoutes,
    ...utilityRoutes,
    ...managementRoutes(parts),
    ...healthRoutes({ database: databaseAnswers, draining }),
    ...welcomeRoutes,
  ];
  return [...routes, openApiRoute(routes)];
}
