/** One HTTP request as the routes see it: what was asked, by whom, and how to answer. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "../canonical/caller.ts";
import type { Cancel } from "../canonical/cancel.ts";
import type { GatewayError } from "../canonical/error.ts";
import type { Log } from "../canonical/log.ts";
import type { Notes } from "../exchange.ts";
import type { Gateway } from "../gateway.ts";

export interface Incoming {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly gateway: Gateway;
  readonly id: string;
  /** The path below the server's root, still percent-encoded, without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** What the path's placeholder stood for, decoded. */
  param: string | undefined;
  readonly notes: Notes;
  readonly log: Log;
  /** Milliseconds that the client may take to read what it has been sent. */
  readonly patience: number;
  readonly cancel: Cancel;
  /** The request became an exchange: its stages keep the record from here on. */
  entered: boolean;
}

/** Who may use a route. "key": whoever has a valid key, the admin too. */
type Access = "public" | "key" | "admin";

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Exact, or with one "{name}" (a segment) or "{name*}" (anything). */
  readonly paths: readonly string[];
  readonly access: Access;
  /** The family that keys may be confined to. */
  readonly family: "llm" | "info" | "management" | "public";
  /** Writes an error in the dialect of the route's clients; default OpenAI's envelope. */
  readonly errors?: (error: GatewayError) => unknown;
  run(incoming: Incoming, caller: Caller): Promise<void>;
}
