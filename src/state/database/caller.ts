/** Turns the row of a key into the caller that the rules look at: once, when the key is loaded. */

import type { Budget, Caller, ModelAccess, Scope } from "../../canonical/caller.ts";
import type { KeyRow } from "./keys.ts";

export const scopeOf = (token: string): string => `key:${token}`;

export function callerOf(row: KeyRow): Caller {
  return {
    role: "key",
    keyId: row.token,
    keyName: row.key_name,
    ...(row.key_alias === null ? {} : { keyAlias: row.key_alias }),
    ...(row.user_id === null ? {} : { userId: row.user_id }),
    ...(row.team_id === null ? {} : { teamId: row.team_id }),
    ...(row.organization_id === null ? {} : { organizationId: row.organization_id }),
    access: accessOf(strings(row.models)),
    aliases: Object.fromEntries(
      Object.entries(record(row.aliases)).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    ),
    routes: strings(row.allowed_routes),
    scopes: [keyScope(row)],
    ...(row.expires === null ? {} : { expires: row.expires }),
    blocked: row.blocked !== 0,
    metadata: record(row.metadata),
  };
}

const keyScope = (row: KeyRow): Scope => ({
  id: scopeOf(row.token),
  kind: "key",
  label: row.key_alias ?? row.key_name,
  budgets: row.max_budget === null ? [] : [budgetOf(row, row.max_budget)],
  ...(row.rpm_limit === null ? {} : { requestsPerMinute: row.rpm_limit }),
  ...(row.tpm_limit === null ? {} : { tokensPerMinute: row.tpm_limit }),
  ...(row.max_parallel_requests === null ? {} : { parallel: row.max_parallel_requests }),
});

const budgetOf = (row: KeyRow, max: number): Budget => ({
  max,
  spent: row.spend,
  ...(row.budget_duration === null ? {} : { period: row.budget_duration }),
  ...(row.budget_reset_at === null ? {} : { resetsAt: row.budget_reset_at }),
});

/** Names that mean all: no list, "*", and the two words for "whatever the gateway or the team has". */
const everything = new Set(["*", "all-proxy-models", "all-team-models"]);
const nothing = "no-default-models";

function accessOf(models: readonly string[]): ModelAccess {
  const all = models.length === 0 || models.some((model) => everything.has(model));
  const named = models.filter((model) => model !== nothing && !everything.has(model));
  return {
    all,
    names: new Set(named.filter((model) => !model.includes("*"))),
    patterns: named.filter((model) => model.includes("*")),
  };
}

/** What stands in the columns was written by us; a hand that changed it can take away, but not stop the gateway. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function strings(text: string): readonly string[] {
  const value = parsed(text);
  // A list that cannot be read must not mean "everything".
  if (!Array.isArray(value)) return [nothing];
  return value.filter((item) => typeof item === "string");
}

function record(text: string): Readonly<Record<string, unknown>> {
  const value = parsed(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
