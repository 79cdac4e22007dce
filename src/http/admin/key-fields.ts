/** The fields of a key as clients write them, and how they become columns. */

import { z } from "zod";
import { invalid } from "../../canonical/error.ts";
import type { KeyChange } from "../../state/database/keys.ts";
import { after, checkPeriod, nextReset } from "../../state/database/periods.ts";
import { between, count, list, money, name, nameByName, names, nano, record, text, truth } from "./fields.ts";

const optional = <S extends z.ZodType>(schema: S) => schema.nullish();

/** Stored in the metadata, as the configuration of the gateway that we follow reads them there. */
const lifted = {
  tags: optional(names),
  guardrails: optional(list),
  policies: optional(list),
  prompts: optional(list),
  logging: optional(list),
  enforced_params: optional(names),
  model_rpm_limit: optional(z.record(name, count)),
  model_tpm_limit: optional(z.record(name, count)),
  rpm_limit_type: optional(name),
  tpm_limit_type: optional(name),
  temp_budget_increase: optional(money),
  temp_budget_expiry: optional(name),
  allowed_passthrough_routes: optional(list),
  allowed_vector_store_indexes: optional(list),
  secret_manager_settings: optional(record),
};

/** Kept as they are, without a column of their own. */
const kept = {
  budget_id: optional(name),
  budget_limits: optional(list),
  model_max_budget: optional(record),
  project_id: optional(name),
  agent_id: optional(name),
  allowed_cache_controls: optional(list),
  config: optional(record),
  router_settings: optional(record),
  access_group_ids: optional(names),
  object_permission: optional(record),
  auto_rotate: optional(truth),
  rotation_interval: optional(name),
  end_user_budget_id: optional(name),
};

const keyTypes = {
  default: [],
  llm_api: ["llm_api_routes"],
  management: ["management_routes"],
  read_only: ["info_routes"],
} as const;

export const keyFields = z.object({
  key_alias: optional(name),
  duration: optional(text),
  expires: optional(text),
  models: optional(names),
  aliases: optional(nameByName),
  spend: optional(money),
  max_budget: optional(money),
  soft_budget: optional(money),
  budget_duration: optional(text),
  rpm_limit: optional(count),
  tpm_limit: optional(count),
  max_parallel_requests: optional(between(0, 1_000_000)),
  user_id: optional(name),
  team_id: optional(name),
  organization_id: optional(name),
  metadata: optional(record),
  permissions: optional(record),
  allowed_routes: optional(names),
  key_type: optional(z.enum(["default", "llm_api", "management", "read_only"])),
  blocked: optional(truth),
  send_invite_email: optional(truth),
  ...lifted,
  ...kept,
});

export type KeyFields = z.output<typeof keyFields>;

const liftedNames = Object.keys(lifted) as readonly (keyof typeof lifted)[];
const keptNames = Object.keys(kept) as readonly (keyof typeof kept)[];

/** What limits a key in the gateway that we follow, and does not here yet. */
const unenforced: readonly (keyof KeyFields)[] = [
  "budget_id",
  "budget_limits",
  "model_max_budget",
  "model_rpm_limit",
  "model_tpm_limit",
  "temp_budget_increase",
  "object_permission",
  "access_group_ids",
  "auto_rotate",
  "end_user_budget_id",
];

/** Said in the answer, so that nobody relies on what is only kept. */
export const warningsFor = (fields: KeyFields): readonly string[] =>
  unenforced
    .filter((field) => !isNothing(fields[field]))
    .map((field) => `${field} is kept but not enforced by this version`);

const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  (typeof value === "object" && Object.keys(value).length === 0);

/** What is there already, where a key is changed. */
interface Before {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly extra: Readonly<Record<string, unknown>>;
}

/** The columns that these fields set: a field that is absent sets none, null clears. Throws where a value makes no sense. */
export function columnsOf(fields: KeyFields, before: Before, now: number): KeyChange {
  return {
    ...texts(fields),
    ...limits(fields),
    ...times(fields, now),
    ...lists(fields),
    ...(fields.blocked === undefined ? {} : { blocked: fields.blocked ? 1 : 0 }),
    ...documents(fields, before),
  };
}

/** An alias or an owner without a letter is none. */
const orNull = (value: string | null | undefined): string | null => (value === "" ? null : (value ?? null));

