/** Answers of the Responses API as the database keeps them. */

import { type Kysely, sql } from "kysely";
import type { ResponseTable, Schema } from "./schema.ts";

type Db = Kysely<Schema>;
export type ResponseRow = ResponseTable;

/** False where the id is another's. */
export async function putResponse(db: Db, row: ResponseRow): Promise<boolean> {
  const { id: _, owner: __, ...change } = row;
  const done = await db
    .insertInto("responses")
    .values(row)
    .onConflict((conflict) => conflict.column("id").doUpdateSet(change).where("responses.owner", "=", row.owner))
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

export const findResponse = (db: Db, id: string, now: number): Promise<ResponseRow | undefined> =>
  db.selectFrom("responses").selectAll().where("id", "=", id).where("expires_at", ">", now).executeTakeFirst();

export async function deleteResponse(db: Db, id: string, owner: string): Promise<boolean> {
  const query = db.deleteFrom("responses").where("id", "=", id).where("owner", "=", owner).returning("id");
  return (await query.executeTakeFirst()) !== undefined;
}

export type ResponseLink = Pick<ResponseRow, "id" | "owner" | "previous" | "bytes">;

/** What led to an answer, itself first, across owners and without the texts: whoever asks must look at both. */
export const linksTo = (db: Db, id: string, now: number, most: number): Promise<readonly ResponseLink[]> =>
  db
    .withRecursive("chain", (query) =>
      query
        .selectFrom("responses")
        .select(["id", "owner", "previous", "bytes", sql<number>`0`.as("depth")])
        .where("id", "=", id)
        .where("expires_at", ">", now)
        .unionAll((later) =>
          later
            .selectFrom("responses as earlier")
            .innerJoin("chain", "chain.previous", "earlier.id")
            .select([
              "earlier.id",
              "earlier.owner",
              "earlier.previous",
              "earlier.bytes",
              sql<number>`chain.depth + 1`.as("depth"),
            ])
            .where("earlier.expires_at", ">", now)
            .where("chain.depth", "<", most),
        ),
    )
    .selectFrom("chain")
    .select(["id", "owner", "previous", "bytes"])
    .orderBy("depth")
    .execute();

export const responsesOf = (db: Db, ids: readonly string[]): Promise<readonly ResponseRow[]> =>
  db.selectFrom("responses").selectAll().where("id", "in", ids).execute();

export interface Held {
  readonly count: number;
  readonly bytes: number;
}

/** How much is kept: for one owner, or for all of them. */
export async function heldResponses(db: Db, owner?: string): Promise<Held> {
  let query = db.selectFrom("responses").select(({ fn }) => [fn.countAll().as("count"), fn.sum("bytes").as("bytes")]);
  if (owner !== undefined) query = query.where("owner", "=", owner);
  const { count, bytes } = await query.executeTakeFirstOrThrow();
  return { count: Number(count), bytes: Number(bytes ?? 0) };
}

/** Deletes of one owner's answers the oldest, at most so many at once, until what is left is no more than that; how many it were. */
export async function trimOwner(db: Db, owner: string, most: Held, atOnce: number): Promise<number> {
  const ranked = db
    .selectFrom("responses")
    .select([
      "id",
      sql<number>`row_number() over (order by created_at desc, id desc)`.as("place"),
      sql<number>`sum(bytes) over (order by created_at desc, id desc)`.as("held"),
    ])
    .where("owner", "=", owner)
    .as("ranked");
  const over = db
    .selectFrom(ranked)
    .select("ranked.id")
    .where((where) => where.or([where("ranked.place", ">", most.count), where("ranked.held", ">", most.bytes)]))
    .orderBy("ranked.place", "desc")
    .limit(atOnce);
  const deleted = await db.deleteFrom("responses").where("id", "in", over).returning("id").execute();
  return deleted.length;
}

/** Deletes what is over, the longest gone first, at most so many at once; how many it were. */
export async function pruneResponses(db: Db, now: number, most: number): Promise<number> {
  const over = db.selectFrom("responses").select("id").where("expires_at", "<=", now).orderBy("expires_at").limit(most);
  const deleted = await db.deleteFrom("responses").where("id", "in", over).returning("id").execute();
  return deleted.length;
}
