/** The first tables: keys and their archive, the log, roll-ups, settings, the feed of changes, the positions of journals. */

import { type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely, sql } from "kysely";
import type { Engine, Schema } from "../schema.ts";

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();
const zero: Column = (column) => column.notNull().defaultTo(0);
const json =
  (empty: string): Column =>
  (column) =>
    column.notNull().defaultTo(empty);

export async function createFirst(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await keyColumns(db.schema.createTable("keys")).execute();
  await db.schema.createIndex("keys_by_alias").unique().on("keys").column("key_alias").execute();
  await db.schema.createIndex("keys_by_age").on("keys").columns(["created_at", "token"]).execute();
  for (const owner of ["user_id", "team_id", "organization_id"])
    await db.schema
      .createIndex(`keys_by_${owner}`)
      .on("keys")
      .column(owner)
      .where(sql.ref(owner), "is not", null)
      .execute();
  await keyColumns(db.schema.createTable("deleted_keys"))
    .addColumn("deleted_at", "bigint", required)
    .addColumn("deleted_by", "text")
    .execute();
  await createRollups(db);
  await db.schema
    .createTable("settings")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("value", "text", required)
    .execute();
  await createChanges(db, engine);
  await db.schema
    .createTable("journals")
    .addColumn("segment", "text", (column) => column.primaryKey())
    .addColumn("position", "bigint", required)
    .execute();
  // SQLite keeps the log in a file for each month: a month that is over is deleted as a file.
  if (engine === "postgres") await createRequestLog(db, engine);
}

/** The log: written once, never changed, read by time or by an id. */
export async function createRequestLog(db: Kysely<Pick<Schema, "request_log">>, engine: Engine): Promise<void> {
  const table = db.schema
    .createTable("request_log")
    .addColumn("id", "text", required)
    .addColumn("began", "bigint", required)
    .addColumn("ended", "bigint", required)
    .addColumn("outcome", "text", required)
    .addColumn("status", "integer", required)
    .addColumn("key_id", "text")
    .addColumn("user_id", "text")
    .addColumn("team_id", "text")
    .addColumn("end_user", "text")
    .addColumn("session_id", "text")
    .addColumn("model", "text", required)
    .addColumn("provider", "text")
    .addColumn("tokens", "bigint", required)
    .addColumn("cost", "bigint", required)
    .addColumn("record", "text", required)
    // PostgreSQL wants the column that it partitions by in every unique key.
    .addPrimaryKeyConstraint("request_log_identity", engine === "postgres" ? ["id", "began"] : ["id"]);
  await (engine === "postgres" ? table.modifyEnd(sql`partition by range (began)`) : table).execute();
  await db.schema.createIndex("request_log_by_age").on("request_log").column("began").execute();
  // Part of the hash is as good as the whole, and an index of a fifth of the size is written in half the time.
  await db.schema
    .createIndex("request_log_by_key_id")
    .on("request_log")
    .expression(sql`substr(key_id, 1, 12), began`)
    .where(sql.ref("key_id"), "is not", null)
    .execute();
  for (const column of ["user_id", "team_id", "end_user", "session_id"])
    await db.schema
      .createIndex(`request_log_by_${column}`)
      .on("request_log")
      .columns([column, "began"])
      .where(sql.ref(column), "is not", null)
      .execute();
}

const keyColumns = (table: CreateTableBuilder<string>): CreateTableBuilder<string> =>
  table
    .addColumn("token", "text", (column) => column.primaryKey())
    .addColumn("key_name", "text", required)
    .addColumn("key_alias", "text")
    .addColumn("user_id", "text")
    .addColumn("team_id", "text")
    .addColumn("organization_id", "text")
    .addColumn("models", "text", json("[]"))
    .addColumn("aliases", "text", json("{}"))
    .addColumn("allowed_routes", "text", json("[]"))
    .addColumn("permissions", "text", json("{}"))
    .addColumn("metadata", "text", json("{}"))
    .addColumn("max_budget", "bigint")
    .addColumn("soft_budget", "bigint")
    .addColumn("budget_duration", "text")
    .addColumn("budget_reset_at", "bigint")
    .addColumn("period_began_at", "bigint", zero)
    .addColumn("spend", "bigint", zero)
    .addColumn("rpm_limit", "bigint")
    .addColumn("tpm_limit", "bigint")
    .addColumn("max_parallel_requests", "bigint")
    .addColumn("expires", "bigint")
    .addColumn("blocked", "integer", zero)
    .addColumn("created_at", "bigint", required)
    .addColumn("created_by", "text")
    .addColumn("updated_at", "bigint", required)
    .addColumn("updated_by", "text")
    .addColumn("last_active", "bigint")
    .addColumn("extra", "text", json("{}"));

async function createRollups(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable("rollups")
    .addColumn("dimension", "text", required)
    .addColumn("value", "text", required)
    .addColumn("hour", "bigint", required)
    .addColumn("key_id", "text", required)
    .addColumn("model", "text", required)
    .addColumn("provider", "text", required)
    .addColumn("requests", "bigint", zero)
    .addColumn("successes", "bigint", zero)
    .addColumn("failures", "bigint", zero)
    .addColumn("input", "bigint", zero)
    .addColumn("cache_read", "bigint", zero)
    .addColumn("cache_write", "bigint", zero)
    .addColumn("output", "bigint", zero)
    .addColumn("reasoning", "bigint", zero)
    .addColumn("cost", "bigint", zero)
    .addPrimaryKeyConstraint("rollups_order", ["dimension", "value", "hour", "key_id", "model", "provider"])
    .execute();
  await db.schema.createIndex("rollups_by_hour").on("rollups").columns(["dimension", "hour"]).execute();
}

async function createChanges(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable("changes")
    .addColumn("sequence", engine === "postgres" ? "bigint" : "integer", (column) =>
      engine === "postgres" ? column.primaryKey().generatedAlwaysAsIdentity() : column.primaryKey().autoIncrement(),
    )
    .addColumn("kind", "text", required)
    .addColumn("id", "text", required)
    .addColumn("at", "bigint", required)
    .execute();
  await db.schema.createIndex("changes_by_age").on("changes").column("at").execute();
}
