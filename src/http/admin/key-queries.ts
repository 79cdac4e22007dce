/** Endpoints that tell about virtual keys: an administrator about all, a key about itself and the other keys of its user. */

import { z } from "zod";
import type { Caller } from "../../canonical/caller.ts";
import { GatewayError, invalid } from "../../canonical/error.ts";
import {
  type DeletedKeyRow,
  findDeletedKey,
  findKey,
  type KeyFilter,
  type KeyRow,
  listKeys,
  sortableBy,
} from "../../state/database/keys.ts";
import { endpoint } from "./endpoint.ts";
import { between, name, text, truth } from "./fields.ts";
import { deletedViewOf, viewOf } from "./key-view.ts";
import { tokenFrom, unknownKey } from "./keys.ts";

export const tellKey = endpoint({
  method: "GET",
  paths: ["/key/info"],
  role: "key",
  summary: "Tell about a virtual key: limits, spend, who it belongs to. Without `key`: about the one that asks.",
  input: { from: "query", schema: z.object({ key: text.nullish() }) },
  run: async (context, { key }) => {
    const { database, caller } = context;
    if (!key && caller.role !== "key")
      throw invalid("key", "key: the admin key is not a virtual key. Set `key` to the key to show.");
    const token = key ? tokenFrom(key) : caller.keyId;
    const row = await findKey(database, token);
    const deleted = row ? undefined : await findDeletedKey(database, token);
    const found = row ?? deleted;
    if (!found) throw unknownKey("this gateway knows no such key");
    if (!maySee(caller, found))
      throw new GatewayError("forbidden", "client", "This key belongs to someone else.", { type: "auth_error" });
    const { token: _, ...info } = deleted ? deletedViewOf(deleted, context) : viewOf(found, context);
    return { status: 200, body: { key: key || token, info } };
  },
});

/** Two keys without a user have no user in common. */
const maySee = (caller: Caller, row: KeyRow | DeletedKeyRow): boolean =>
  caller.role === "admin" ||
  caller.keyId === row.token ||
  (caller.userId !== undefined && caller.userId !== "" && caller.userId === row.user_id);

export const listOfKeys = endpoint({
  method: "GET",
  paths: ["/key/list"],
  role: "key",
  summary: "List virtual keys, page by page.",
  input: {
    from: "query",
    schema: z.object({
      page: between(1, 1_000_000).default(1),
      size: between(1, 100).default(10),
      user_id: name.nullish(),
      team_id: name.nullish(),
      organization_id: name.nullish(),
      key_hash: name.nullish(),
      key_alias: name.nullish(),
      return_full_object: truth.nullish(),
      include_team_keys: truth.nullish(),
      include_created_by_keys: truth.nullish(),
      sort_by: z.enum(sortableBy).nullish(),
      sort_order: z.enum(["asc", "desc"]).nullish(),
      status: z.enum(["deleted"]).nullish(),
      expand: name.nullish(),
    }),
  },
  run: async (context, query) => {
    const { page, size } = query;
    const filter: KeyFilter = {
      deleted: query.status === "deleted",
      ...(context.caller.role === "admin" ? {} : { seenBy: seenBy(context.caller) }),
      ...(query.key_hash ? { token: tokenFrom(query.key_hash) } : {}),
      ...(query.key_alias ? { alias: query.key_alias } : {}),
      ...(query.user_id ? { userId: query.user_id } : {}),
      ...(query.team_id ? { teamId: query.team_id } : {}),
      ...(query.organization_id ? { organizationId: query.organization_id } : {}),
    };
    const { rows, total } = await listKeys(context.database, filter, {
      offset: (page - 1) * size,
      limit: size,
      sortBy: query.sort_by ?? "created_at",
      descending: query.sort_order !== "asc",
    });
    const keys = rows.map((row) => {
      if (!query.return_full_object) return row.token;
      return "deleted_at" in row ? deletedViewOf(row, context) : viewOf(row, context);
    });
    return {
      status: 200,
      body: { keys, total_count: total, current_page: page, total_pages: Math.ceil(total / size) },
    };
  },
});

const seenBy = ({ keyId, userId }: Caller): { readonly token: string; readonly userId?: string } => ({
  token: keyId,
  ...(userId === undefined || userId === "" ? {} : { userId }),
});
