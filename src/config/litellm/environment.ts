/** Every environment variable that means something here: ours, and LiteLLM's beside them. One table, for the loader and for the page. */

import type { Notices } from "../notices.ts";
import { environment as environmentStore } from "../secrets/environment.ts";
import type { SecretSources } from "../secrets/store.ts";
import { type Kind, type Kinds, readValue } from "../section.ts";

export interface Variable {
  readonly kind: Kind;
  /** The first that is set counts. */
  readonly names: readonly string[];
  readonly says: string;
}

const variable = <K extends Kind>(kind: K, names: readonly string[], says: string) => ({ kind, names, says }) as const;

export const variables = {
  config: variable(
    "text",
    ["GATEHOUSE_CONFIG", "CONFIG_FILE_PATH"],
    "The configuration file, where `--config` is not given.",
  ),
  dataDir: variable(
    "text",
    ["GATEHOUSE_DATA_DIR"],
    "The directory of the embedded database and everything else that is kept.",
  ),
  host: variable("text", ["GATEHOUSE_HOST", "HOST"], "The address to listen on; default 127.0.0.1."),
  port: variable("count", ["GATEHOUSE_PORT", "PORT"], "The port to listen on; default 4000."),
  rootPath: variable("text", ["SERVER_ROOT_PATH"], "A path that everything stands below: `/gateway`."),
  adminKey: variable("secret", ["GATEHOUSE_ADMIN_KEY", "LITELLM_MASTER_KEY"], "The administrator's key."),
  open: variable(
    "flag",
    ["GATEHOUSE_OPEN", "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY"],
    "Without an admin key everybody is let in, and a well-known one is taken.",
  ),
  databaseUrl: variable(
    "secret",
    ["GATEHOUSE_DATABASE_URL", "DATABASE_URL"],
    "`postgres://…`; where absent, the embedded database.",
  ),
  databaseHost: variable(
    "text",
    ["DATABASE_HOST"],
    "With the next five: the database in parts, where no URL is given.",
  ),
  databasePort: variable("count", ["DATABASE_PORT"], "The database's port; default 5432."),
  databaseUser: variable("text", ["DATABASE_USERNAME", "DATABASE_USER"], "The database's user."),
  databasePassword: variable("secret", ["DATABASE_PASSWORD"], "The database user's password."),
  databaseName: variable("text", ["DATABASE_NAME"], "The database's name."),
  databaseSchema: variable("text", ["DATABASE_SCHEMA"], "The schema in the database."),
  dropParams: variable(
    "flag",
    ["GATEHOUSE_DROP_PARAMS", "LITELLM_DROP_PARAMS"],
    "`drop_params`, where the file does not say.",
  ),
  modifyParams: variable("flag", ["LITELLM_MODIFY_PARAMS"], "`modify_params`, where the file does not say."),
  costMap: variable(
    "text",
    ["GATEHOUSE_MODEL_COST_MAP", "LITELLM_MODEL_COST_MAP_URL"],
    "A file of prices and limits of models, in LiteLLM's shape (`model_prices_and_context_window.json`): wins over the catalogue. An address is not fetched: download the file.",
  ),
  localCostMap: variable(
    "flag",
    ["LITELLM_LOCAL_MODEL_COST_MAP"],
    "The catalogue that comes with the gateway alone, whatever the variable above says.",
  ),
  useGateway: variable(
    "flag",
    ["USE_LITELLM_PROXY"],
    "Every deployment is asked at another gateway of LiteLLM's kind, under its whole name, where its entry does not say.",
  ),
  requestTimeout: variable("seconds", ["REQUEST_TIMEOUT"], "Seconds for a whole call, where the file does not say."),
  retries: variable(
    "count",
    ["DEFAULT_MAX_RETRIES"],
    "Further attempts of a failed call, where the file does not say.",
  ),
  maxFallbacks: variable(
    "count",
    ["ROUTER_MAX_FALLBACKS"],
    "The most fallbacks of one call, where the file does not say.",
  ),
  allowedFails: variable(
    "count",
    ["DEFAULT_ALLOWED_FAILS"],
    "Failures before a deployment rests, where the file does not say.",
  ),
  cooldown: variable(
    "seconds",
    ["DEFAULT_COOLDOWN_TIME_SECONDS"],
    "Seconds that a deployment rests, where the file does not say.",
  ),
  logLevel: variable(
    "text",
    ["GATEHOUSE_LOG", "GATEHOUSE_LOG_LEVEL", "LITELLM_LOG"],
    "`debug`, `info`, `warn` or `error`.",
  ),
  stage: variable(
    "text",
    ["LITELLM_ENVIRONMENT"],
    "`production`, `staging` or `development`: entries with `supported_environments` count only there.",
  ),
  echo: variable("flag", ["GATEHOUSE_ECHO"], "The built-in model `mock/echo`; default true."),
  vendorModels: variable(
    "flag",
    ["GATEHOUSE_VENDOR_MODELS"],
    "`vendor/*` groups for every vendor whose key is found; default true without a file, false with one.",
  ),
  otelEndpoint: variable(
    "text",
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_ENDPOINT"],
    "Where the callback `otel` sends traces.",
  ),
  otelHeaders: variable(
    "secret",
    ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_HEADERS"],
    "Headers of the callback `otel`: `name=value,…`.",
  ),
  otelService: variable("text", ["OTEL_SERVICE_NAME"], "The service's name in traces."),
  loggerEndpoint: variable("text", ["GENERIC_LOGGER_ENDPOINT"], "Where the callback `generic_api` sends records."),
  loggerHeaders: variable(
    "secret",
    ["GENERIC_LOGGER_HEADERS"],
    "Headers of the callback `generic_api`: `name=value,…`.",
  ),
} as const satisfies Readonly<Record<string, Variable>>;

