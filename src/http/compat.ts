/** LiteLLM's words at the edge of the data plane: the body fields and headers that steer the gateway, and the headers that it answers with. */

import type { IncomingHttpHeaders } from "node:http";
import { type ErrorKind, GatewayError, invalid } from "../canonical/error.ts";
import type { CacheControls, Controls, Notes } from "../exchange.ts";
import { isFields } from "../wire/reader.ts";

export const keyHeader = "x-litellm-api-key";

/** Before the names of metrics, and of fields in logs, that dashboards look for. */
export const metricPrefix = "litellm_";

/** Whoever the model is from, tools expect this. */
export const modelOwner = "openai";

/** The query by which a deployment is picked from a list. */
export const modelIdQuery = "litellm_model_id";

/** How a deployment is called, in lists of models. */
export const paramsField = "litellm_params";

type Read = (value: unknown, name: string) => Partial<Controls>;

const strings = (value: unknown, name: string): readonly string[] => {
  const list = typeof value === "string" ? [value] : value;
  if (!Array.isArray(list) || !list.every((one) => typeof one === "string"))
    throw invalid(name, `${name} must be a list of strings`);
  return list;
};
const positive = (value: unknown, name: string): number => {
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0)
    throw invalid(name, `${name} must be a number of 0 or more`);
  return value;
};
const flag = (value: unknown, name: string): boolean => {
  if (typeof value !== "boolean") throw invalid(name, `${name} must be true or false`);
  return value;
};
const text = (value: unknown, name: string): string => {
  if (typeof value !== "string") throw invalid(name, `${name} must be a string`);
  return value;
};
const fields = (value: unknown, name: string): Record<string, unknown> => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid(name, `${name} must be an object`);
  return value as Record<string, unknown>;
};

/** Names, or objects that hold one: { model, … } for fallbacks, { name: options } for guardrails. */
function named(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value)) throw invalid(name, `${name} must be a list`);
  return value.map((one, index) => {
    if (typeof one === "string") return one;
    const object = fields(one, `${name}.${index}`);
    const said = object["model"] ?? Object.keys(object)[0];
    if (typeof said !== "string") throw invalid(`${name}.${index}`, "must be a name");
    return said;
  });
}

function readMetadata(value: unknown, name: string): Partial<Controls> {
  const metadata = fields(value, name);
  const { tags, session_id: session, trace_id: trace, guardrails } = metadata;
  return {
    metadata,
    ...(tags !== undefined && tags !== null && { tags: strings(tags, `${name}.tags`) }),
    ...(typeof session === "string" && { sessionId: session }),
    ...(typeof trace === "string" && { traceId: trace }),
    ...(guardrails !== undefined && guardrails !== null && { guardrails: named(guardrails, `${name}.guardrails`) }),
  };
}

/** The cache controls by their name in the body, and how each is read. */
const cacheFields: Readonly<Record<string, (value: unknown, name: string) => CacheControls>> = {
  ttl: (value, name) => ({ ttl: positive(value, name) }),
  "s-maxage": (value, name) => ({ maxAge: positive(value, name) }),
  "s-max-age": (value, name) => ({ maxAge: positive(value, name) }),
  "no-cache": (value, name) => ({ noCache: flag(value, name) }),
  "no-store": (value, name) => ({ noStore: flag(value, name) }),
  "use-cache": (value, name) => ({ use: flag(value, name) }),
  namespace: (value, name) => ({ namespace: text(value, name) }),
};

function readCache(value: unknown): Partial<Controls> {
  let cache: CacheControls = {};
  for (const [name, said] of Object.entries(fields(value, "cache"))) {
    const read = Object.hasOwn(cacheFields, name) ? cacheFields[name] : undefined;
    if (read && said !== null) cache = { ...cache, ...read(said, `cache.${name}`) };
  }
  return { cache };
}

/** What budgets, limits and guardrails have looked at is what a vendor gets: without a bound it would write more, without a piece it would read another text. */
// biome-ignore format: one list
const kept: ReadonlySet<string> = new Set([
  "max_tokens", "max_completion_tokens", "max_output_tokens", "n", "best_of", "model",
  "messages", "input", "instructions", "system", "prompt", "suffix", "contents",
]);

