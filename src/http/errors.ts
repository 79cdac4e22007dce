/** How refusals and failures are told: in the dialect of the route, with the status, and with what helps the client go on. */

import type { GatewayError } from "../canonical/error.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { bounded } from "./bounded.ts";
import { answerHeaders, withErrorClass } from "./compat.ts";
import type { Incoming, Route } from "./incoming.ts";
import { vendorHeaders } from "./vendor-headers.ts";

/** What an operator must hear of: mistakes of ours, and what we stand on giving way. */
const isOurs = ({ source, kind, details }: GatewayError): boolean =>
  source === "gateway" && (kind === "internal" || details.cause !== undefined);

/** The cause in full, by the id that the client was told. */
export function logOurs(error: GatewayError, { id, log }: Pick<Incoming, "id" | "log">): void {
  if (isOurs(error)) log.error({ err: error.details.cause ?? error, id }, "a request failed with an unexpected error");
}

export function sendError(incoming: Incoming, route: Route | undefined, error: GatewayError): void {
  const { response, gateway, id, notes } = incoming;
  logOurs(error, incoming);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const encode = route?.errors ?? openaiChat.error.encode;
  const body = Buffer.from(JSON.stringify(withErrorClass(encode(bounded(error)), error)));
  const headers = answerHeaders(id, notes, { now: gateway.now(), version: gateway.version });
  if (error.source === "upstream" && notes.vendorHeaders) vendorHeaders(notes.vendorHeaders, headers);
  headers["content-type"] = "application/json";
  headers["content-length"] = String(body.length);
  if (error.details.retryAfter !== undefined) headers["retry-after"] = String(Math.ceil(error.details.retryAfter));
  if (error.kind === "unauthenticated" && error.source === "gateway") headers["www-authenticate"] = "Bearer";
  // What is left of a body that was refused is not worth reading.
  if (error.kind === "too-large") headers["connection"] = "close";
  response.writeHead(error.status, headers);
  if (error.kind === "too-large" && !incoming.request.complete) linger(incoming, body);
  else response.end(body);
}

/** Milliseconds that a client which is still sending gets to read why it should stop. */
const patience = 1000;

/** A connection that is closed while the other side sends is reset, and the answer lost: so it stays open for a moment. */
function linger({ request, response }: Incoming, body: Buffer): void {
  response.write(body);
  const end = (): void => {
    clearTimeout(late);
    response.end();
  };
  const late = setTimeout(end, patience);
  request.once("end", end);
  response.once("close", end);
  request.resume();
}
