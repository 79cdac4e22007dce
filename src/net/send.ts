/** The only code that opens connections: one pool of them for each origin, never a redirect, and the egress gate in front. */

import type { Dispatcher } from "undici";
import Pool from "undici/lib/dispatcher/pool.js";
import { GatewayError } from "../canonical/error.ts";
import { Call } from "./answer.ts";
import type { Answer, Draft, Send, SendOptions } from "./draft.ts";
import { checkUrl, guardedLookup, publicAddresses } from "./egress.ts";
import type { DispatcherFor } from "./proxy.ts";

/** Connections to providers; see `createWire`. */
export interface Wire {
  readonly send: Send;
  /** Lets calls under way finish, and closes the connections. */
  close(): Promise<void>;
}

export interface WireOptions {
  /** What calls to an origin go through in place of a pool of our own: a proxy, if any. */
  readonly dispatcherFor?: DispatcherFor | undefined;
  /** Connections to one origin; default 512. */
  readonly connections?: number;
}

/** More origins than this and the longest unused pool is closed: client-given addresses must not fill our memory. */
const mostOrigins = 1024;

interface Target {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
}

/** The network for `createGateway`: `send` for its parts, and `close()` when the gateway is no longer used. */
export function createWire({ dispatcherFor, connections = 512 }: WireOptions = {}): Wire {
  const isPublic = publicAddresses();
  const targets = new Map<string, Target>();

  const open = (url: URL, egress: SendOptions["egress"]): Target => {
    checkUrl(url, egress, isPublic);
    const proxy = dispatcherFor?.(url);
    if (proxy) return { dispatcher: proxy, origin: url.origin };
    const connect = { noDelay: true, timeout: 10_000, ...(egress === "public" && { lookup: guardedLookup(isPublic) }) };
    // HTTP/1.1 only: one stream a connection keeps a slow answer from holding up its neighbours.
    const dispatcher = new Pool(url.origin, { connections, allowH2: false, keepAliveTimeout: 30_000, connect });
    return { dispatcher, origin: url.origin };
  };

  const targetOf = (origin: string, egress: SendOptions["egress"]): Target => {
    const name = egress === "public" ? `public ${origin}` : origin;
    const known = targets.get(name);
    if (known) {
      // In order of use, once that begins to matter: the longest unused goes first.
      if (targets.size > mostOrigins / 2) {
        targets.delete(name);
        targets.set(name, known);
      }
      return known;
    }
    if (targets.size >= mostOrigins) closeOldest(targets);
    const target = open(new URL(origin), egress);
    targets.set(name, target);
    return target;
  };

  return {
    send(draft: Draft, options: SendOptions): Promise<Answer> {
      if (options.cancel?.reason !== undefined)
        return Promise.reject(new GatewayError("client-closed", "client", "the client closed the connection"));
      const slash = draft.url.indexOf("/", draft.url.indexOf("://") + 3);
      const origin = slash < 0 ? draft.url : draft.url.slice(0, slash);
      const { dispatcher, origin: target } = targetOf(origin, options.egress);
      const call = new Call(options);
      dispatcher.dispatch(
        {
          origin: target,
          path: slash < 0 ? "/" : draft.url.slice(slash),
          method: draft.method,
          headers: draft.headers,
          body: draft.body ?? null,
          headersTimeout: options.headTimeout,
          bodyTimeout: options.idleTimeout,
        },
        call,
      );
      return call.answer;
    },
    async close() {
      await Promise.all([...targets.values()].map(({ dispatcher }) => dispatcher.close()));
    },
  };
}

function closeOldest(targets: Map<string, Target>): void {
  const [oldest] = targets;
  if (!oldest) return;
  targets.delete(oldest[0]);
  void oldest[1].dispatcher.close();
}