function droppable(paths: readonly string[], name: string): readonly string[] {
  const wrong = paths.find((path) => kept.has(path.split(/[.[]/, 1)[0] ?? ""));
  if (wrong === undefined) return paths;
  throw invalid(name, `${name} cannot take out ${wrong.slice(0, 100)}; leave it out of the body instead`);
}

const ignored: Read = () => ({});

const retries: Read = (value, name) => ({ retries: Math.min(mostRetries, positive(value, name)) });

/** A client may not make the gateway hammer a vendor. */
const mostRetries = 10;

/** Sent by a client, these would choose where the operator's keys travel to. */
const forbidden: Read = (_, name) => {
  throw new GatewayError(
    "invalid-request",
    "client",
    `${name} may not be given by clients here; the operator's configuration decides where requests go`,
    { param: name },
  );
};

/** They order a failure, which would stand in the logs as the vendor's. */
const staged: Read = (value, name) => {
  if (value === false) return {};
  throw invalid(name, `${name} is not taken from clients; to try a failure, ask the model mock/echo for "/fail 429"`);
};

/** Body fields of every data-plane request that are for the gateway. They do not travel on. */
const bodyFields: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["litellm_metadata", readMetadata],
  ["tags", (value, name) => ({ tags: strings(value, name) })],
  ["cache", readCache],
  ["caching", (value, name) => ({ cache: { use: flag(value, name) } })],
  ["guardrails", (value, name) => ({ guardrails: named(value, name) })],
  ["fallbacks", (value, name) => ({ fallbacks: named(value, name) })],
  ["disable_fallbacks", (value, name) => ({ noFallbacks: flag(value, name) })],
  ["num_retries", retries],
  ["max_retries", retries],
  ["timeout", (value, name) => ({ timeout: positive(value, name) })],
  ["request_timeout", (value, name) => ({ timeout: positive(value, name) })],
  ["stream_timeout", (value, name) => ({ streamTimeout: positive(value, name) })],
  ["drop_params", (value, name) => ({ dropParams: flag(value, name) })],
  ["additional_drop_params", (value, name) => ({ additionalDropParams: droppable(strings(value, name), name) })],
  ["allowed_openai_params", (value, name) => ({ allowedParams: strings(value, name) })],
  ["litellm_session_id", (value, name) => ({ sessionId: text(value, name) })],
  ["litellm_trace_id", (value, name) => ({ traceId: text(value, name) })],
  ["api_key", forbidden],
  ["api_base", forbidden],
  ["base_url", forbidden],
  ["user_config", forbidden],
  ["mock_timeout", staged],
  ["mock_testing_fallbacks", staged],
  ["mock_testing_context_fallbacks", staged],
  ["mock_testing_content_policy_fallbacks", staged],
  ["mock_testing_rate_limit_error", staged],
  ...[
    "no-log",
    "litellm_request_debug",
    "mock_response",
    "mock_tool_calls",
    "guardrail_config",
    "policies",
    "priority",
    "prompt_id",
    "prompt_variables",
    "prompt_version",
    "prompt_label",
    "context_window_fallback_dict",
    "litellm_call_id",
    "litellm_logging_obj",
    "custom_llm_provider",
    "ttl",
  ].map((name): [string, Read] => [name, ignored]),
]);

/** Dialects whose `metadata` is the gateway's: vendors of the others know the field. */
const metadataIsOurs = new Set(["openai-chat", "openai-completions", "openai-embeddings"]);

export function controlsOf(
  body: Readonly<Record<string, unknown>>,
  format: string,
  headers: IncomingHttpHeaders,
): Controls {
  const controls: { -readonly [K in keyof Controls]: Controls[K] } = { fields: none };
  if (typeof body["user"] === "string") controls.endUser = body["user"];
  readHeaders(headers, controls);
  const found: string[] = [];
  if (body["metadata"] !== undefined && metadataIsOurs.has(format))
    read(readMetadata, "metadata", body, controls, found);
  for (const name of Object.keys(body)) {
    const reader = bodyFields.get(name);
    if (reader) read(reader, name, body, controls, found);
  }
  if (found.length > 0) controls.fields = found;
  return controls;
}

const none: readonly string[] = [];

function read(
  reader: Read,
  name: string,
  body: Readonly<Record<string, unknown>>,
  controls: Controls,
  found: string[],
): void {
  found.push(name);
  const value = body[name];
  if (value !== null && value !== undefined) Object.assign(controls, reader(value, name));
}

function readHeaders(headers: IncomingHttpHeaders, controls: Controls): void {
  for (const name in headers) {
    if (!name.startsWith("x-litellm-") && !name.startsWith("x-gatehouse-")) continue;
    const value = headers[name];
    const reader = headerFields.get(name.slice(name.indexOf("-", 2) + 1));
    if (reader && typeof value === "string") Object.assign(controls, reader(value, name));
  }
}

