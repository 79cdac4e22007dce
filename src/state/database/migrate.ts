/** Brings the tables to the newest shape, once, however many gateways start at the same moment. */

import type { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import { GatewayError } from "../../canonical/error.ts";
import { createFirst } from "./migrations/0001-first.ts";
import { createResponses } from "./migrations/0002-responses.ts";
import { createSettlements } from "./migrations/0003-settlements.ts";
import { createResponseOwners } from "./migrations/0004-response-owners.ts";
import { type Engine, postgresSchema, type Schema } from "./schema.ts";

/** A migration that was released is never changed: the next one stands below it. */
const migrations = (engine: Engine): Readonly<Record<string, (db: Kysely<Schema>) => Promise<void>>> => ({
  "0001-first": (db) => createFirst(db, engine),
  "0002-responses": createResponses,
  "0003-settlements": createSettlements,
  "0004-response-owners": createResponseOwners,
});

/** All in one transaction, under the lock of the engine: an advisory lock on PostgreSQL, the write lock of the file on SQLite. */
export async function migrate(db: Kysely<Schema>, engine: Engine): Promise<void> {
  const ups = Object.entries(migrations(engine)).map(([name, up]) => [name, { up }] as const);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(Object.fromEntries(ups)) },
    migrationTableName: "migrations",
    migrationLockTableName: "migrations_lock",
    ...(engine === "postgres" ? { migrationTableSchema: postgresSchema } : {}),
  });
  const { error } = await migrator.migrateToLatest();
  if (error)
    throw new GatewayError(
      "internal",
      "gateway",
      `The database could not be migrated to this version: ${error instanceof Error ? error.message : "the driver gave no reason"}. Nothing was changed. If it was made by a newer gateway, start that one.`,
      { cause: error },
    );
}
