/** Describes the endpoints of the administration in OpenAPI 3.1, from what they declare. */

import { z } from "zod";
import type { AdminEndpoint } from "./endpoint.ts";

type Json = Readonly<Record<string, unknown>>;

/** The value of "paths". */
export function openApiPaths(endpoints: readonly AdminEndpoint[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints)
    for (const path of endpoint.paths) {
      paths[path] ??= {};
      paths[path][endpoint.method.toLowerCase()] = {
        operationId: operationId(endpoint.method, path),
        ...operationOf(endpoint),
      };
    }
  return paths;
}

/** "GET /key/info" → "getKeyInfo": what generated clients call it. */
export const operationId = (method: string, path: string): string =>
  method.toLowerCase() +
  path
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");

function operationOf({ summary, role, input }: AdminEndpoint): Json {
  const responses = {
    200: { description: "Done." },
    ...(role === "public" ? {} : { 401: { description: "No valid key." }, 403: { description: "Not yours to ask." } }),
    ...(input ? { 422: { description: "A field is wrong; `detail` says which." } } : {}),
  };
  return {
    summary,
    ...(role === "public" ? {} : { security: [{ bearer: [] }] }),
    ...(input ? described(input) : {}),
    responses,
  };
}

function described({ from, schema }: NonNullable<AdminEndpoint["input"]>): Json {
  const { $schema: _, ...shape } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  if (from === "body") return { requestBody: { content: { "application/json": { schema: shape } } } };
  const required = new Set(shape.required ?? []);
  const parameters = Object.entries(shape.properties ?? {}).map(([name, property]) => ({
    name,
    in: "query",
    required: required.has(name),
    schema: property,
  }));
  return { parameters };
}
