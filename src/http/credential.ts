/** Where a request carries its key: every header that a client of some dialect puts it in. Never the address: proxies and browsers keep those. */

import type { IncomingHttpHeaders } from "node:http";
import { keyHeader } from "./compat.ts";

/** After the gateway's own header and the operator's, in the order in which they are believed. */
const headers = ["authorization", "api-key", "x-api-key", "x-goog-api-key", "ocp-apim-subscription-key"] as const;

export function credentialOf(from: IncomingHttpHeaders, own: string | undefined): string | undefined {
  const special = from[keyHeader] ?? from["x-gatehouse-api-key"] ?? (own === undefined ? undefined : from[own]);
  if (typeof special === "string" && special !== "") return bare(special);
  for (const name of headers) {
    const value = from[name];
    if (typeof value === "string" && value !== "") return bare(value);
  }
  return undefined;
}

/** "Bearer x" → "x"; "Basic base64(user:x)" → "x"; "x" → "x". The scheme's case means nothing. */
function bare(value: string): string {
  if (value.startsWith("Bearer ")) return value.slice(7).trim();
  const scheme = value.slice(0, 7).toLowerCase();
  if (scheme === "bearer ") return value.slice(7).trim();
  if (scheme.startsWith("basic ")) {
    const pair = Buffer.from(value.slice(6), "base64").toString();
    return pair.slice(pair.indexOf(":") + 1);
  }
  return value.trim();
}
