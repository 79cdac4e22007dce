/** Virtual keys: made, found, listed, changed and deleted; every change is announced in its own transaction. */

import { hash } from "node:crypto";
import type { Kysely, SelectQueryBuilder } from "kysely";
import { GatewayError } from "../../canonical/error.ts";
import { announce } from "./changes.ts";
import type { Database } from "./open.ts";
import type { DeletedKeyTable, KeyTable, Schema } from "./schema.ts";

export type KeyRow = KeyTable;
export type DeletedKeyRow = DeletedKeyTable;
export type KeyChange = Partial<Omit<KeyTable, "token" | "created_at" | "created_by">>;

/** A key without limits, names or an end: what is said of a key is put over it. */
export const emptyKey: KeyRow = {
  token: "",
  key_name: "",
  key_alias: null,
  user_id: null,
  team_id: null,
  organization_id: null,
  models: "[]",
  aliases: "{}",
  allowed_routes: "[]",
  permissions: "{}",
  metadata: "{}",
  max_budget: null,
  soft_budget: null,
  budget_duration: null,
  budget_reset_at: null,
  period_began_at: 0,
  spend: 0,
  rpm_limit: null,
  tpm_limit: null,
  max_parallel_requests: null,
  expires: null,
  blocked: 0,
  created_at: 0,
  created_by: null,
  updated_at: 0,
  updated_by: null,
  last_active: null,
  extra: "{}",
};

/** The name of a key in the database: its SHA-256. What is looked up is this, so how long a lookup takes tells nothing about a key. */
export const tokenOf = (key: string): string => hash("sha256", key);

export const findKey = ({ db }: Database, token: string): Promise<KeyRow | undefined> =>
  db.selectFrom("keys").selectAll().where("token", "=", token).executeTakeFirst();

export const findDeletedKey = ({ db }: Database, token: string): Promise<DeletedKeyRow | undefined> =>
  db.selectFrom("deleted_keys").selectAll().where("token", "=", token).executeTakeFirst();

/** Refuses a key or an alias that is there already, and changes nothing then. */
export async function insertKey({ db }: Database, row: KeyRow): Promise<void> {
  await unlessTaken(db, row.token, row.key_alias, async (transaction) => {
    await transaction.insertInto("keys").values(row).execute();
    await announce(transaction, [row.token], row.created_at);
  });
}

/** The row as it is afterwards; undefined where there is no such key. */
export async function updateKey({ db }: Database, token: string, change: KeyChange): Promise<KeyRow | undefined> {
  return unlessTaken(db, undefined, change.key_alias ?? null, async (transaction) => {
    const query = transaction.updateTable("keys").set(change).where("token", "=", token).returningAll();
    const row = await query.executeTakeFirst();
    if (row) await announce(transaction, [token], row.updated_at);
    return row;
  });
}

/** All of them or none: the tokens that are unknown are the answer, and then nothing was deleted. */
export async function deleteKeys(
  { db }: Database,
  tokens: readonly string[],
  { now, by }: { readonly now: number; readonly by: string },
): Promise<{ readonly unknown: readonly string[] }> {
  return db
    .transaction()
    .execute(async (transaction) => {
      const unknown: string[] = [];
      for (const token of tokens) {
        const row = await transaction.deleteFrom("keys").where("token", "=", token).returningAll().executeTakeFirst();
        if (!row) {
          unknown.push(token);
          continue;
        }
        await transaction.deleteFrom("deleted_keys").where("token", "=", token).execute();
        await transaction
          .insertInto("deleted_keys")
          .values({ ...row, deleted_at: now, deleted_by: by })
          .execute();
      }
      if (unknown.length > 0) throw new Unknown(unknown);
      await announce(transaction, tokens, now);
      return { unknown };
    })
    .catch((error: unknown) => {
      if (error instanceof Unknown) return { unknown: error.tokens };
      throw error;
    });
}

class Unknown extends Error {
  readonly tokens: readonly string[];
  constructor(tokens: readonly string[]) {
    super("unknown keys");
    this.tokens = tokens;
  }
}

