/** Hourly sums of what was asked and what it cost, for each key, model, provider, user, team, organisation, tag and end user. */

import { type Kysely, sql } from "kysely";
import type { CallRecord } from "../../canonical/call-record.ts";
import { type Column, insertMany, type Target, type Value } from "./insert-many.ts";
import type { Database } from "./open.ts";
import type { Engine, Schema } from "./schema.ts";

export type Dimension = "key" | "model" | "provider" | "user" | "team" | "organization" | "tag" | "end-user";

const hour = 3_600_000;
const mostTags = 50;
const longest = 256;

const measures = [
  "requests",
  "successes",
  "failures",
  "input",
  "cache_read",
  "cache_write",
  "output",
  "reasoning",
  "cost",
] as const;
const identity = ["dimension", "value", "hour", "key_id", "model", "provider"] as const;

const target: Target = {
  table: "rollups",
  columns: [...identity, ...measures].map(
    (name): Column => ({
      name,
      type: name === "hour" || measures.some((measure) => measure === name) ? "bigint" : "text",
    }),
  ),
  conflict: `on conflict (${identity.join(", ")}) do update set ${measures
    .map((name) => `${name} = old.${name} + excluded.${name}`)
    .join(", ")}`,
};

/** Sums up first, so that a thousand records of one key are a few rows. */
export function addToRollups(db: Kysely<Schema>, engine: Engine, records: readonly CallRecord[]): Promise<void> {
  const sums = new Map<string, Sum>();
  for (const record of records) {
    const measured = measuresOf(record);
    for (const place of placesOf(record)) {
      const name = place.join("\0");
      const known = sums.get(name);
      if (known)
        for (let index = 0; index < measured.length; index++)
          known.sums[index] = (known.sums[index] ?? 0) + (measured[index] ?? 0);
      else sums.set(name, { place, sums: [...measured] });
    }
  }
  // In one order for everybody: two replicas that add to the same rows then wait for each other, and never in a circle.
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => [...row.place, ...row.sums]);
  return insertMany(db, engine, target, rows);
}

interface Sum {
  readonly place: readonly Value[];
  readonly sums: number[];
}

function measuresOf({ outcome, usage, cost, settles }: CallRecord): readonly number[] {
  // Of a call that was counted already, only what it came to is new.
  const request = settles === undefined ? 1 : 0;
  const success = outcome === "answered" ? request : 0;
  if (!usage) return [request, success, request - success, 0, 0, 0, 0, 0, cost];
  const { totalInput, cacheRead, cacheWrite, totalOutput, reasoning } = usage;
  const [input, read, write] = [whole(totalInput), whole(cacheRead), whole(cacheWrite)];
  return [request, success, request - success, input, read, write, whole(totalOutput), whole(reasoning), cost];
}

/** Vendors count tokens in many ways, also in fractions and in nothing. */
const whole = (value: number): number => (Number.isFinite(value) && value > 0 ? Math.round(value) : 0);

function placesOf(record: CallRecord): readonly (readonly Value[])[] {
  const at = record.began - (record.began % hour);
  const key = clean(record.keyId ?? "");
  // A name that led nowhere is the client's invention: it would make rows without end.
  const model = record.deployment === undefined ? "" : clean(record.model);
  const provider = clean(record.provider ?? "");
  const places: Value[][] = [
    ["key", key, at, key, model, provider],
    ["model", model, at, "", model, provider],
    ["provider", provider, at, "", "", provider],
  ];
  const more = (dimension: Dimension, value: string | undefined): void => {
    if (value !== undefined && value !== "") places.push([dimension, clean(value), at, key, model, provider]);
  };
  more("user", record.userId);
  more("team", record.teamId);
  more("organization", record.organizationId);
  more("end-user", record.endUser);
  if (record.tags.length > 0) for (const tag of new Set(record.tags.slice(0, mostTags))) more("tag", tag);
  return places;
}

/** PostgreSQL takes no NUL in a text, and here it parts the names of a place. */
const clean = (value: string): string => {
  const short = value.length > longest ? value.slice(0, longest) : value;
  return short.includes("\0") ? short.replaceAll("\0", "\uFFFD") : short;
};

export interface RollupFilter {
  readonly dimension: Dimension;
  /** Milliseconds since the epoch; whole hours: the one that holds `from` to the one that holds `to`. */
  readonly from: number;
  readonly to: number;
  readonly value?: string;
  readonly keyId?: string;
}

/** Nano-dollars that all calls have cost since the hour that holds `from`. */
export async function costSince({ db }: Pick<Database, "db">, from: number): Promise<number> {
  const row = await db
    .selectFrom("rollups")
    .where("dimension", "=", "provider")
    .where("hour", ">=", Math.floor(from / hour) * hour)
    .select((query) => query.fn.sum("cost").as("cost"))
    .executeTakeFirst();
  return Number(row?.cost ?? 0);
}

export interface DailySum {
  /** When the UTC day began. */
  readonly day: number;
  readonly value: string;
  readonly model: string;
  /** Nano-dollars. */
  readonly cost: number;
  readonly requests: number;
}

const day = 24 * hour;

export async function dailySums({ db }: Pick<Database, "db">, filter: RollupFilter): Promise<readonly DailySum[]> {
  let query = db
    .selectFrom("rollups")
    .where("dimension", "=", filter.dimension)
    .where("hour", ">=", Math.floor(filter.from / hour) * hour)
    .where("hour", "<=", filter.to);
  if (filter.value !== undefined) query = query.where("value", "=", filter.value);
  if (filter.keyId !== undefined) query = query.where("key_id", "=", filter.keyId);
  const began = sql<number>`hour - hour % ${sql.lit(day)}`;
  const rows = await query
    .select([began.as("day"), "value", "model"])
    // As floats: a sum beyond 2^53 nano-dollars is then a little less exact instead of an error.
    .select([
      sql<number>`cast(sum(cost) as double precision)`.as("cost"),
      sql<number>`cast(sum(requests) as double precision)`.as("requests"),
    ])
    .groupBy([began, "value", "model"])
    .orderBy("day")
    .execute();
  return rows;
}
