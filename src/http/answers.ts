/** Short ways to answer what is not a stream. */

import { hash } from "node:crypto";
import type { Incoming } from "./incoming.ts";

export function sendJson({ response, id }: Incoming, body: unknown, status = 200): void {
  send(response, JSON.stringify(body), { type: "application/json", status, id });
}

/** `script`: the one that stands in the page; a browser runs no other. */
export function sendText({ response, id }: Incoming, body: string, type: string, script?: string): void {
  send(response, body, { type, status: 200, id, script });
}

interface About {
  readonly type: string;
  readonly status: number;
  readonly id: string;
  readonly script?: string | undefined;
}

const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

function send(response: Incoming["response"], body: string, { type, status, id, script }: About): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    "content-type": type,
    "content-length": bytes.length,
    "x-gatehouse-call-id": id,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "content-security-policy":
      script === undefined ? policy : `${policy}; script-src 'sha256-${hash("sha256", script, "base64")}'`,
  });
  response.end(bytes);
}
