/** The operator's own map of models: a file of prices and limits that wins over the catalogue. */

import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Env } from "./given.ts";
import { variables } from "./litellm/environment.ts";
import { ConfigError } from "./notices.ts";

/** The whole public map has some 2 MB. */
const mostBytes = 64 * 1024 * 1024;

/** Undefined: none is named, or only an address, which is told when the configuration is read. Throws a ConfigError. */
export function readOwnMap(env: Env): Readonly<Record<string, unknown>> | undefined {
  const name = variables.costMap.names.find((one) => env[one]);
  const place = name === undefined ? undefined : env[name];
  if (name === undefined || !place || isTrue(env) || isAddress(place)) return undefined;
  const refuse = (why: string): ConfigError =>
    new ConfigError([
      {
        severity: "error",
        path: name,
        message: `The map of models at ${place} cannot be read: ${why}.`,
        remedy: "It is a JSON object with an entry for each model.",
      },
    ]);
  let map: unknown;
  try {
    const path = place.startsWith("file://") ? fileURLToPath(place) : place;
    if (statSync(path).size > mostBytes) throw new Error(`it has more than ${mostBytes} bytes`);
    map = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause));
  }
  if (typeof map !== "object" || map === null || Array.isArray(map)) throw refuse("it is no JSON object");
  return map as Readonly<Record<string, unknown>>;
}

const isTrue = (env: Env): boolean =>
  variables.localCostMap.names.some((one) => /^(?:true|yes|on|1)$/i.test(env[one] ?? ""));

const isAddress = (place: string): boolean => /^https?:\/\//.test(place);