function texts(fields: KeyFields): KeyChange {
  const { key_alias, user_id, team_id, organization_id } = fields;
  return {
    ...(key_alias === undefined ? {} : { key_alias: orNull(key_alias) }),
    ...(user_id === undefined ? {} : { user_id: orNull(user_id) }),
    ...(team_id === undefined ? {} : { team_id: orNull(team_id) }),
    ...(organization_id === undefined ? {} : { organization_id: orNull(organization_id) }),
  };
}

function limits(fields: KeyFields): KeyChange {
  const { spend, max_budget, soft_budget, rpm_limit, tpm_limit, max_parallel_requests } = fields;
  const nanoOrNull = (value: number | null): number | null => (value === null ? null : nano(value));
  return {
    ...(spend === undefined || spend === null ? {} : { spend: nano(spend) }),
    ...(max_budget === undefined ? {} : { max_budget: nanoOrNull(max_budget) }),
    ...(soft_budget === undefined ? {} : { soft_budget: nanoOrNull(soft_budget) }),
    ...(rpm_limit === undefined ? {} : { rpm_limit }),
    ...(tpm_limit === undefined ? {} : { tpm_limit }),
    ...(max_parallel_requests === undefined ? {} : { max_parallel_requests }),
  };
}

function times({ duration, budget_duration }: KeyFields, now: number): KeyChange {
  if (budget_duration) checkPeriod(budget_duration, "budget_duration");
  const resets = budget_duration ? nextReset(budget_duration, now) : null;
  return {
    ...(duration === undefined ? {} : { expires: isForever(duration) ? null : after(duration, now) }),
    ...(budget_duration === undefined ? {} : { budget_duration: orNull(budget_duration), budget_reset_at: resets }),
  };
}

/** The same fields, where the end is given as a date: by how long it is from now, which is what rules bound. */
export function withDuration<F extends KeyFields>(fields: F, now: number): F {
  const { expires, duration } = fields;
  if (expires === undefined || (duration !== undefined && duration !== null)) return fields;
  if (expires === null || expires === "") return { ...fields, duration: null };
  const seconds = Math.ceil((Date.parse(expires) - now) / 1000);
  if (!(seconds > 0)) throw invalid("expires", "expires must be a date to come, such as 2030-01-31T12:00:00Z");
  return { ...fields, duration: `${seconds}s` };
}

const isForever = (duration: string | null): duration is null =>
  duration === null || duration === "-1" || duration === "";

function lists({ models, aliases, allowed_routes, permissions, key_type }: KeyFields): KeyChange {
  const routes = allowed_routes ?? (key_type ? keyTypes[key_type] : undefined);
  return {
    ...(models === undefined ? {} : { models: JSON.stringify(models ?? []) }),
    ...(aliases === undefined ? {} : { aliases: JSON.stringify(aliases ?? {}) }),
    ...(permissions === undefined ? {} : { permissions: JSON.stringify(permissions ?? {}) }),
    ...(routes === undefined && allowed_routes === undefined ? {} : { allowed_routes: JSON.stringify(routes ?? []) }),
  };
}

function documents(fields: KeyFields, before: Before): KeyChange {
  const isLifting = liftedNames.some((field) => fields[field] !== undefined);
  if (((fields.temp_budget_increase ?? null) === null) !== ((fields.temp_budget_expiry ?? null) === null))
    throw invalid(
      "temp_budget_expiry",
      "temp_budget_increase and temp_budget_expiry belong together: give both or none.",
    );
  const metadata = { ...(fields.metadata === undefined ? before.metadata : fields.metadata) };
  assign(metadata, fields, liftedNames);
  const extra = { ...before.extra };
  assign(extra, fields, keptNames);
  return {
    ...(fields.metadata === undefined && !isLifting ? {} : { metadata: JSON.stringify(metadata) }),
    ...(keptNames.every((field) => fields[field] === undefined) ? {} : { extra: JSON.stringify(extra) }),
  };
}

function assign(target: Record<string, unknown>, fields: KeyFields, which: readonly (keyof KeyFields)[]): void {
  for (const field of which) {
    if (fields[field] === null) delete target[field];
    else if (fields[field] !== undefined) target[field] = fields[field];
  }
}
