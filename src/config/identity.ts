/** Names a deployment by what makes it different: the same in every process and after every reload, and without a secret in it. */

import { createHash } from "node:crypto";

/** Told apart by `seen` when two are the same in everything but their secrets. */
export function identify(parts: readonly unknown[], seen: Map<string, number>): string {
  const hash = createHash("sha256").update(JSON.stringify(parts, sorted)).digest("hex");
  const before = seen.get(hash) ?? 0;
  seen.set(hash, before + 1);
  return before === 0 ? hash : createHash("sha256").update(`${hash} ${before}`).digest("hex");
}

const sorted = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
