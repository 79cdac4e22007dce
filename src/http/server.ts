/** The door: takes connections, finds the route, asks who is there, and sees to it that every request ends in an answer and a record. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Cancel } from "../canonical/cancel.ts";
import { asGatewayError, GatewayError } from "../canonical/error.ts";
import type { Log } from "../canonical/log.ts";
import type { Gateway } from "../gateway.ts";
import { isUnavailable } from "../state/database/unavailable.ts";
import { addressOf, admit, authorizeRoute, callerOf } from "./admit.ts";
import { type Connections, createConnections } from "./connections.ts";
import { allowOrigin, isPreflight, sendPreflight } from "./cors.ts";
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
  readonly patience?: Partial<Patience>;
}

/** Milliseconds that a client may take. */
interface Patience {
  /** To send a request's head, from the opening of the connection on. */
  readonly head: number;
  /** To send a whole request. */
  readonly request: number;
  /** To read what it has been sent: longer, and it holds a vendor and our memory for nothing. */
  readonly reading: number;
}

const usualPatience: Patience = { head: 60_000, request: 300_000, reading: 300_000 };

/** Longer than any load balancer keeps an idle connection, so that it is they who close first. */
const keepAlive = 75_000;
/** How often connections are looked at whose time may be over. */
const lookEvery = 30_000;

export interface Door {
  /** Resolves with the address when connections are taken. Rejects with what is wrong, and what to do about it. */
  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }>;
  /** Refuses what is new, lets what is under way end, and breaks off what has not after `seconds`. True when nothing was broken off. */
  drain(seconds: number): Promise<boolean>;
}

/** What every request meets. */
interface Hall extends DoorParts {
  readonly owed: Connections;
  readonly reading: number;
  draining: boolean;
}

export function createDoor(parts: DoorParts): Door {
  const patience = { ...usualPatience, ...parts.patience };
  const hall: Hall = { ...parts, owed: createConnections(), reading: patience.reading, draining: false };
  const times = {
    keepAliveTimeout: keepAlive,
    headersTimeout: patience.head,
    requestTimeout: patience.request,
    connectionsCheckingInterval: Math.min(lookEvery, patience.head),
  };
  const server = createServer({ ...times, noDelay: true }, (request, response) => {
    void receive(hall, request, response, false);
  });
  // Nobody is asked to send a body before it is known that it will be read.
  server.on("checkContinue", (request, response) => void receive(hall, request, response, true));
  server.maxConnections = parts.connections;
  server.on("clientError", hall.owed.unreadable);
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
      hall.draining = true;
      const whole = await within(hall.owed.drain(), seconds * 1000);
      // Whoever asks is told until then that there is nothing to be had: a probe, or a client that must look elsewhere.
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      if (!whole || !(await within(closed, lastLook))) server.closeAllConnections();
      await closed;
      return whole;
    },
  };
}

/** Milliseconds that answers of the last moment have to be read. */
const lastLook = 250;

/** Whether it is done in so many milliseconds. */
async function within(work: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const done = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return done;
}

async function receive(hall: Hall, request: IncomingMessage, response: ServerResponse, waits: boolean): Promise<void> {
  const house = hall.gateway();
  const incoming = incomingOf(house, request, response, hall);
  if (!hall.owed.begin(request, response, () => incoming.cancel.cancel("client-closed"))) return;
  // Until it is told to send, nobody knows whether the body of a refused request will come.
  if (waits || hall.draining) response.setHeader("connection", "close");
  let route: Route | undefined;
  try {
    // Where no key is asked for, any page that somebody opens could spend the operator's money.
    if (request.headers.origin !== undefined && !house.config.access.open) {
      allowOrigin(response);
      if (isPreflight(request)) return sendPreflight(incoming);
    }
    route = routeOf(hall, incoming);
    admit(house, route, incoming);
    const judged = callerOf(house, route, incoming);
    const caller = judged instanceof Promise ? await judged : judged;
    incoming.notes.caller = caller;
    authorizeRoute(house, route, caller, incoming.path);
    if (waits) goOn(incoming, hall.draining);
    await route.run(incoming, caller);
    hurry(response, hall.reading);
  } catch (cause) {
    const error = errorOf(cause);
    if (error.status === 405) response.setHeader("allow", hall.table.allowed(incoming.path).join(", "));
    tell(incoming, route, error);
    if (route?.family === "llm" && !incoming.entered) house.refused(incoming.id, incoming.notes, "none", error);
  }
}

function routeOf({ table, draining }: Hall, incoming: Incoming): Route {
  const { method = "GET" } = incoming.request;
  // Whoever asks for the head alone is answered as if asked for all: the server leaves the body out.
  const { route, param } = table.match(method === "HEAD" ? "GET" : method, incoming.path);
  incoming.param = param;
  if (draining && route.access !== "public") throw stopping();
  return route;
}

function errorOf(cause: unknown): GatewayError {
  if (!isUnavailable(cause)) return asGatewayError(cause);
  const says = "the database is not available just now; try again in some seconds";
  return new GatewayError("overloaded", "gateway", says, { retryAfter: 5, cause });
}

const stopping = (): GatewayError =>
  new GatewayError("overloaded", "gateway", "this gateway is shutting down; try again", {
    retryAfter: 1,
  });

/** A body that is too large is refused before it is sent. */
function goOn({ request, response, gateway }: Incoming, last: boolean): void {
  if (Number(request.headers["content-length"] ?? 0) > gateway.config.limits.bodyBytes) return;
  if (!last) response.removeHeader("connection");
  response.writeContinue();
}

/** An answer that the client does not take from us must not be held for ever. Each piece that it takes gives it time again. */
function hurry(response: ServerResponse, milliseconds: number): void {
  const { socket, writableEnded } = response;
  if (!writableEnded) return;
  // It waits behind another on the same connection, and is written when that is done.
  if (!socket) response.once("socket", () => setImmediate(hurry, response, milliseconds));
  else if (socket.writableLength > 0) socket.setTimeout(milliseconds);
}

/** An error that cannot even be told costs its own connection, and nobody else's. */
function tell(incoming: Incoming, route: Route | undefined, error: GatewayError): void {
  try {
    sendError(incoming, route, error);
  } catch (cause) {
    incoming.log.error({ err: cause, id: incoming.id }, "an error could not be told");
    incoming.response.destroy();
  }
}

function incomingOf(
  gateway: Gateway,
  request: IncomingMessage,
  response: ServerResponse,
  { root, log, reading }: Hall,
): Incoming {
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
    log,
    patience: reading,
    notes: {
      began: gateway.now(),
      route: path,
      address: addressOf({ request, gateway }),
      userAgent: userAgent?.slice(0, 300),
      attempts: [],
      retries: 0,
      fallbacks: 0,
      headers: {},
    },
  };
}

const noQuery = new URLSearchParams();
