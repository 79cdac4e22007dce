/** Reads the callbacks: which sinks get records, of which calls, and whether metrics are on. */

import { isAbsolute, join } from "node:path";
import { Secret } from "../../canonical/secret.ts";
import type { Config, SinkConfig } from "../config.ts";
import type { Notices } from "../notices.ts";
import { readSection, type Values } from "../section.ts";
import type { Mapping, Place } from "../tree.ts";
import type { Context } from "./context.ts";
import { callbackKeys } from "./keys/guardrail.ts";
import type { settingsKeys } from "./keys/settings.ts";
import { readHeaders } from "./params.ts";

type Settings = Values<typeof settingsKeys>;
type Options = Values<typeof callbackKeys>;
type On = SinkConfig["on"][number];

const metricsCallback = "prometheus";

/** Which sink a callback is; undefined: none that is served. */
function typeOf(name: string, options: Options | undefined): string | undefined {
  if (name === "otel" || name === "opentelemetry") return "otlp";
  if (name === "file" || name === "ndjson") return "ndjson-file";
  if (name === "generic" || name === "generic_api" || name === "webhook") return "webhook";
  return options?.callback_type === "generic_api" ? "webhook" : undefined;
}

export function readMetrics(settings: Settings): Config["metrics"] {
  const named = [settings.callbacks, settings.success_callback, settings.failure_callback].some((list) =>
    list?.includes(metricsCallback),
  );
  return { enabled: true, authenticated: settings.require_auth_for_metrics_endpoint ?? !named };
}

export function readSinks(settings: Settings, options: Mapping | undefined, context: Context): readonly SinkConfig[] {
  const wanted = new Map<string, Set<On>>();
  const want = (names: readonly string[] | undefined, on: readonly On[]): void => {
    for (const name of names ?? []) wanted.set(name, new Set([...(wanted.get(name) ?? []), ...on]));
  };
  want(settings.callbacks, ["success", "failure"]);
  want(settings.success_callback, ["success"]);
  want(settings.failure_callback, ["failure"]);
  wanted.delete(metricsCallback);
  const sinks = [...wanted].flatMap(([name, on]) => readSink(name, [...on], { options, context }));
  if (sinks.length > 0) tellWholeRecords(settings, context.notices);
  return sinks;
}

/** Records go out as they are. */
function tellWholeRecords(settings: Settings, notices: Notices): void {
  const asked = {
    redact_user_api_key_info: settings.redact_user_api_key_info === true,
    standard_logging_payload_excluded_fields: (settings.standard_logging_payload_excluded_fields ?? []).length > 0,
  };
  for (const [name, wanted] of Object.entries(asked))
    if (wanted)
      notices.broken(
        undefined,
        `litellm_settings.${name}`,
        "Not supported yet: the records that callbacks get are whole, and say who asked.",
        "Take out what should not stay where the records arrive, or name no callback.",
      );
}

interface Around {
  readonly options: Mapping | undefined;
  readonly context: Context;
}

function readSink(name: string, on: readonly On[], { options: all, context }: Around): readonly SinkConfig[] {
  const { notices } = context;
  const path = `callback_settings.${name}`;
  const entry = all?.entries.get(name);
  const options = entry && readSection(entry.value, path, callbackKeys, notices);
  const type = typeOf(name, options);
  if (!type) {
    const at: Place | undefined = entry && { file: entry.value.file, line: entry.line, column: entry.column };
    tellUnserved(name, at, notices);
    return [];
  }
  const known: Options = options ?? {};
  const target = targets[type]?.(known, path, context);
  if (!target) {
    notices.error(undefined, path, `The callback "${name}" does not say where its records go.`, remedies[type]);
    return [];
  }
  return [{ name, type, on: events(known, on), options: { ...target, ...batches(known) } }];
}

