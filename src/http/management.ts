/** The administration's endpoints, mounted: each declaration becomes a route that reads its input, runs it, and tells its answer. */

import type { Log } from "../canonical/log.ts";
import type { Meters } from "../state/counters/meters.ts";
import type { Database } from "../state/database/open.ts";
import type { AdminEndpoint } from "./admin/endpoint.ts";
import { adminEndpoints } from "./admin/index.ts";
import { openApiPaths, operationId } from "./admin/openapi.ts";
import { sendJson } from "./answers.ts";
import { parseJson, readBytes } from "./body.ts";
import type { Incoming, Route } from "./incoming.ts";

export interface ManagementParts {
  readonly database: Database;
  readonly meters: Meters;
  readonly log: Log;
}

/** No declaration of a key or a team comes near this. */
const mostBytes = 1024 * 1024;

export const managementRoutes = (parts: ManagementParts): readonly Route[] =>
  adminEndpoints.map((endpoint) => mounted(endpoint, parts));

function mounted(endpoint: AdminEndpoint, { database, meters, log }: ManagementParts): Route {
  const { method, paths, role, input, run } = endpoint;
  return {
    method,
    paths,
    access: role,
    family: method === "GET" ? "info" : "management",
    async run(incoming, caller) {
      const { gateway, request } = incoming;
      const context = {
        database,
        caller,
        meters,
        newKeys: gateway.config.access.newKeys,
        now: gateway.now,
        invalidate: gateway.invalidate,
      };
      const given = input?.from === "query" ? fieldsOf(incoming.query) : await bodyOf(incoming);
      const { status, body, audit } = await run(context, given, { headers: request.headers });
      // Who changed what, for the operator's log: never a secret.
      if (audit) log.info({ ...audit, by: caller.keyId, id: incoming.id }, "administration");
      sendJson(incoming, body, status);
    },
  };
}

/** A field that is given several times is a list. */
function fieldsOf(query: URLSearchParams): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    fields[name] = values.length === 1 ? values[0] : values;
  }
  return fields;
}

async function bodyOf({ request, gateway }: Incoming): Promise<unknown> {
  if (request.method === "GET") return {};
  const bytes = await readBytes(request, mostBytes);
  // Tools post nothing where nothing is needed.
  if (bytes.length === 0) return {};
  return parseJson(bytes, request.headers["content-type"], gateway.config.limits.jsonDepth).words;
}

/** Every route there is, as an OpenAPI document: what the administration declares in full, the rest by path. */
export function openApiRoute(routes: readonly Route[]): Route {
  return {
    method: "GET",
    paths: ["/openapi.json"],
    access: "public",
    family: "public",
    async run(incoming) {
      const declared = openApiPaths(adminEndpoints);
      const plain: Record<string, Record<string, unknown>> = {};
      for (const route of routes) for (const path of route.paths) describe(plain, path, route);
      sendJson(incoming, {
        openapi: "3.1.0",
        info: { title: "Gatehouse", version: incoming.gateway.version },
        components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
        paths: { ...plain, ...declared },
      });
    },
  };
}

function describe(
  paths: Record<string, Record<string, unknown>>,
  path: string,
  { method, access, family }: Route,
): void {
  const shown = path.replace("*}", "}");
  const slot = /\{(\w+)\}/.exec(shown)?.[1];
  const operations = paths[shown] ?? {};
  operations[method.toLowerCase()] = {
    operationId: operationId(method, shown),
    tags: [family],
    ...(access !== "public" && { security: [{ key: [] }] }),
    ...(slot !== undefined && { parameters: [{ name: slot, in: "path", required: true, schema: { type: "string" } }] }),
    ...(method === "POST" && { requestBody: { content: { "application/json": { schema: { type: "object" } } } } }),
    responses: {
      "200": { description: "The answer." },
      default: { description: "An error, in the dialect of the route." },
    },
  };
  paths[shown] = operations;
}
