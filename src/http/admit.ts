/** Who may use which route: the operator's rules before anybody is known, and what a caller may do after. */

import { plainAddress } from "../canonical/address.ts";
import type { Caller } from "../canonical/caller.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Gateway } from "../gateway.ts";
import { credentialOf } from "./credential.ts";
import type { Incoming, Route } from "./incoming.ts";

/** Where the request came from, as far as it can be believed: the last one that a proxy wrote down is the one that it saw itself. */
export function addressOf({ request, gateway }: Pick<Incoming, "request" | "gateway">): string | undefined {
  const told = gateway.config.access.behindProxy ? request.headers["x-forwarded-for"] : undefined;
  const list = Array.isArray(told) ? told.join(",") : told;
  const last = list?.slice(list.lastIndexOf(",") + 1).trim();
  return last ? plainAddress(last) : request.socket.remoteAddress;
}

/** What the operator closes is closed to administrators too. Probes must find an answer wherever they stand. */
export function admit(gateway: Gateway, route: Route, { path, notes }: Incoming): void {
  if (route.access === "public" && path !== metricsPath) return;
  if (gateway.admits && !gateway.admits(notes.address))
    throw refusal(`Access forbidden: IP address ${notes.address ?? "unknown"} not allowed.`);
  const { routes } = gateway.config.access;
  if (routes && !routes.some((allowed) => covers(allowed, route, path)))
    throw refusal(`Route ${path.slice(0, 200)} not allowed: the operator serves other routes only.`);
}

/** It is open to everybody only as far as the configuration says. */
const metricsPath = "/metrics";

export function callerOf(gateway: Gateway, route: Route, { request, path }: Incoming): Caller | Promise<Caller> {
  if (route.access === "public") return nobody;
  const { keyHeader, openRoutes } = gateway.config.access;
  const credential = credentialOf(request.headers, keyHeader);
  if (openRoutes.length > 0 && isOpen(gateway, route, path)) return guestOr(gateway, credential);
  return gateway.authenticate(credential);
}

/** Administrators' routes are never open. */
function isOpen({ config: { access } }: Gateway, route: Route, path: string): boolean {
  const named = (list: readonly string[]): boolean => list.some((one) => covers(one, route, path));
  return route.access !== "admin" && named(access.openRoutes) && !named(access.adminRoutes);
}

/** Who comes with a key that counts is known by it; with any other, or none, anybody may come. */
async function guestOr(gateway: Gateway, credential: string | undefined): Promise<Caller> {
  if (credential === undefined) return guest;
  try {
    return await gateway.authenticate(credential);
  } catch {
    // Without a key it would be answered, so a bad one is no reason to refuse.
    return guest;
  }
}

const nobody: Caller = {
  role: "anonymous",
  keyId: "anonymous",
  access: { all: false, names: new Set(), patterns: [] },
  aliases: {},
  routes: [],
  scopes: [],
  blocked: false,
  metadata: {},
};

const guest: Caller = { ...nobody, access: { all: true, names: new Set(), patterns: [] } };

/** Deny by default: a route for administrators is for nobody else, and a key that is confined to some routes has no others. */
export function authorizeRoute({ config }: Gateway, route: Route, caller: Caller, path: string): void {
  if (route.access === "public" || caller.role === "admin") return;
  if (route.access === "admin" || config.access.adminRoutes.some((one) => covers(one, route, path)))
    throw refusal(`${path.slice(0, 200)} is for administrators; ask with the admin key`);
  if (caller.routes.length === 0 || caller.routes.some((allowed) => covers(allowed, route, path))) return;
  throw refusal(
    `this key may not use ${path.slice(0, 200)}; it is confined to ${caller.routes.slice(0, 20).join(", ")}`,
  );
}

const refusal = (message: string): GatewayError =>
  new GatewayError("forbidden", "gateway", message, { type: "auth_error", code: "403" });

const families: Readonly<Record<string, Route["family"]>> = {
  llm_api_routes: "llm",
  info_routes: "info",
  management_routes: "management",
};

/** Of the two languages that keys can be confined to, only one has a path with this word. */
const isOfMessages = ({ paths }: Route): boolean => paths.some((path) => path.includes("/messages"));

function covers(allowed: string, route: Route, path: string): boolean {
  const family = Object.hasOwn(families, allowed) ? families[allowed] : undefined;
  if (family !== undefined) return route.family === family;
  if (allowed === "anthropic_routes" || allowed === "openai_routes")
    return route.family === "llm" && isOfMessages(route) === (allowed === "anthropic_routes");
  if (allowed.endsWith("/*")) return path.startsWith(allowed.slice(0, -1));
  return allowed === path || route.paths.includes(allowed);
}
