/** The one table of routes. What is not in it is refused. */

import { GatewayError } from "../canonical/error.ts";
import type { Route } from "./incoming.ts";

interface Match {
  readonly route: Route;
  readonly param: string | undefined;
}

export interface Table {
  /** Throws "not-found" for an unknown path and "method-not-allowed" for a known one asked in another way. */
  match(method: string, path: string): Match;
  /** How a path may be asked, as the header `allow` says it; empty for an unknown one. */
  allowed(path: string): readonly string[];
  readonly routes: readonly Route[];
}

interface Pattern {
  readonly head: string;
  readonly tail: string;
  readonly deep: boolean;
  readonly routes: Map<string, Route>;
}

export function createTable(routes: readonly Route[]): Table {
  const exact = new Map<string, Map<string, Route>>();
  const patterns: Pattern[] = [];
  for (const route of routes) for (const path of route.paths) add(exact, patterns, path, route);
  // The longest fixed text is what was meant.
  patterns.sort((a, b) => b.head.length + b.tail.length - a.head.length - a.tail.length);

  const allowed = (path: string): readonly string[] => {
    const methods = new Set<string>(exact.get(path)?.keys());
    for (const pattern of patterns)
      if (paramOf(pattern, path) !== undefined) for (const method of pattern.routes.keys()) methods.add(method);
    // Whoever may read may ask for the head alone.
    if (methods.has("GET")) methods.add("HEAD");
    return [...methods];
  };

  return {
    routes,
    allowed,
    match(method, path) {
      const route = exact.get(path)?.get(method);
      if (route) return { route, param: undefined };
      for (const pattern of patterns) {
        const found = pattern.routes.get(method);
        const param = found && paramOf(pattern, path);
        if (found && param !== undefined) return { route: found, param };
      }
      const others = allowed(path);
      if (others.length > 0)
        throw new GatewayError(
          "method-not-allowed",
          "client",
          `${method} is not served at ${path.slice(0, 200)}; use ${others.join(" or ")}`,
        );
      throw new GatewayError(
        "not-found",
        "client",
        `there is no route ${path.slice(0, 200)}; GET /openapi.json lists all routes`,
      );
    },
  };
}

function add(exact: Map<string, Map<string, Route>>, patterns: Pattern[], path: string, route: Route): void {
  const slot = /^(.*)\{\w+(\*?)\}(.*)$/.exec(path);
  if (!slot) {
    const methods = exact.get(path) ?? new Map<string, Route>();
    methods.set(route.method, route);
    exact.set(path, methods);
    return;
  }
  const [, head = "", star = "", tail = ""] = slot;
  const deep = star === "*";
  const same = patterns.find((one) => one.head === head && one.tail === tail && one.deep === deep);
  if (same) same.routes.set(route.method, route);
  else patterns.push({ head, tail, deep, routes: new Map([[route.method, route]]) });
}

function paramOf({ head, tail, deep }: Pattern, path: string): string | undefined {
  if (path.length <= head.length + tail.length || !path.startsWith(head) || !path.endsWith(tail)) return undefined;
  const raw = path.slice(head.length, path.length - tail.length);
  if (!deep && raw.includes("/")) return undefined;
  try {
    return decodeURIComponent(raw);
  } catch {
    // A broken escape is no name of anything.
    return undefined;
  }
}
