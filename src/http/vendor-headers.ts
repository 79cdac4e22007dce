/** The headers of a vendor's answer, as clients are told them. */

/** Hop-by-hop, or ours to say. */
const unrepeated = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-length",
  "content-encoding",
  "set-cookie",
]);

/** The usual ones, spelled out once. */
const vendorNames: ReadonlyMap<string, string> = new Map(
  [
    "content-type",
    "date",
    "server",
    "x-request-id",
    "request-id",
    "vary",
    "via",
    "cf-ray",
    "cf-cache-status",
    "alt-svc",
  ]
    .concat([
      "openai-organization",
      "openai-processing-ms",
      "openai-version",
      "openai-project",
      "strict-transport-security",
    ])
    .concat(["x-ratelimit-limit-requests", "x-ratelimit-limit-tokens", "x-ratelimit-remaining-requests"])
    .concat(["x-ratelimit-remaining-tokens", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"])
    .map((name) => [name, `llm_provider-${name}`]),
);

/** The vendor's own headers, each under a name that says whose it is, and the ones that SDKs look for under their own. */
export function vendorHeaders(from: Readonly<Record<string, string>>, into: Record<string, string>): void {
  for (const name in from) {
    if (unrepeated.has(name)) continue;
    const value = from[name];
    if (value === undefined) continue;
    into[vendorNames.get(name) ?? `llm_provider-${name}`] = Array.isArray(value) ? value.join(", ") : value;
    if (name.startsWith("x-ratelimit-") && into[name] === undefined) into[name] = value;
  }
}
