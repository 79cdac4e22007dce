/** About how many bytes of memory a record holds, without turning it into text. */

import type { CallRecord } from "../canonical/call-record.ts";

/** An object with its numbers and short names. */
const frame = 1024;
const step = 32;

/** Stops counting once it is over `enough`. */
export function weigh(record: CallRecord, enough: number): number {
  const { keyId, endUser, model, tags, userAgent, error, attempts, verdicts, lost, metadata, scopes } = record;
  const told = [keyId, endUser, model, tags, userAgent, error?.message, attempts, verdicts, lost, scopes];
  return frame + walk([...told, metadata], enough);
}

/** Without recursion: what a client nests deeply must not break us. */
function walk(pending: unknown[], enough: number): number {
  let bytes = 0;
  while (pending.length > 0 && bytes <= enough) {
    const value = pending.pop();
    bytes += step;
    if (typeof value === "string") bytes += value.length * 2;
    else if (Array.isArray(value)) {
      bytes += value.length * 8;
      if (bytes <= enough) for (const one of value) pending.push(one);
    } else if (typeof value === "object" && value !== null)
      for (const name in value) {
        bytes += step + name.length * 2;
        if (bytes > enough) break;
        pending.push((value as Record<string, unknown>)[name]);
      }
  }
  return bytes;
}