/** Callbacks that check what is said, by the beginning of their names: whoever names them relies on them. */
const checks = [
  "presidio",
  "lakera",
  "llmguard",
  "llamaguard",
  "aporia",
  "hide_secrets",
  "hide-secrets",
  "detect_prompt_injection",
  "google_text_moderation",
  "openai_moderations",
  "azure_content_safety",
  "blocked_user",
  "banned_keywords",
  "guardrails_ai",
];
/** What these do is done anyway. */
const builtIn = ["max_budget_limiter", "parallel_request_limiter", "cache_control_check", "responses_id_security"];

function tellUnserved(name: string, at: Place | undefined, notices: Notices): void {
  const path = "litellm_settings.callbacks";
  if (builtIn.includes(name)) notices.note(at, path, `"${name}": that is done always.`);
  else if (checks.some((check) => name.startsWith(check)))
    notices.broken(
      at,
      path,
      `Not supported yet, so it would check nothing: the callback "${name}".`,
      "Write it as an entry of `guardrails`.",
    );
  else if (name.includes("."))
    notices.warning(
      at,
      path,
      `Not supported yet: the callback "${name}", which is written in Python. If it refuses or changes requests, that does not happen.`,
      "Records can go to an address (`generic_api`); checks are entries of `guardrails`.",
    );
  else notices.warning(at, path, `Not supported yet: the callback "${name}".`, servedNames);
}

const servedNames = "Supported: prometheus, otel, generic_api, file, and any name with `callback_type: generic_api`.";

const remedies: Readonly<Record<string, string>> = {
  otlp: "Set OTEL_EXPORTER_OTLP_ENDPOINT, or `callback_settings.otel.endpoint`.",
  webhook: "Set GENERIC_LOGGER_ENDPOINT, or `endpoint` in its `callback_settings`.",
};

type Target = (options: Options, path: string, context: Context) => Readonly<Record<string, unknown>> | undefined;

const targets: Readonly<Record<string, Target>> = {
  otlp: (options, path, { variables, notices }) => {
    const endpoint = options.endpoint ?? variables.otelEndpoint;
    const headers = {
      ...headerList(variables.otelHeaders),
      ...readHeaders(options.headers, `${path}.headers`, notices),
    };
    return endpoint === undefined ? undefined : { endpoint, headers, service: variables.otelService ?? "gatehouse" };
  },
  webhook: (options, path, { variables, notices }) => {
    const endpoint = options.endpoint ?? variables.loggerEndpoint;
    const headers = {
      ...headerList(variables.loggerHeaders),
      ...readHeaders(options.headers, `${path}.headers`, notices),
    };
    return endpoint === undefined ? undefined : { endpoint, headers, format: formatOf(options.log_format) };
  },
  "ndjson-file": (options, _, { dataDir }) => {
    const path = options.path ?? "records.ndjson";
    return { path: isAbsolute(path) ? path : join(dataDir, path) };
  },
};

const formatOf = (word: string | undefined): string => (word === "ndjson" || word === "single" ? word : "json-array");

/** "name=value,name=value", as the variables hold it; values may be percent-encoded: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
function headerList(list: Secret | undefined): Readonly<Record<string, Secret>> {
  const headers: Record<string, Secret> = {};
  for (const pair of list?.reveal().split(",") ?? []) {
    const at = pair.indexOf("=");
    if (at > 0) headers[pair.slice(0, at).trim().toLowerCase()] = new Secret(decoded(pair.slice(at + 1).trim()));
  }
  return headers;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // A bare "%" in a token: then nothing is encoded.
    return value;
  }
}

function events(options: Options, on: readonly On[]): readonly On[] {
  const words = options.event_types;
  return words ? on.filter((event) => words.includes(`llm_api_${event}`)) : on;
}

const batches = ({ batch_size: size, flush_interval: seconds }: Options): Readonly<Record<string, number>> => ({
  ...(size === undefined ? {} : { batchSize: size }),
  ...(seconds === undefined ? {} : { flushInterval: seconds }),
});
