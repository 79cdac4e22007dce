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
    if (typeof value === "string") bytes += step + value.length * 2;
    else if (typeof value === "object" && value !== null) bytes += unfold(value, pending);
    else bytes += step;
  }
  return bytes;
}

/** Puts what an object or a list holds on the pile; returns what its names weigh. */
function unfold(value: object, pending: unknown[]): number {
  if (Array.isArray(value)) {
    for (const one of value) pending.push(one);
    return step + value.length * 8;
  }
  let bytes = step;
  for (const [name, held] of Object.entries(value)) {
    bytes += step + name.length * 2;
    pending.push(held);
  }
  return bytes;
}
