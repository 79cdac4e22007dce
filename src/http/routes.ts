/** Every route there is, in one list: whatever is not here is refused. */

import type { Gateway } from "../gateway.ts";
import { endpoints } from "./endpoints.ts";
import { healthRoutes } from "./health.ts";
import type { Route } from "./incoming.ts";
import { modelRoutes } from "./models.ts";
import { utilityRoutes } from "./utilities.ts";
import { welcomeRoutes } from "./welcome.ts";

export interface RouteParts {
  readonly gateway: () => Gateway;
  readonly databaseAnswers: () => Promise<boolean>;
  readonly draining: () => boolean;
  /** Routes made of what only the program that serves has at hand. */
  readonly more: readonly Route[];
}

export function routesOf({ databaseAnswers, draining, more }: RouteParts): readonly Route[] {
  return [
    ...endpoints,
    ...modelRoutes,
    ...utilityRoutes,
    ...healthRoutes({ database: databaseAnswers, draining }),
    ...welcomeRoutes,
    ...more,
  ];
}
