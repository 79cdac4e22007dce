/** Adds what calls cost to the spend of their keys, and begins a new budget period where the old one is over. */

import { CompiledQuery, type Kysely } from "kysely";
import type { CallRecord } from "../../canonical/call-record.ts";
import { qualified } from "./insert-many.ts";
import { nextReset } from "./periods.ts";
import type { Engine, KeyTable, Schema } from "./schema.ts";

/** What a batch of records does to one key. */
interface Charge {
  readonly token: string;
  /** Nano-dollars. */
  readonly cost: number;
  /** The period ended in between: the spend begins at zero. */
  readonly reset: boolean;
  readonly resetsAt: number | null;
  readonly began: number;
  readonly lastActive: number;
}

type PeriodRow = Pick<KeyTable, "token" | "budget_duration" | "budget_reset_at" | "period_began_at">;

const prefix = "key:";
const mostAtOnce = 500;

export async function addToSpend(db: Kysely<Schema>, engine: Engine, records: readonly CallRecord[]): Promise<void> {
  const byKey = new Map<string, CallRecord[]>();
  for (const record of records)
    for (const token of tokensOf(record)) {
      const known = byKey.get(token);
      if (known) known.push(record);
      else byKey.set(token, [record]);
    }
  const tokens = [...byKey.keys()].sort();
  for (let from = 0; from < tokens.length; from += mostAtOnce) {
    const some = tokens.slice(from, from + mostAtOnce);
    const unknown = await chargeIn(db, engine, "keys", some, byKey);
    // A key that was deleted while its last calls ran: the archive knows what they cost.
    if (unknown.length > 0) await chargeIn(db, engine, "deleted_keys", unknown, byKey);
  }
}

/** The keys that owe for it, each once. */
function tokensOf({ keyId, scopes }: CallRecord): ReadonlySet<string> {
  const tokens = new Set<string>();
  if (keyId !== undefined && keyId !== "admin") tokens.add(keyId);
  for (const scope of scopes) if (scope.startsWith(prefix)) tokens.add(scope.slice(prefix.length));
  return tokens;
}

async function chargeIn(
  db: Kysely<Schema>,
  engine: Engine,
  table: "keys" | "deleted_keys",
  tokens: readonly string[],
  byKey: ReadonlyMap<string, readonly CallRecord[]>,
): Promise<readonly string[]> {
  const found = db
    .selectFrom(table as "keys")
    .select(["token", "budget_duration", "budget_reset_at", "period_began_at"])
    .where("token", "in", tokens)
    .orderBy("token");
  const rows = await (engine === "postgres" ? found.forUpdate() : found).execute();
  const charges = rows.map((row) => chargeOf(row, byKey.get(row.token) ?? []));
  if (charges.length > 0) await (engine === "postgres" ? chargeAll : chargeEach)(db, table, charges);
  const known = new Set(rows.map(({ token }) => token));
  return tokens.filter((token) => !known.has(token));
}

function chargeOf(row: PeriodRow, records: readonly CallRecord[]): Charge {
  let { budget_reset_at: resetsAt, period_began_at: began } = row;
  let cost = 0;
  let reset = false;
  let lastActive = 0;
  for (const record of records.toSorted((a, b) => a.ended - b.ended)) {
    lastActive = Math.max(lastActive, record.ended);
    if (row.budget_duration !== null && resetsAt !== null && record.ended >= resetsAt) {
      reset = true;
      cost = 0;
      began = resetsAt;
      resetsAt = nextReset(row.budget_duration, record.ended, resetsAt);
    }
    // It ended in a period that is over: another gateway was quicker with the next one.
    if (record.ended >= began) cost += record.cost;
  }
  return { token: row.token, cost, reset, resetsAt, began, lastActive };
}

/** Nine million dollars: numbers are exact up to here, and a spend that is larger stays here. */
const most = Number.MAX_SAFE_INTEGER;

async function chargeEach(db: Kysely<Schema>, table: string, charges: readonly Charge[]): Promise<void> {
  const text = `update ${table} set spend = max(0, min(${most}, case when ? then 0 else spend end + ?)), budget_reset_at = ?, period_began_at = ?, last_active = max(coalesce(last_active, 0), ?) where token = ?`;
  for (const { token, cost, reset, resetsAt, began, lastActive } of charges)
    await db.executeQuery(CompiledQuery.raw(text, [reset ? 1 : 0, cost, resetsAt, began, lastActive, token]));
}

async function chargeAll(db: Kysely<Schema>, table: string, charges: readonly Charge[]): Promise<void> {
  const text = `update ${qualified("postgres", table)} as old set
    spend = greatest(0, least(${most}, case when new.reset then 0 else old.spend end + new.cost)),
    budget_reset_at = new.resets_at, period_began_at = new.began, last_active = greatest(coalesce(old.last_active, 0), new.last_active)
    from unnest($1::text[], $2::bigint[], $3::boolean[], $4::bigint[], $5::bigint[], $6::bigint[]) as new(token, cost, reset, resets_at, began, last_active)
    where old.token = new.token`;
  await db.executeQuery(
    CompiledQuery.raw(text, [
      charges.map(({ token }) => token),
      charges.map(({ cost }) => cost),
      charges.map(({ reset }) => reset),
      charges.map(({ resetsAt }) => resetsAt),
      charges.map(({ began }) => began),
      charges.map(({ lastActive }) => lastActive),
    ]),
  );
}
