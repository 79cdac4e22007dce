/** The table of answers that clients may ask for again and build on. */

import type { Kysely } from "kysely";
import type { Schema } from "../schema.ts";

export async function createResponses(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable("responses")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("owner", "text", (column) => column.notNull())
    .addColumn("previous", "text")
    .addColumn("model", "text", (column) => column.notNull())
    .addColumn("deployment", "text")
    .addColumn("vendor_id", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("bytes", "bigint", (column) => column.notNull())
    .addColumn("input", "text", (column) => column.notNull())
    .addColumn("response", "text", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("responses_by_expiry").on("responses").column("expires_at").execute();
}
