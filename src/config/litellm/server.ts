/** Reads what concerns the server: admin key, database, limits, log. */

import { Secret } from "../../canonical/secret.ts";
import type { Config, LimitConfig } from "../config.ts";
import type { Notices } from "../notices.ts";
import type { Values } from "../section.ts";
import type { Context } from "./context.ts";
import type { EnvironmentValues } from "./environment.ts";
import type { generalKeys } from "./keys/general.ts";
import type { settingsKeys } from "./keys/settings.ts";

type General = Values<typeof generalKeys>;
type Settings = Values<typeof settingsKeys>;

const megabyte = 1024 * 1024;

export function readLimits(general: General, settings: Settings, { notices }: Context): LimitConfig {
  const budgetStatus = settings.budget_exceeded_status_code ?? 429;
  if (budgetStatus < 400 || budgetStatus > 599)
    notices.error(
      undefined,
      "litellm_settings.budget_exceeded_status_code",
      `${budgetStatus} is no status of an error.`,
      "Choose one from 400 to 599.",
    );
  return {
    bodyBytes: Math.floor((general.max_request_size_mb ?? 32) * megabyte),
    answerBytes: Math.floor((general.max_response_size_mb ?? 64) * megabyte),
    jsonDepth: 200,
    connections: 10_000,
    budgetStatus,
    ...wholeBudget(settings, notices),
    ...(general.global_max_parallel_requests === undefined ? {} : { parallel: general.global_max_parallel_requests }),
  };
}

/** US$, as far as nano-dollars are exact. */
const mostDollars = 9_000_000;

function wholeBudget({ max_budget: max, budget_duration: period }: Settings, notices: Notices) {
  const path = "litellm_settings.budget_duration";
  if (period !== undefined && !/^[1-9]\d{0,5}(?:s|m|h|d|w|mo)$/.test(period))
    notices.error(undefined, path, "This is no duration.", 'Write "24h", "30d" or "1mo".');
  if (max === undefined) return {};
  if (max > mostDollars) notices.error(undefined, "litellm_settings.max_budget", `The most is ${mostDollars}.`);
  return { budget: { max: Math.round(max * 1e9), ...(period === undefined ? {} : { period }) } };
}

export function readDatabase(general: General, { variables, notices }: Context): Config["database"] {
  const url = general.database_url ?? variables.databaseUrl ?? databaseInParts(variables);
  if (!url) return {};
  if (!/^postgres(?:ql)?:\/\//.test(url.reveal()))
    notices.error(
      undefined,
      general.database_url ? "general_settings.database_url" : "DATABASE_URL",
      "The database's address does not begin with postgres:// or postgresql://.",
      "PostgreSQL is served; without an address, the embedded database is used.",
    );
  return { url };
}

function databaseInParts(parts: EnvironmentValues): Secret | undefined {
  const { databaseHost, databaseUser, databaseName } = parts;
  if (!databaseHost || !databaseUser || !databaseName) return undefined;
  const user = encodeURIComponent(databaseUser);
  const password = parts.databasePassword ? `:${encodeURIComponent(parts.databasePassword.reveal())}` : "";
  const port = parts.databasePort ?? 5432;
  const schema = parts.databaseSchema ? `?schema=${encodeURIComponent(parts.databaseSchema)}` : "";
  return new Secret(
    `postgresql://${user}${password}@${databaseHost}:${port}/${encodeURIComponent(databaseName)}${schema}`,
  );
}

const levels: Readonly<Record<string, string>> = {
  trace: "trace",
  debug: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  critical: "fatal",
  fatal: "fatal",
  silent: "silent",
};

export function readLog({ variables, notices }: Context): Config["log"] {
  const word = variables.logLevel?.toLowerCase() ?? "info";
  const level = Object.hasOwn(levels, word) ? levels[word] : undefined;
  if (level === undefined)
    notices.warning(
      undefined,
      "LITELLM_LOG",
      `"${word}" is no level; info is used.`,
      "Choose debug, info, warn or error.",
    );
  return {
    level: level ?? "info",
  };
}
