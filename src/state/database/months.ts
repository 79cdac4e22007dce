/** Where the rows of the request log lie: in one file for each month on SQLite, in partitions of one table on PostgreSQL. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Kysely, sql } from "kysely";
import { createRequestLog } from "./migrations/0001-first.ts";
import { postgresSchema, type Schema } from "./schema.ts";
import { openSqlite, sqliteDialect } from "./sqlite.ts";

export type Log = Kysely<Pick<Schema, "request_log">>;

export interface Months {
  /** Shows those that hold what began in this span (both ends belong to it), newest first, until the visitor has enough. */
  visit(from: number, to: number, visitor: (log: Log) => Promise<"more" | "enough">): Promise<void>;
  /** The place for what began then, made where there is none. For one writer: it stays open at least until the next call. */
  holding(began: number): Promise<Log>;
  close(): Promise<void>;
}

const fileName = /^requests-(\d{4}-\d{2})\.sqlite$/;
/** Late records of the last month come while this month's are written. */
const mostOpen = 2;
/** The shape that this version writes; kept as the file's user_version. */
const shape = 1;

const monthOf = (time: number): string => new Date(time).toISOString().slice(0, 7);

export function createSqliteMonths(folder: string): Months {
  const open = new Map<string, Log>();
  const pathOf = (month: string): string => join(folder, `requests-${month}.sqlite`);
  return {
    visit: async (from, to, visitor) => {
      const [first, last] = [monthOf(from), monthOf(to)];
      const months = readdirSync(folder).map((name) => fileName.exec(name)?.[1] ?? "");
      const wanted = months.filter((month) => month !== "" && month >= first && month <= last);
      for (const month of wanted.sort().reverse()) {
        const log = await openMonth(pathOf(month));
        try {
          if ((await visitor(log)) === "enough") return;
        } finally {
          await log.destroy();
        }
      }
    },
    holding: async (began) => {
      const month = monthOf(began);
      const log = open.get(month) ?? (await openMonth(pathOf(month)));
      open.delete(month);
      open.set(month, log);
      for (const [oldest, other] of open) {
        if (open.size <= mostOpen) break;
        open.delete(oldest);
        await other.destroy();
      }
      return log;
    },
    close: async () => {
      for (const log of open.values()) await log.destroy();
      open.clear();
    },
  };
}

async function openMonth(path: string): Promise<Log> {
  const file = openSqlite(path);
  const log: Log = new Kysely({ dialect: sqliteDialect(file) });
  const version = (): number => Number(file.prepare("pragma user_version").get()?.["user_version"]);
  if (version() < shape)
    await log.transaction().execute(async (transaction) => {
      // Somebody else may have made it while we waited for the lock.
      if (version() >= shape) return;
      await createRequestLog(transaction, "sqlite");
      file.exec(`pragma user_version = ${shape}`);
    });
  return log;
}

export function createPostgresMonths(db: Kysely<Schema>): Months {
  const made = new Set<string>();
  return {
    visit: async (_from, _to, visitor) => {
      await visitor(db);
    },
    holding: async (began) => {
      const month = monthOf(began);
      if (!made.has(month)) {
        await createPartition(db, month);
        made.add(month);
      }
      return db;
    },
    close: () => Promise.resolve(),
  };
}

/** Two gateways that want the same month at once: the advisory lock lets one of them find it made. */
async function createPartition(db: Kysely<Schema>, month: string): Promise<void> {
  const begins = Date.parse(`${month}-01T00:00:00Z`);
  const ends = new Date(begins).setUTCMonth(new Date(begins).getUTCMonth() + 1);
  const partition = sql.table(`${postgresSchema}.request_log_${month.replace("-", "_")}`);
  const parent = sql.table(`${postgresSchema}.request_log`);
  await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(hashtext(${`gatehouse partition ${month}`}))`.execute(transaction);
    await sql`create table if not exists ${partition} partition of ${parent} for values from (${sql.lit(begins)}) to (${sql.lit(ends)})`.execute(
      transaction,
    );
  });
}
