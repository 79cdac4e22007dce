/** A record without what is nice to know: money, tokens and names stay. */

import type { CallRecord } from "../../canonical/call-record.ts";

const most = 256;
const mostTags = 50;
const mostScopes = 100;

export function lean({
  metadata: _,
  verdicts: __,
  lost: ___,
  userAgent: ____,
  error,
  ...record
}: CallRecord): CallRecord {
  return {
    ...short(record),
    attempts: [],
    tags: record.tags.slice(0, mostTags).map((tag) => tag.slice(0, most)),
    scopes: record.scopes.slice(0, mostScopes),
    ...(error ? { error: { ...error, message: error.message.slice(0, most) } } : {}),
  };
}

/** Texts of a client may be of any length. */
function short<T extends object>(record: T): T {
  const entries = Object.entries(record).map(([name, value]: [string, unknown]) =>
    typeof value === "string" ? [name, value.slice(0, most)] : [name, value],
  );
  return Object.fromEntries(entries) as T;
}
