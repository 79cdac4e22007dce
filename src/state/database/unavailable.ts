/** Tells a database that is away, full or busy, which may be back in a moment, from a mistake in what it was asked. */

/** The first letters of PostgreSQL's codes for connections, resources and operators. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const classes = ["08", "53", "57P"];

const network: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** Busy, locked, read-only, input or output, full, cannot open. https://www.sqlite.org/rescode.html */
const embedded: ReadonlySet<number> = new Set([5, 6, 8, 10, 13, 14]);

/** What the pool says in words alone. */
const sentences = ["timeout exceeded when trying to connect", "Connection terminated"];

export function isUnavailable(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const { code, errcode, message } = cause as Error & { readonly code?: unknown; readonly errcode?: unknown };
  if (code === "ERR_SQLITE_ERROR") return typeof errcode === "number" && embedded.has(errcode & 0xff);
  if (typeof code === "string" && (network.has(code) || classes.some((start) => code.startsWith(start)))) return true;
  if (cause instanceof AggregateError) return cause.errors.some(isUnavailable);
  return sentences.some((sentence) => message.startsWith(sentence));
}