const headerFields: ReadonlyMap<string, (value: string, name: string) => Partial<Controls>> = new Map<
  string,
  (value: string, name: string) => Partial<Controls>
>([
  ["timeout", (value, name) => ({ timeout: positive(numberOf(value), name) })],
  ["stream-timeout", (value, name) => ({ streamTimeout: positive(numberOf(value), name) })],
  ["num-retries", (value, name) => retries(numberOf(value), name)],
  ["tags", (value) => ({ tags: value.split(",").map((tag) => tag.trim()) })],
  ["customer-id", (value) => ({ endUser: value })],
  ["end-user-id", (value) => ({ endUser: value })],
  ["session-id", (value) => ({ sessionId: value })],
  ["trace-id", (value) => ({ traceId: value })],
]);

const numberOf = (value: string): number => (value.trim() === "" ? Number.NaN : Number(value));

/** What every answer of the data plane says of itself. `now` in milliseconds since the epoch. */
export function answerHeaders(
  id: string,
  notes: Notes,
  { now, version }: { readonly now: number; readonly version: string },
): Record<string, string> {
  const headers: Record<string, string> = { "x-litellm-call-id": id, "x-litellm-version": version, ...notes.headers };
  const { deployment, caller } = notes;
  if (deployment) {
    headers["x-litellm-model-id"] = deployment.id;
    headers["x-litellm-model-api-base"] = deployment.apiBase;
    if (deployment.region !== undefined) headers["x-litellm-model-region"] = deployment.region;
  }
  if (notes.group !== undefined) headers["x-litellm-model-group"] = headerText(notes.group);
  headers["x-litellm-response-cost"] = String((notes.cost?.total ?? 0) / 1e9);
  headers["x-litellm-response-duration-ms"] = String(now - notes.began);
  if (notes.upstreamBegan !== undefined)
    headers["x-litellm-overhead-duration-ms"] = String(
      now - notes.began - ((notes.upstreamEnded ?? now) - notes.upstreamBegan),
    );
  headers["x-litellm-attempted-retries"] = String(notes.retries);
  headers["x-litellm-attempted-fallbacks"] = String(notes.fallbacks);
  if (notes.verdicts)
    headers["x-litellm-applied-guardrails"] = headerText(
      [...new Set(notes.verdicts.map((one) => one.guardrail))].join(","),
    );
  if (notes.cache?.hit) headers["x-litellm-cache-key"] = notes.cache.key;
  const [scope] = caller?.scopes ?? [];
  if (scope?.tokensPerMinute !== undefined) headers["x-litellm-key-tpm-limit"] = String(scope.tokensPerMinute);
  if (scope?.requestsPerMinute !== undefined) headers["x-litellm-key-rpm-limit"] = String(scope.requestsPerMinute);
  if (notes.lost) headers["x-gatehouse-lost"] = headerText(notes.lost.join(", "));
  if (notes.keySpend !== undefined) headers["x-litellm-key-spend"] = String(notes.keySpend / 1e9);
  if (scope?.budgets[0]) headers["x-litellm-key-max-budget"] = String(scope.budgets[0].max / 1e9);
  return headers;
}

/** A client's own text may hold what a header cannot. */
const headerText = (value: string): string => (/^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value));

/** The exceptions that LiteLLM's SDK, as the client of a gateway, knows by their names only: the status does not tell them. */
const errorClasses: Readonly<Partial<Record<ErrorKind, string>>> = {
  "context-too-long": "litellm.ContextWindowExceededError",
  "content-blocked": "litellm.ContentPolicyViolationError",
  "not-found": "litellm.NotFoundError",
};

/** The body of an error with what programs written for LiteLLM look for in it. Only the envelope of OpenAI's APIs has such fields. */
export function withErrorClass(body: unknown, { kind, source }: GatewayError): unknown {
  if (!isFields(body) || body["type"] === "error") return body;
  const { error } = body;
  if (!isFields(error)) return body;
  const { innererror } = error;
  const name = source === "upstream" || kind === "context-too-long" ? errorClasses[kind] : undefined;
  if (name === undefined && innererror === undefined) return body;
  const fields = { ...(name !== undefined && { error_class: name }), ...(innererror !== undefined && { innererror }) };
  return { ...body, error: { ...error, provider_specific_fields: fields } };
}
