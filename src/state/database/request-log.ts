/** The request log: one row for every request however it ended, never changed, read newest first by keyset pages. */

import { type SelectQueryBuilder, sql } from "kysely";
import { type CallRecord, settlementOf } from "../../canonical/call-record.ts";
import { type Executor, insertMany, type Target, type Value } from "./insert-many.ts";
import type { Log } from "./months.ts";
import type { Database } from "./open.ts";
import type { Engine, RequestLogTable, Schema } from "./schema.ts";

/** A record with its line in the journal, which is kept as it stands. */
export interface Line {
  readonly record: CallRecord;
  readonly text: string;
}

export interface LogFilter {
  /** A call with what settles it later. */
  readonly id?: string;
  readonly keyId?: string;
  readonly userId?: string;
  readonly teamId?: string;
  readonly endUser?: string;
  readonly sessionId?: string;
  readonly model?: string;
  /** Milliseconds since the epoch; both ends belong to it. */
  readonly from?: number;
  readonly to?: number;
}

/** Where a page ended: the next one holds what is older. */
export interface LogCursor {
  readonly began: number;
  readonly id: string;
}

const text = (name: string) => ({ name, type: "text" }) as const;
const number = (name: string) => ({ name, type: "bigint" }) as const;

const target: Target = {
  table: "request_log",
  columns: [
    text("id"),
    number("began"),
    number("ended"),
    text("outcome"),
    number("status"),
    text("key_id"),
    text("user_id"),
    text("team_id"),
    text("end_user"),
    text("session_id"),
    text("model"),
    text("provider"),
    number("tokens"),
    number("cost"),
    text("record"),
  ],
  // A row that is there already was written before a crash by the same line of the journal.
  conflict: "on conflict do nothing",
};

const longest = 1024;
/** PostgreSQL takes no NUL in a text. */
const clean = (value: string | undefined): string | null =>
  value === undefined ? null : value.slice(0, longest).replaceAll("\0", "\uFFFD");

const valuesOf = ({ record, text: line }: Line): readonly Value[] => [
  clean(record.id) ?? "",
  record.began,
  record.ended,
  clean(record.outcome) ?? "",
  record.status,
  clean(record.keyId),
  clean(record.userId),
  clean(record.teamId),
  clean(record.endUser),
  clean(record.sessionId),
  clean(record.model) ?? "",
  clean(record.provider),
  Math.round((record.usage?.totalInput ?? 0) + (record.usage?.totalOutput ?? 0)) || 0,
  record.cost,
  line,
];

/** Into one month's place; what is there already stays as it is. */
export const insertLines = (log: Executor, engine: Engine, lines: readonly Line[]): Promise<void> =>
  insertMany(log, engine, target, lines.map(valuesOf));

export type LogRow = RequestLogTable;

/** The newest first. */
export async function readLog(
  { months }: Pick<Database, "months">,
  filter: LogFilter,
  limit: number,
  before?: LogCursor,
): Promise<readonly LogRow[]> {
  const rows: LogRow[] = [];
  const from = filter.from ?? 0;
  const to = Math.min(filter.to ?? latest, before?.began ?? latest);
  await months.visit(from, to, async (log) => {
    rows.push(...(await page(log, { ...filter, from, to }, limit - rows.length, before)));
    return rows.length >= limit ? "enough" : "more";
  });
  return rows;
}

/** The end of the year 9999. */
const latest = 253_402_300_799_999;

function page(log: Log, filter: LogFilter, limit: number, before: LogCursor | undefined): Promise<readonly LogRow[]> {
  let query: SelectQueryBuilder<Pick<Schema, "request_log">, "request_log", LogRow> = log
    .selectFrom("request_log")
    .selectAll()
    .where("began", ">=", filter.from ?? 0)
    .where("began", "<=", filter.to ?? latest);
  const equal = {
    key_id: filter.keyId,
    user_id: filter.userId,
    team_id: filter.teamId,
    end_user: filter.endUser,
    session_id: filter.sessionId,
    model: filter.model,
  } as const;
  for (const [column, value] of Object.entries(equal))
    if (value !== undefined) query = query.where(column as keyof typeof equal, "=", value);
  if (filter.id !== undefined) query = query.where("id", "in", [filter.id, settlementOf(filter.id)]);
  // As the index has it.
  if (filter.keyId !== undefined) query = query.where(sql`substr(key_id, 1, 12)`, "=", filter.keyId.slice(0, 12));
  if (before) query = query.where((is) => is(is.refTuple("began", "id"), "<", is.tuple(before.began, before.id)));
  return query.orderBy("began", "desc").orderBy("id", "desc").limit(limit).execute();
}

/** The record as it was journalled. */
export const recordOf = (row: LogRow): CallRecord => JSON.parse(row.record) as CallRecord;
