/** The operator's rules for keys: what a new one gets where its maker does not say, and the most that any may have. */

import { GatewayError, invalid } from "../../canonical/error.ts";
import type { NewKeys } from "../../config/config.ts";
import { after } from "../../state/database/periods.ts";
import { type KeyFields, keyFields } from "./key-fields.ts";

interface Ruled<F> {
  readonly fields: F;
  /** What was changed, for the answer. */
  readonly warnings: readonly string[];
}

/** `making`: a field that is not given counts, too. */
export function ruled<F extends KeyFields>(given: F, rules: NewKeys | undefined, making: boolean): Ruled<F> {
  if (!rules) return { fields: given, warnings: [] };
  const { key_alias: alias, team_id: team } = given;
  if (making && rules.needsTeam && !team)
    throw invalid("team_id", "team_id: personal keys are off here (default_team_disabled); name a team.");
  if (rules.plainAliases && alias && !plainAlias.test(alias))
    throw invalid("key_alias", "key_alias: 2 to 255 letters, digits and _-/.@, the first and the last no sign.");
  const fields = making ? { ...ownersOf(rules.defaults, "default_key_generate_params"), ...said(given) } : given;
  return within(fields as F, ownersOf(rules.most, "upperbound_key_generate_params"), making);
}

const plainAlias = /^[A-Za-z0-9][A-Za-z0-9_\-/.@]{0,253}[A-Za-z0-9]$/;

/** Neither null nor an empty list or record says anything about a new key. */
const said = (fields: KeyFields): Partial<KeyFields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => !saysNothing(value)));

const saysNothing = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === "object" && Object.keys(value).length === 0);

function ownersOf(words: Readonly<Record<string, unknown>>, name: string): KeyFields {
  const read = keyFields.safeParse(words);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new GatewayError(
    "internal",
    "gateway",
    `the configuration's litellm_settings.${name}.${issue?.path.join(".")} is wrong: ${issue?.message}`,
  );
}

const counts = ["max_budget", "soft_budget", "tpm_limit", "rpm_limit", "max_parallel_requests"] as const;
const durations = ["budget_duration", "duration"] as const;

type Bound = (typeof counts)[number] | (typeof durations)[number];

function within<F extends KeyFields>(given: F, most: KeyFields, making: boolean): Ruled<F> {
  const fields: Record<string, unknown> = { ...given };
  const warnings: string[] = [];
  const bind = (name: Bound, isOver: (value: unknown) => boolean): void => {
    const limit = most[name];
    const value = fields[name];
    if (limit === undefined || limit === null || (value === undefined && !making)) return;
    if (value !== undefined && value !== null && !isOver(value)) return;
    fields[name] = limit;
    if (value !== undefined && value !== null)
      warnings.push(`${name} is ${String(most[name])}: the configuration allows no more`);
  };
  for (const name of counts) bind(name, (value) => Number(value) > Number(most[name]));
  for (const name of durations) bind(name, (value) => lasting(String(value), name) > lasting(String(most[name]), name));
  return { fields: fields as F, warnings };
}

/** Milliseconds; without end where it says so. */
const lasting = (text: string, name: string): number =>
  text === "" || text === "-1" ? Number.POSITIVE_INFINITY : after(text, 0, name);