/** The tokens of these aliases; what is no alias is left out. */
export async function tokensOfAliases(
  { db }: Database,
  aliases: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (aliases.length === 0) return new Map();
  const rows = await db.selectFrom("keys").select(["key_alias", "token"]).where("key_alias", "in", aliases).execute();
  return new Map(rows.map(({ key_alias, token }) => [key_alias ?? "", token]));
}

export const sortableBy = [
  "created_at",
  "updated_at",
  "spend",
  "max_budget",
  "key_alias",
  "key_name",
  "expires",
  "last_active",
  "user_id",
  "team_id",
] as const;

export interface KeyFilter {
  readonly token?: string;
  readonly alias?: string;
  readonly userId?: string;
  readonly teamId?: string;
  readonly organizationId?: string;
  /** Only what this key may see: itself, and the others of its user. */
  readonly seenBy?: { readonly token: string; readonly userId?: string };
  readonly deleted: boolean;
}

export interface KeyPage {
  readonly offset: number;
  readonly limit: number;
  readonly sortBy: (typeof sortableBy)[number];
  readonly descending: boolean;
}

export async function listKeys(
  { db }: Database,
  filter: KeyFilter,
  { offset, limit, sortBy, descending }: KeyPage,
): Promise<{ readonly rows: readonly (KeyRow | DeletedKeyRow)[]; readonly total: number }> {
  const table = filter.deleted ? "deleted_keys" : "keys";
  const counted = await narrowed(db.selectFrom(table as "keys"), filter)
    .select((is) => is.fn.countAll().as("total"))
    .executeTakeFirst();
  const rows = await narrowed(db.selectFrom(table as "keys"), filter)
    .selectAll()
    // Nulls last in both directions, on both engines; the token makes the order total, so that no page repeats a key.
    .orderBy(sortBy, (order) => (descending ? order.desc() : order.asc()).nullsLast())
    .orderBy("token")
    .limit(limit)
    .offset(offset)
    .execute();
  return { rows, total: Number(counted?.total ?? 0) };
}

type Keys = SelectQueryBuilder<Schema, "keys", object>;

function narrowed(query: Keys, { token, alias, userId, teamId, organizationId, seenBy }: KeyFilter): Keys {
  let narrow = query;
  if (token !== undefined) narrow = narrow.where("token", "=", token);
  if (alias !== undefined) narrow = narrow.where("key_alias", "=", alias);
  if (userId !== undefined) narrow = narrow.where("user_id", "=", userId);
  if (teamId !== undefined) narrow = narrow.where("team_id", "=", teamId);
  if (organizationId !== undefined) narrow = narrow.where("organization_id", "=", organizationId);
  if (!seenBy) return narrow;
  const { userId: user } = seenBy;
  return narrow.where((is) =>
    user === undefined
      ? is("token", "=", seenBy.token)
      : is.or([is("token", "=", seenBy.token), is("user_id", "=", user)]),
  );
}

async function unlessTaken<T>(
  db: Kysely<Schema>,
  token: string | undefined,
  alias: string | null,
  write: (transaction: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  try {
    return await db.transaction().execute(write);
  } catch (error) {
    if (!isTaken(error)) throw error;
    const known =
      token === undefined
        ? undefined
        : await db.selectFrom("keys").select("token").where("token", "=", token).executeTakeFirst();
    throw known ? keyTaken(error) : aliasTaken(alias, error);
  }
}

const keyTaken = (cause: unknown): GatewayError =>
  new GatewayError(
    "conflict",
    "client",
    "key: this key exists already. Choose another, or leave it out to get a random one.",
    {
      param: "key",
      type: "bad_request_error",
      cause,
    },
  );

const aliasTaken = (alias: string | null, cause: unknown): GatewayError =>
  new GatewayError(
    "invalid-request",
    "client",
    `key_alias: a key with the alias ${JSON.stringify(alias)} already exists. Aliases are unique: choose another.`,
    {
      param: "key_alias",
      type: "bad_request_error",
      cause,
    },
  );

/** PostgreSQL's unique_violation; SQLite's SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE. */
function isTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("errcode" in error) return error.errcode === 1555 || error.errcode === 2067;
  return "code" in error && error.code === "23505";
}