export type EnvironmentValues = { readonly [N in keyof typeof variables]?: Kinds[(typeof variables)[N]["kind"]] };

/** Known, and not served: told when set to something. */
export const unservedVariables: Readonly<Record<string, string>> = {
  STORE_MODEL_IN_DB: "models kept in the database. Put them into `model_list`.",
  LITELLM_SALT_KEY: "encrypted credentials in the database; none are kept there yet.",
  REDIS_HOST: "limits and caches shared through Redis. Each process keeps its own.",
  REDIS_URL: "limits and caches shared through Redis. Each process keeps its own.",
  NUM_WORKERS: "several workers. One process serves all.",
  LITELLM_CONFIG_BUCKET_NAME: "a configuration in a bucket. Download it, and name it by --config.",
  LITELLM_WORKER_STARTUP_HOOKS: "hooks written in Python. There is no replacement.",
  SLACK_WEBHOOK_URL: "alerts. Let Prometheus raise them from /metrics.",
  JWT_PUBLIC_KEY_URL: "sign-in by JWT. Give callers virtual keys.",
  SSL_VERIFY: "certificate checks switched off or changed; they stay on. NODE_EXTRA_CA_CERTS adds an authority.",
};

/** A secret may also stand in the file that NAME_FILE names. */
export async function readEnvironment(sources: SecretSources, notices: Notices): Promise<EnvironmentValues> {
  const values: Record<string, unknown> = {};
  for (const [id, variable] of Object.entries<Variable>(variables)) {
    const value = await readVariable(variable, sources, notices);
    if (value !== undefined) values[id] = value;
  }
  if (typeof values["costMap"] === "string" && /^https?:/.test(values["costMap"]))
    notices.warning(
      undefined,
      variables.costMap.names.find((name) => sources.env[name]) ?? "",
      "Nothing is fetched at start: the catalogue that comes with the gateway is used.",
      "Download the map, and name the file.",
    );
  for (const [name, says] of Object.entries(unservedVariables))
    if (sources.env[name]) notices.warning(undefined, name, `This variable is set, and not supported yet: ${says}`);
  return values;
}

async function readVariable({ kind, names }: Variable, sources: SecretSources, notices: Notices): Promise<unknown> {
  for (const name of names) {
    const value = kind === "secret" ? await secretText(name, sources, notices) : sources.env[name];
    if (!value) continue;
    const leaf = { kind: "leaf", value, reference: name, file: "", line: 0, column: 0 } as const;
    return readValue(leaf, name, kind, withoutPlace(notices));
  }
  return undefined;
}

/** A variable stands in no file. */
const withoutPlace = (notices: Notices): Notices => ({
  ...notices,
  error: (_, path, message, remedy) => notices.error(undefined, path, message, remedy),
});

async function secretText(name: string, sources: SecretSources, notices: Notices): Promise<string | undefined> {
  try {
    return await environmentStore.create(sources).read(name);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    notices.error(undefined, `${name}_FILE`, `The file that it names cannot be read: ${why}`);
    return undefined;
  }
}
