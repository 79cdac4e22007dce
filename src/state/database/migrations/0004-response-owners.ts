/** Finds how much one owner keeps, from the index alone: the answers themselves are long. */

import type { Kysely } from "kysely";
import type { Schema } from "../schema.ts";

export async function createResponseOwners(db: Kysely<Schema>): Promise<void> {
  const columns = ["owner", "created_at", "id", "bytes"];
  await db.schema.createIndex("responses_by_owner").on("responses").columns(columns).execute();
}
