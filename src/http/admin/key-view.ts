/** A key as clients read it. The hash is shown where a client needs it as a name (`token`), the key itself never. */

import { scopeOf } from "../../state/database/caller.ts";
import type { DeletedKeyRow, KeyRow } from "../../state/database/keys.ts";
import { nextReset } from "../../state/database/periods.ts";
import type { AdminContext } from "./endpoint.ts";
import { dollars } from "./fields.ts";

export type View = Readonly<Record<string, unknown>>;

export const isoOrNull = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());
const dollarsOrNull = (nano: number | null): number | null => (nano === null ? null : dollars(nano));

/** What stands in a JSON column; `empty` where a foreign hand left what cannot be read. */
export function parsed<T extends object>(json: string, empty: T): T {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? (value as T) : empty;
  } catch {
    return empty;
  }
}

export type Live = Pick<AdminContext, "meters" | "now">;

export function viewOf(row: KeyRow, live: Live): View {
  const extra = parsed<Record<string, unknown>>(row.extra, {});
  const now = live.now();
  const { spend, resetsAt } = standing(row, live, now);
  return {
    token: row.token,
    key_name: row.key_name,
    key_alias: row.key_alias,
    spend: dollars(spend),
    max_budget: dollarsOrNull(row.max_budget),
    budget_duration: row.budget_duration,
    budget_reset_at: isoOrNull(resetsAt),
    expires: isoOrNull(row.expires),
    status: statusOf(row, now),
    models: parsed(row.models, []),
    aliases: parsed(row.aliases, {}),
    config: {},
    user_id: row.user_id,
    team_id: row.team_id,
    organization_id: row.organization_id,
    org_id: row.organization_id,
    project_id: null,
    agent_id: null,
    permissions: parsed(row.permissions, {}),
    metadata: parsed(row.metadata, {}),
    allowed_routes: parsed(row.allowed_routes, []),
    allowed_cache_controls: [],
    rpm_limit: row.rpm_limit,
    tpm_limit: row.tpm_limit,
    max_parallel_requests: row.max_parallel_requests,
    blocked: row.blocked !== 0,
    model_spend: {},
    model_max_budget: {},
    budget_id: null,
    soft_budget_cooldown: false,
    litellm_budget_table: row.soft_budget === null ? null : { soft_budget: dollars(row.soft_budget) },
    created_at: isoOrNull(row.created_at),
    created_by: row.created_by,
    updated_at: isoOrNull(row.updated_at),
    updated_by: row.updated_by,
    last_active: isoOrNull(row.last_active),
    ...extra,
  };
}

export const deletedViewOf = (row: DeletedKeyRow, live: Live): View => ({
  ...viewOf(row, live),
  spend: dollars(row.spend),
  status: "deleted",
  deleted_at: isoOrNull(row.deleted_at),
  deleted_by: row.deleted_by,
});

/** The meters know what was settled a moment ago; the row may stand a moment behind, or in a period that is over. */
function standing(
  row: KeyRow,
  { meters }: Live,
  now: number,
): { readonly spend: number; readonly resetsAt: number | null } {
  const { budget_duration: period, budget_reset_at: resetsAt } = row;
  const isOver = period !== null && resetsAt !== null && resetsAt <= now;
  return {
    spend: meters.spent(scopeOf(row.token))?.spent ?? (isOver ? 0 : row.spend),
    resetsAt: isOver ? nextReset(period, now, resetsAt) : resetsAt,
  };
}

function statusOf(row: KeyRow, now: number): "active" | "expired" | "revoked" {
  if (row.blocked !== 0) return "revoked";
  return row.expires !== null && row.expires <= now ? "expired" : "active";
}
