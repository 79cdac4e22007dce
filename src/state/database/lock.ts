/** Keeps two gateways from sharing one data directory unknowingly: a lock of the operating system, which dies with its holder. */

import { chmodSync, closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { GatewayError } from "../../canonical/error.ts";

export interface Lock {
  release(): void;
}

/** SQLite's own file lock is the one that Node offers: it needs no process id, and no stale file is ever in the way. */
export function lock(path: string, what: string): Lock {
  // SQLite alone would let others read it.
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  const file = new DatabaseSync(path, { timeout: 0 });
  try {
    file.exec("begin exclusive");
  } catch (cause) {
    file.close();
    if (!isBusy(cause)) throw cause;
    throw new GatewayError(
      "conflict",
      "gateway",
      `${what} is in use by another gateway (${path} is locked). Stop that one, give this one its own --data-dir, or let both use PostgreSQL (DATABASE_URL).`,
      { cause },
    );
  }
  return { release: () => file.close() };
}

const busy = 5;
const isBusy = (cause: unknown): boolean =>
  cause instanceof Error && "errcode" in cause && (Number(cause.errcode) & 0xff) === busy;
