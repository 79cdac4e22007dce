/** Writes many rows with few statements: several rows a statement on SQLite, arrays on PostgreSQL; raw, because this is the hot end of the log. */

import { CompiledQuery, type Kysely } from "kysely";
import { type Engine, postgresSchema } from "./schema.ts";

export type Value = string | number | null;

export interface Target {
  readonly table: string;
  readonly columns: readonly Column[];
  /** What to do with a row that is there already: "on conflict …". */
  readonly conflict: string;
}

export interface Column {
  readonly name: string;
  readonly type: "text" | "bigint";
}

/** Numbers of rows that have a statement: few texts, so that all of them stay prepared. */
const sizes = [64, 16, 4, 1];

export const qualified = (engine: Engine, table: string): string =>
  engine === "postgres" ? `${postgresSchema}.${table}` : table;

/** A connection or a transaction, whatever its tables. */
export type Executor = Pick<Kysely<never>, "executeQuery">;

/** Rows hold their values in the order of the columns. */
export async function insertMany(
  db: Executor,
  engine: Engine,
  target: Target,
  rows: readonly (readonly Value[])[],
): Promise<void> {
  if (rows.length === 0) return;
  if (engine === "postgres") {
    const columns = target.columns.map((_, index) => rows.map((row) => row[index] ?? null));
    await db.executeQuery(CompiledQuery.raw(arrayInsert(target), columns));
    return;
  }
  let done = 0;
  for (const size of sizes)
    while (rows.length - done >= size) {
      const values = rows.slice(done, done + size).flat();
      await db.executeQuery(CompiledQuery.raw(rowsInsert(target, size), values));
      done += size;
    }
}

const names = ({ columns }: Target): string => columns.map(({ name }) => name).join(", ");

function arrayInsert(target: Target): string {
  const arrays = target.columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(", ");
  const table = qualified("postgres", target.table);
  return `insert into ${table} as old (${names(target)}) select * from unnest(${arrays}) ${target.conflict}`;
}

function rowsInsert(target: Target, size: number): string {
  const row = `(${target.columns.map(() => "?").join(", ")})`;
  const rows = Array.from({ length: size }, () => row).join(", ");
  return `insert into ${target.table} as old (${names(target)}) values ${rows} ${target.conflict}`;
}
