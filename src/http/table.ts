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

  return {
    routes,
    match(method, path) {
      const known = exact.get(path);
      const route = known?.get(method);
      if (route) return { route, param: undefined };
      const allowed = new Set<string>(known?.keys());
      for (const pattern of patterns) {
        const param = paramOf(pattern, path);
        if (param === undefined) continue;
        const found = pattern.routes.get(method);
        if (found) return { route: found, param };
        for (const other of pattern.routes.keys()) allowed.add(other);
      }
      if (allowed.size > 0)
        throw new GatewayError(
          "method-not-allowed",
          "client",
          `${method} is not served at ${path.slice(0, 200)}; use ${[...allowed].join(" or ")}`,
        );
      throw new GatewayError(
        "not-found",
        "client",
        `there is nothing at ${path.slice(0, 200)}; GET /openapi.json lists what there is`,
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
