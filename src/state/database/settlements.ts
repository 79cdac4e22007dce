/** Calls of which it became known only later what they came to: each is counted once, whoever wrote it down, and however often. */

import type { Kysely } from "kysely";
import type { CallRecord } from "../../canonical/call-record.ts";
import type { Schema } from "./schema.ts";

type Db = Kysely<Schema>;

/** The records without those that say once more what was settled before. To be called in the transaction that counts them. */
export async function notYetSettled(db: Db, records: readonly CallRecord[]): Promise<readonly CallRecord[]> {
  if (records.every(({ settles }) => settles === undefined)) return records;
  const first: CallRecord[] = [];
  for (const record of records) if (await isFirst(db, record)) first.push(record);
  return first;
}

async function isFirst(db: Db, { settles, ended }: CallRecord): Promise<boolean> {
  if (settles === undefined) return true;
  const row = await db
    .insertInto("settlements")
    .values({ id: settles, at: ended })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

export async function isSettled(db: Db, call: string): Promise<boolean> {
  return (await db.selectFrom("settlements").select("id").where("id", "=", call).executeTakeFirst()) !== undefined;
}

export const pruneSettlements = (db: Db, before: number): Promise<unknown> =>
  db.deleteFrom("settlements").where("at", "<", before).execute();
