/** Short ways to answer what is not a stream. */

import type { Incoming } from "./incoming.ts";

export function sendJson({ response, id }: Incoming, body: unknown, status = 200): void {
  send(response, status, "application/json", JSON.stringify(body), id);
}

export function sendText({ response, id }: Incoming, body: string, type: string, status = 200): void {
  send(response, status, type, body, id);
}

function send(response: Incoming["response"], status: number, type: string, body: string, id: string): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    "content-type": type,
    "content-length": bytes.length,
    "x-gatehouse-call-id": id,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
  });
  response.end(bytes);
}
