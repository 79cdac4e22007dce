/** The door: takes connections, finds the route, asks who is there, and sees to it that every request ends in an answer and a record. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Caller } from "../canonical/caller.ts";
import { Cancel } from "../canonical/cancel.ts";
import { asGatewayError, GatewayError } from "../canonical/error.ts";
import type { Log } from "../canonical/log.ts";
import type { Gateway } from "../gateway.ts";
import { allowOrigin, isPreflight, sendPreflight } from "./cors.ts";
import { credentialOf } from "./credential.ts";
import { sendError } from "./errors.ts";
import type { Incoming, Route } from "./incoming.ts";
import type { Table } from "./table.ts";

export interface DoorParts {
  readonly table: Table;
  /** The house as it stands now: a reload swaps it, requests under way keep theirs. */
  readonly gateway: () => Gateway;
  readonly log: Log;
  /** A path that everything stands below, without a slash at its end; "" for none. */
  readonly root: string;
  /** The most connections at a time. */
  readonly connections: number;
}

/** Longer than any load balancer keeps an idle connection, so that it is they who close first. */
const keepAlive = 75_000;

export interface Door {
  /** Resolves with the address when connections are taken. Rejects with what is wrong, and what to do about it. */
  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }>;
  /** Takes nothing new, lets what is under way end, and breaks off what has not after `seconds`. True when nothing was broken off. */
  drain(seconds: number): Promise<boolean>;
}

export function createDoor(parts: DoorParts): Door {
  const times = { keepAliveTimeout: keepAlive, headersTimeout: 60_000, requestTimeout: 300_000 };
  const server = createServer({ ...times, noDelay: true }, (request, response) => {
    void receive(parts, request, response);
  });
  server.maxConnections = parts.connections;
  server.on("clientError", (error: Error & { code?: string }, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) return;
    socket.end(unreadable(faults.get(error.code ?? "") ?? "400 Bad Request"));
    // Whoever does not close its side of the connection would keep it for good.
    setTimeout(() => socket.destroy(), lastLook).unref();
  });
  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once("error", (error: NodeJS.ErrnoException) => {
          const use = "is in use by another program; choose another with --port";
          const what = error.code === "EADDRINUSE" ? use : `cannot be listened on (${error.code ?? error.message})`;
          reject(new Error(`${host}:${port} ${what}`));
        });
        server.listen(port, host, () => {
          const address = server.address();
          resolve(
            typeof address === "object" && address ? { host: address.address, port: address.port } : { host, port },
          );
        });
      }),
    async drain(seconds) {
      let whole = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const idle = setInterval(() => server.closeIdleConnections(), 100);
      const late = setTimeout(() => {
        whole = false;
        server.closeAllConnections();
      }, seconds * 1000);
      await closed;
      clearInterval(idle);
      clearTimeout(late);
      return whole;
    },
  };
}

/** Milliseconds to read why a connection is closed. */
const lastLook = 1000;

const faults: ReadonlyMap<string, string> = new Map([
  ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
  ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"],
]);

/** What cannot be read as HTTP is answered in HTTP all the same. */
function unreadable(status: string): string {
  const error = { message: status.slice(4), type: "invalid_request_error", param: null, code: status.slice(0, 3) };
  const body = JSON.stringify({ error });
  return `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

async function receive(
  { table, gateway, log, root }: DoorParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const house = gateway();
  const incoming = incomingOf(house, request, response, root);
  response.on("close", () => {
    if (!response.writableFinished) incoming.cancel.cancel("client-closed");
  });
  response.on("error", () => incoming.cancel.cancel("client-closed"));
  let route: Route | undefined;
  try {
    // Where no key is asked for, any page that somebody opens could spend the operator's money.
    if (request.headers.origin !== undefined && !house.config.access.open) {
      allowOrigin(response);
      if (isPreflight(request)) return sendPreflight(incoming);
    }
    // Whoever asks for the head alone is answered as if asked for all: the server leaves the body out.
    const match = table.match(request.method === "HEAD" ? "GET" : (request.method ?? "GET"), incoming.path);
    route = match.route;
    incoming.param = match.param;
    const judged = callerOf(house, route, incoming);
    const caller = judged instanceof Promise ? await judged : judged;
    incoming.notes.caller = caller;
    authorizeRoute(route, caller, incoming.path);
    await route.run(incoming, caller);
  } catch (cause) {
    const error = asGatewayError(cause);
    tell(incoming, route, error, log);
    if (route?.family === "llm" && !incoming.entered) house.refused(incoming.id, incoming.notes, "none", error);
  }
}

/** An error that cannot even be told costs its own connection, and nobody else's. */
function tell(incoming: Incoming, route: Route | undefined, error: GatewayError, log: Log): void {
  try {
    sendError(incoming, route, error, log);
  } catch (cause) {
    log.error({ err: cause, id: incoming.id }, "an error could not be told");
    incoming.response.destroy();
  }
}

function incomingOf(gateway: Gateway, request: IncomingMessage, response: ServerResponse, root: string): Incoming {
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  const full = mark < 0 ? url : url.slice(0, mark);
  const path = root !== "" && full.startsWith(`${root}/`) ? full.slice(root.length) : full;
  const userAgent = request.headers["user-agent"];
  return {
    request,
    response,
    gateway,
    id: gateway.newId(),
    path,
    query: mark < 0 ? noQuery : new URLSearchParams(url.slice(mark + 1)),
    param: undefined,
    cancel: new Cancel(),
    entered: false,
    notes: {
      began: gateway.now(),
      route: path,
      address: request.socket.remoteAddress,
      userAgent: userAgent?.slice(0, 300),
      attempts: [],
      retries: 0,
      fallbacks: 0,
      headers: {},
    },
  };
}

const noQuery = new URLSearchParams();

function callerOf(gateway: Gateway, route: Route, { request }: Incoming): Caller | Promise<Caller> {
  if (route.access === "public") return nobody;
  return gateway.authenticate(credentialOf(request.headers, gateway.config.access.keyHeader));
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

/** Deny by default: a route for administrators is for nobody else, and a key that is confined to some routes has no others. */
function authorizeRoute(route: Route, caller: Caller, path: string): void {
  if (route.access === "public" || caller.role === "admin") return;
  if (route.access === "admin")
    throw new GatewayError(
      "forbidden",
      "gateway",
      `${path.slice(0, 200)} is for administrators; ask with the admin key`,
      { type: "auth_error", code: "403" },
    );
  if (caller.routes.length === 0 || caller.routes.some((allowed) => covers(allowed, route, path))) return;
  throw new GatewayError(
    "forbidden",
    "gateway",
    `this key may not use ${path.slice(0, 200)}; it is confined to ${caller.routes.slice(0, 20).join(", ")}`,
    {
      type: "auth_error",
      code: "403",
    },
  );
}

const families: Readonly<Record<string, Route["family"]>> = {
  llm_api_routes: "llm",
  info_routes: "info",
  management_routes: "management",
};

/** Of the two languages that keys can be confined to, only one has a path with this word. */
const isOfMessages = ({ paths }: Route): boolean => paths.some((path) => path.includes("/messages"));

function covers(allowed: string, route: Route, path: string): boolean {
  const family = families[allowed];
  if (family !== undefined) return route.family === family;
  if (allowed === "anthropic_routes" || allowed === "openai_routes")
    return route.family === "llm" && isOfMessages(route) === (allowed === "anthropic_routes");
  if (allowed.endsWith("/*")) return path.startsWith(allowed.slice(0, -1));
  return allowed === path || route.paths.includes(allowed);
}
