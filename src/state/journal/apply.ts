/** Brings a batch of the journal into the database together with the place it was read to: exactly once, whatever crashes. */

import type { Kysely } from "kysely";
import type { Database } from "../database/open.ts";
import { insertLines, type Line } from "../database/request-log.ts";
import { addToRollups } from "../database/rollups.ts";
import type { Schema } from "../database/schema.ts";
import { notYetSettled } from "../database/settlements.ts";
import { addToSpend } from "../database/spend.ts";

export interface Step {
  readonly segment: string;
  readonly from: number;
  readonly to: number;
}

export async function positionIn({ db }: Database, segment: string): Promise<number> {
  const row = await db.selectFrom("journals").select("position").where("segment", "=", segment).executeTakeFirst();
  return row?.position ?? 0;
}

/** The segment is no more: its place need not be remembered. To be called after the file is gone, never before. */
export async function forgetSegment({ db }: Database, segment: string): Promise<void> {
  await db.deleteFrom("journals").where("segment", "=", segment).execute();
}

/** False where the step was taken already. */
export async function apply(database: Database, step: Step, lines: readonly Line[]): Promise<boolean> {
  const { db, engine, months } = database;
  const records = lines.map(({ record }) => record);
  const logs = byMonth(lines);
  if (engine === "postgres") {
    // Before the transaction: a partition cannot be made while this one holds rows of its parent.
    for (const [began] of logs) await months.holding(began);
  } else {
    // The log lies in other files, which no transaction can span safely: its rows go first, and those that are there already stay.
    for (const [began, some] of logs) {
      const log = await months.holding(began);
      await log.transaction().execute((transaction) => insertLines(transaction, engine, some));
    }
  }
  return db.transaction().execute(async (transaction) => {
    if (!(await move(transaction, step))) return false;
    if (engine === "postgres") await insertLines(transaction, engine, lines);
    const counted = await notYetSettled(transaction, records);
    await addToRollups(transaction, engine, counted);
    await addToSpend(transaction, engine, counted);
    return true;
  });
}

/** Only from where the step begins: whoever comes second with the same step changes nothing. */
async function move(transaction: Kysely<Schema>, { segment, from, to }: Step): Promise<boolean> {
  const result = await transaction
    .insertInto("journals")
    .values({ segment, position: to })
    .onConflict((conflict) =>
      conflict.column("segment").doUpdateSet({ position: to }).where("journals.position", "=", from),
    )
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** By a moment of the month. */
function byMonth(lines: readonly Line[]): ReadonlyMap<number, readonly Line[]> {
  const months = new Map<number, Line[]>();
  let begins = 0;
  let ends = 0;
  for (const line of lines) {
    const { began } = line.record;
    if (began < begins || began >= ends) {
      const date = new Date(began);
      begins = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
      ends = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    }
    const known = months.get(begins);
    if (known) known.push(line);
    else months.set(begins, [line]);
  }
  return months;
}
