/** The tables, as the code sees them. Money is integer nano-dollars, time UTC milliseconds, a truth value 0 or 1, JSON text. */

import type { Generated } from "kysely";

export interface Schema {
  keys: KeyTable;
  deleted_keys: DeletedKeyTable;
  request_log: RequestLogTable;
  rollups: RollupTable;
  settings: SettingTable;
  changes: ChangeTable;
  journals: JournalTable;
  responses: ResponseTable;
  settlements: SettlementTable;
}

export interface KeyTable {
  /** SHA-256 of the key, in hex. */
  readonly token: string;
  /** "sk-...abcd" */
  readonly key_name: string;
  readonly key_alias: string | null;
  readonly user_id: string | null;
  readonly team_id: string | null;
  readonly organization_id: string | null;
  readonly models: string;
  readonly aliases: string;
  readonly allowed_routes: string;
  readonly permissions: string;
  readonly metadata: string;
  readonly max_budget: number | null;
  readonly soft_budget: number | null;
  readonly budget_duration: string | null;
  readonly budget_reset_at: number | null;
  /** When the period that `spend` counts began; what ended earlier does not count any more. */
  readonly period_began_at: number;
  readonly spend: number;
  readonly rpm_limit: number | null;
  readonly tpm_limit: number | null;
  readonly max_parallel_requests: number | null;
  readonly expires: number | null;
  readonly blocked: number;
  readonly created_at: number;
  readonly created_by: string | null;
  readonly updated_at: number;
  readonly updated_by: string | null;
  readonly last_active: number | null;
  /** Documented fields that have no column of their own yet: nothing that a client sent is lost. */
  readonly extra: string;
}

export interface DeletedKeyTable extends KeyTable {
  readonly deleted_at: number;
  readonly deleted_by: string | null;
}

export interface RequestLogTable {
  readonly id: string;
  readonly began: number;
  readonly ended: number;
  readonly outcome: string;
  readonly status: number;
  readonly key_id: string | null;
  readonly user_id: string | null;
  readonly team_id: string | null;
  readonly end_user: string | null;
  readonly session_id: string | null;
  readonly model: string;
  readonly provider: string | null;
  readonly tokens: number;
  readonly cost: number;
  /** The whole CallRecord as it stood in the journal. */
  readonly record: string;
}

interface RollupTable {
  /** "key", "model", "provider", "user", "team", "organization", "tag", "end-user" */
  readonly dimension: string;
  readonly value: string;
  /** When the hour began. */
  readonly hour: number;
  /** Empty in the dimensions "model" and "provider", which are read without regard to keys. */
  readonly key_id: string;
  readonly model: string;
  readonly provider: string;
  readonly requests: number;
  readonly successes: number;
  readonly failures: number;
  readonly input: number;
  readonly cache_read: number;
  readonly cache_write: number;
  readonly output: number;
  readonly reasoning: number;
  readonly cost: number;
}

interface SettingTable {
  readonly name: string;
  readonly value: string;
}

interface ChangeTable {
  readonly sequence: Generated<number>;
  readonly kind: string;
  readonly id: string;
  readonly at: number;
}

interface JournalTable {
  /** The name of a segment's file: unique among all gateways. */
  readonly segment: string;
  /** Bytes of it that are applied. */
  readonly position: number;
}

export interface ResponseTable {
  /** "resp_…" */
  readonly id: string;
  readonly owner: string;
  /** The answer that it builds on. */
  readonly previous: string | null;
  readonly model: string;
  readonly deployment: string | null;
  /** The vendor's own id, where it keeps the answer too. */
  readonly vendor_id: string | null;
  readonly created_at: number;
  readonly expires_at: number;
  readonly status: string;
  /** Characters of `input` and `response`. */
  readonly bytes: number;
  readonly input: string;
  readonly response: string;
  /** What its call was settled with, as JSON, while the vendor goes on with it. */
  readonly owed: string | null;
}

interface SettlementTable {
  /** The call of which it became known later what it came to. */
  readonly id: string;
  readonly at: number;
}

export type Engine = "sqlite" | "postgres";

/** On PostgreSQL all tables stand in a schema of their own: the database may belong to somebody else too. */
export const postgresSchema = "gatehouse";
