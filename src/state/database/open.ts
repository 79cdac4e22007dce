/** Opens the database: the embedded file in the data directory, or PostgreSQL where a URL is given; ready to use, in the newest shape. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Kysely } from "kysely";
import { GatewayError } from "../../canonical/error.ts";
import type { Secret } from "../../canonical/secret.ts";
import { type Lock, lock } from "./lock.ts";
import { migrate } from "./migrate.ts";
import { createPostgresMonths, createSqliteMonths, type Months } from "./months.ts";
import { type Engine, postgresSchema, type Schema } from "./schema.ts";
import { openSqlite, sqliteDialect } from "./sqlite.ts";

export interface Database {
  readonly db: Kysely<Schema>;
  readonly engine: Engine;
  /** The request log's rows; everything else is in `db`. */
  readonly months: Months;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** "postgres://…"; absent: the embedded file. */
  readonly url?: Secret;
  readonly dataDir: string;
  /** A second connection of the same gateway: its first one holds the lock and has brought the tables to shape. */
  readonly second?: boolean;
}

/** At most so many connections to PostgreSQL, and for the gateway's second opening so many. */
const connections = { first: 10, second: 2 };

export function openDatabase({ url, dataDir, second = false }: DatabaseOptions): Promise<Database> {
  return url === undefined ? openEmbedded(dataDir, second) : openRemote(url, second);
}

async function openEmbedded(dataDir: string, second: boolean): Promise<Database> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const held: Lock | undefined = second
    ? undefined
    : lock(join(dataDir, "gatehouse.lock"), `The data directory ${dataDir}`);
  try {
    const db = new Kysely<Schema>({ dialect: sqliteDialect(openSqlite(join(dataDir, "gatehouse.sqlite"))) });
    if (!second) await migrate(db, "sqlite");
    const months = createSqliteMonths(dataDir);
    const close = async (): Promise<void> => {
      await months.close();
      await db.destroy();
      held?.release();
    };
    return { db, engine: "sqlite", months, close };
  } catch (error) {
    held?.release();
    throw error;
  }
}

async function openRemote(url: Secret, second: boolean): Promise<Database> {
  const address = url.reveal();
  if (!/^postgres(ql)?:\/\//.test(address) || !URL.canParse(address))
    throw new GatewayError(
      "invalid-request",
      "gateway",
      'The database URL must look like "postgres://user:password@host:5432/name". Leave it out to use the embedded database.',
      { param: "DATABASE_URL" },
    );
  // Loaded only where it is needed: the embedded database starts without it, in two threads.
  const { openPostgres, postgresDialect } = await import("./postgres.ts");
  const pool = openPostgres(address, second ? connections.second : connections.first);
  const plain = new Kysely<Schema>({ dialect: postgresDialect(pool) });
  const db = plain.withSchema(postgresSchema);
  try {
    if (!second) await migrate(db, "postgres");
  } catch (error) {
    await plain.destroy();
    throw error;
  }
  return { db, engine: "postgres", months: createPostgresMonths(db), close: () => plain.destroy() };
}
