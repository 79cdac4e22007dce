/** What becomes known of a call only later: what an answer was settled with, and which calls were settled anew. */

import type { Kysely } from "kysely";
import type { Schema } from "../schema.ts";

export async function createSettlements(db: Kysely<Schema>): Promise<void> {
  await db.schema.alterTable("responses").addColumn("owed", "text").execute();
  await db.schema
    .createTable("settlements")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("at", "bigint", (column) => column.notNull())
    .execute();
}
