/** Lets pages of any origin call the gateway, as browsers ask before they do: https://fetch.spec.whatwg.org/#http-cors-protocol. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { sendText } from "./answers.ts";
import type { Incoming } from "./incoming.ts";

/** A key is told in a header that a page has to know, never in a cookie: whoever has it may as well ask from a page. */
export function allowOrigin(response: ServerResponse): void {
  response.setHeader("access-control-allow-origin", "*");
  response.setHeader("access-control-expose-headers", "*");
  response.setHeader("vary", "Origin");
}

export const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === "OPTIONS" && headers["access-control-request-method"] !== undefined;

export function sendPreflight(incoming: Incoming): void {
  const { request, response } = incoming;
  response.setHeader("access-control-allow-methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
  // A star would leave out the one that carries the key.
  const wanted = request.headers["access-control-request-headers"];
  if (wanted !== undefined) response.setHeader("access-control-allow-headers", wanted);
  response.setHeader("access-control-max-age", "600");
  sendText(incoming, "OK", "text/plain; charset=utf-8");
}
