/** Endpoints that make, change, block and delete virtual keys. */

import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Caller } from "../../canonical/caller.ts";
import { GatewayError, invalid } from "../../canonical/error.ts";
import { scopeOf } from "../../state/database/caller.ts";
import {
  deleteKeys,
  emptyKey,
  findKey,
  insertKey,
  type KeyRow,
  tokenOf,
  tokensOfAliases,
  updateKey,
} from "../../state/database/keys.ts";
import { type AdminAnswer, type AdminContext, endpoint } from "./endpoint.ts";
import { names, text } from "./fields.ts";
import { columnsOf, keyFields, warningsFor, withDuration } from "./key-fields.ts";
import { ruled } from "./key-rules.ts";
import { isoOrNull, parsed, viewOf } from "./key-view.ts";

const randomLength = 16;
/** Shorter ones could be guessed with patience. */
const shortest = 20;

export const generateKey = endpoint({
  method: "POST",
  paths: ["/key/generate"],
  role: "admin",
  summary: "Make a virtual key. The key itself is in this answer and nowhere else.",
  input: { from: "body", schema: keyFields.extend({ key: text.nullish() }) },
  run: async (context, given) => {
    const { database, caller } = context;
    const now = context.now();
    const { fields, warnings: bounds } = ruled(withDuration(given, now), context.newKeys, true);
    const key = fields.key ? chosen(fields.key) : `sk-${randomBytes(randomLength).toString("base64url")}`;
    const by = nameOf(caller);
    const row: KeyRow = {
      ...emptyKey,
      ...columnsOf(fields, { metadata: {}, extra: {} }, now),
      token: tokenOf(key),
      key_name: maskOf(key),
      period_began_at: 0,
      created_at: now,
      created_by: by,
      updated_at: now,
      updated_by: by,
    };
    await insertKey(database, row);
    context.invalidate(row.token);
    const warnings = [
      ...bounds,
      ...warningsFor(fields),
      ...(key.length < shortest ? [`this key is shorter than ${shortest} characters: it could be guessed`] : []),
    ];
    const { status: _, ...view } = viewOf(row, context);
    return {
      status: 200,
      body: {
        ...view,
        key,
        token_id: row.token,
        duration: fields.duration ?? null,
        soft_budget: fields.soft_budget ?? null,
        expires: isoOrNull(row.expires),
        ...(warnings.length > 0 ? { warnings } : {}),
      },
      audit: { action: "key created", subject: labelOf(row) },
    };
  },
});

export const changeKey = endpoint({
  method: "POST",
  paths: ["/key/update"],
  role: "admin",
  summary: "Change a virtual key. Only the fields that are given change; null clears one.",
  input: { from: "body", schema: keyFields.extend({ key: text.min(1) }) },
  run: async (context, given) => {
    const now = context.now();
    const { fields, warnings: bounds } = ruled(withDuration(given, now), context.newKeys, false);
    const token = tokenFrom(fields.key);
    const before = await keyOrRefuse(context, token);
    const columns = columnsOf(fields, { metadata: parsed(before.metadata, {}), extra: parsed(before.extra, {}) }, now);
    // The meter goes first, so that nobody sees the new limit with the old spend.
    if (columns.spend !== undefined) context.meters.set(scopeOf(token), columns.spend);
    const row = await changed(context, token, { ...columns, updated_at: now, updated_by: nameOf(context.caller) });
    const warnings = [...bounds, ...warningsFor(fields)];
    return {
      status: 200,
      body: { key: fields.key, ...viewOf(row, context), ...(warnings.length > 0 ? { warnings } : {}) },
      audit: { action: "key changed", subject: labelOf(row) },
    };
  },
});

const mostAtOnce = 500;

export const removeKeys = endpoint({
  method: "POST",
  paths: ["/key/delete"],
  role: "admin",
  summary: "Delete virtual keys by key, hash or alias: all of those named, or none.",
  input: {
    from: "body",
    schema: z.object({ keys: names.max(mostAtOnce).nullish(), key_aliases: names.max(mostAtOnce).nullish() }),
  },
  run: async (context, { keys, key_aliases }) => {
    const named = keys ?? [];
    const aliases = key_aliases ?? [];
    if (named.length + aliases.length === 0)
      throw invalid("keys", "keys: name at least one key, in `keys` or in `key_aliases`.");
    const byAlias = await tokensOfAliases(context.database, aliases);
    const strangers = aliases.filter((alias) => !byAlias.has(alias));
    if (strangers.length > 0)
      throw unknownKey(`no key has the alias ${strangers.map((alias) => JSON.stringify(alias)).join(", ")}`);
    const tokens = [...new Set([...named.map(tokenFrom), ...byAlias.values()])];
    const { unknown } = await deleteKeys(context.database, tokens, { now: context.now(), by: nameOf(context.caller) });
    if (unknown.length > 0)
      throw unknownKey(`${unknown.length} of the ${tokens.length} keys are unknown; none was deleted`);
    for (const token of tokens) {
      context.invalidate(token);
      context.meters.forget(scopeOf(token));
    }
    return {
      status: 200,
      body: { deleted_keys: [...named, ...aliases] },
      audit: { action: "keys deleted", subject: tokens.map((token) => token.slice(0, 12)).join(", ") },
    };
  },
});

const block = (path: string, blocked: 0 | 1, action: string, summary: string) =>
  endpoint({
    method: "POST",
    paths: [path],
    role: "admin",
    summary,
    input: { from: "body", schema: z.object({ key: text.min(1) }) },
    run: async (context, { key }): Promise<AdminAnswer> => {
      const change = { blocked, updated_at: context.now(), updated_by: nameOf(context.caller) };
      const row = await changed(context, tokenFrom(key), change);
      return { status: 200, body: viewOf(row, context), audit: { action, subject: labelOf(row) } };
    },
  });

export const blockKey = block("/key/block", 1, "key blocked", "Refuse a virtual key from now on.");
export const unblockKey = block("/key/unblock", 0, "key unblocked", "Let a blocked virtual key in again.");

/** A key or its hash. What is neither is taken for a key, which then is unknown. */
export const tokenFrom = (keyOrHash: string): string =>
  /^[0-9a-f]{64}$/.test(keyOrHash) ? keyOrHash : tokenOf(keyOrHash);

export const unknownKey = (what: string): GatewayError =>
  new GatewayError("not-found", "client", `Key not found: ${what}.`, { param: "key", type: "not_found_error" });

async function keyOrRefuse({ database }: AdminContext, token: string): Promise<KeyRow> {
  const row = await findKey(database, token);
  if (!row) throw unknownKey("this gateway knows no such key");
  return row;
}

async function changed(context: AdminContext, token: string, change: Parameters<typeof updateKey>[2]): Promise<KeyRow> {
  const row = await updateKey(context.database, token, change);
  if (!row) throw unknownKey("this gateway knows no such key");
  context.invalidate(token);
  return row;
}

function chosen(key: string): string {
  if (!/^sk-[\x21-\x7e]{5,253}$/.test(key))
    throw invalid(
      "key",
      'key: a chosen key begins with "sk-" and has 8 to 256 printable characters without spaces. Leave it out to get a random one.',
    );
  return key;
}

/** The last four letters tell keys apart; of a short key they would tell too much. */
const maskOf = (key: string): string => (key.length < shortest ? "sk-...****" : `sk-...${key.slice(-4)}`);

const labelOf = (row: KeyRow): string => `${row.key_alias ?? row.key_name} (${row.token.slice(0, 12)})`;
const nameOf = (caller: Caller): string => caller.userId ?? (caller.role === "admin" ? "admin" : caller.keyId);
