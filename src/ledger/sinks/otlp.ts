/** Records as OpenTelemetry traces, one span for each call, over HTTP as JSON: https://opentelemetry.io/docs/specs/otlp/#otlphttp */

import { hash } from "node:crypto";
import { z } from "zod";
import type { CallRecord } from "../../canonical/call-record.ts";
import { errorClass } from "../error-class.ts";
import { batchSize, define, flushInterval, headers, httpUrl, type Refusal, revealed } from "./sink.ts";

export const otlp = define({
  id: "otlp",
  options: z.object({
    endpoint: httpUrl,
    headers,
    service: z.string().default("gatehouse"),
    batchSize: batchSize(512),
    flushInterval: flushInterval(5),
  }),
  create: ({ endpoint, headers: given, service, ...options }, { version }) => {
    const sent = { "content-type": "application/json", "user-agent": `gatehouse/${version}`, ...revealed(given) };
    const url = tracesUrl(endpoint);
    const resource = { attributes: [text("service.name", service), text("service.version", version)] };
    const head = `{"resourceSpans":[{"resource":${JSON.stringify(resource)},"scopeSpans":[{"scope":{"name":"gatehouse","version":${JSON.stringify(version)}},"spans":[`;
    return {
      batch: { records: options.batchSize, seconds: options.flushInterval, parallel: 4 },
      encode: (record) => JSON.stringify(spanOf(record)),
      target: {
        kind: "http",
        draft: (texts) => ({ method: "POST", url, headers: sent, body: `${head}${texts.join(",")}]}]}]}` }),
        refusal,
      },
    };
  },
});

/** A collector's address as its documentation gives it: with the path of traces, with another's own, or bare. */
function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (/\/v\d+\/traces?(?:\/|$)|\/trace\/otlp\/?$/.test(url.pathname)) return url.href;
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/traces`;
  return url.href;
}

type Attribute = { readonly key: string; readonly value: Value };
type Value =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly boolValue: boolean }
  | { readonly arrayValue: { readonly values: readonly { readonly stringValue: string }[] } };

const text = (key: string, value: string): Attribute => ({ key, value: { stringValue: value } });
const whole = (key: string, value: number): Attribute => ({ key, value: { intValue: String(Math.round(value)) } });
const fraction = (key: string, value: number): Attribute => ({ key, value: { doubleValue: value } });
const flag = (key: string, value: boolean): Attribute => ({ key, value: { boolValue: value } });
const texts = (key: string, values: readonly string[]): Attribute => ({
  key,
  value: { arrayValue: { values: values.map((stringValue) => ({ stringValue })) } },
});

/** https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ */
const operations: Readonly<Record<string, string>> = { chat: "chat", embed: "embeddings" };

const client = 3;
const failed = 2;
const unset = 0;

function spanOf(record: CallRecord): object {
  const operation = operations[record.operation] ?? record.operation;
  return {
    traceId: traceIdOf(record),
    spanId: hexOf(record.id).slice(-16),
    name: record.model === "" ? operation : `${operation} ${record.model}`,
    kind: client,
    startTimeUnixNano: `${record.began}000000`,
    endTimeUnixNano: `${record.ended}000000`,
    attributes: attributesOf(record, operation),
    events: record.attempts.map((attempt) => ({
      timeUnixNano: `${record.ended}000000`,
      name: "gatehouse.attempt",
      attributes: [
        text("gatehouse.deployment.id", attempt.deployment),
        text("gen_ai.provider.name", attempt.provider),
        whole("http.response.status_code", attempt.status),
        whole("gatehouse.duration_ms", attempt.milliseconds),
        ...(attempt.error === undefined ? [] : [text("exception.message", attempt.error)]),
      ],
    })),
    status:
      record.error && record.outcome !== "abandoned"
        ? { code: failed, message: record.error.message }
        : { code: unset },
  };
}

const nano = 1e9;

function attributesOf(record: CallRecord, operation: string): Attribute[] {
  const attributes = [
    text("gen_ai.operation.name", operation),
    text("gen_ai.request.model", record.model),
    fraction("gen_ai.cost.input_cost", record.costInput / nano),
    fraction("gen_ai.cost.output_cost", record.costOutput / nano),
    fraction("gen_ai.cost.tool_usage_cost", record.costTools / nano),
    fraction("gen_ai.cost.total_cost", record.cost / nano),
    text("gatehouse.call.id", record.id),
    text("gatehouse.outcome", record.outcome),
    flag("gatehouse.stream", record.stream),
    flag("gatehouse.cache.hit", record.cacheHit),
    whole("gatehouse.retries", record.retries),
    whole("gatehouse.fallbacks", record.fallbacks),
    text("http.route", record.route),
    whole("http.response.status_code", record.status),
  ];
  const said = (key: string, value: string | undefined): void => {
    if (value !== undefined) attributes.push(text(key, value));
  };
  said("gen_ai.provider.name", record.provider);
  said("gen_ai.response.model", record.vendorModel);
  said("gen_ai.conversation.id", record.sessionId);
  said("gatehouse.model.group", record.group);
  said("gatehouse.deployment.id", record.deployment);
  said("gatehouse.key.hash", record.keyId);
  said("gatehouse.key.alias", record.keyAlias);
  said("gatehouse.team.id", record.teamId);
  said("gatehouse.organization.id", record.organizationId);
  said("gatehouse.end_user", record.endUser);
  said("user.id", record.userId);
  said("client.address", record.address);
  said("user_agent.original", record.userAgent);
  if (record.error) said("error.type", errorClass(record.error.kind));
  if (record.finish !== undefined) attributes.push(texts("gen_ai.response.finish_reasons", [record.finish]));
  if (record.tags.length > 0) attributes.push(texts("gatehouse.tags", record.tags));
  if (record.lost && record.lost.length > 0) attributes.push(texts("gatehouse.lost", record.lost));
  if (record.firstEventAt !== undefined)
    attributes.push(fraction("gen_ai.response.time_to_first_chunk", (record.firstEventAt - record.began) / 1000));
  pushUsage(attributes, record.usage);
  pushServer(attributes, record.apiBase);
  pushMetadata(attributes, record.metadata);
  return attributes;
}

function pushUsage(attributes: Attribute[], usage: CallRecord["usage"]): void {
  if (!usage) return;
  attributes.push(
    whole("gen_ai.usage.input_tokens", usage.totalInput),
    whole("gen_ai.usage.output_tokens", usage.totalOutput),
    whole("gen_ai.usage.cache_read.input_tokens", usage.cacheRead),
    whole("gen_ai.usage.cache_creation.input_tokens", usage.cacheWrite),
    whole("gen_ai.usage.reasoning.output_tokens", usage.reasoning),
  );
  if (usage.estimated) attributes.push(flag("gatehouse.usage.estimated", true));
}

function pushServer(attributes: Attribute[], apiBase: string | undefined): void {
  if (apiBase === undefined || !URL.canParse(apiBase)) return;
  const { hostname, port, protocol } = new URL(apiBase);
  attributes.push(text("server.address", hostname));
  attributes.push(whole("server.port", Number(port) || (protocol === "https:" ? 443 : 80)));
}

/** Characters of the client's own labels; collectors refuse long values. */
const longestMetadata = 8192;

function pushMetadata(attributes: Attribute[], metadata: CallRecord["metadata"]): void {
  if (!metadata || Object.keys(metadata).length === 0) return;
  attributes.push(text("gatehouse.metadata", JSON.stringify(metadata).slice(0, longestMetadata)));
}

const hexOf = (id: string): string => {
  const bare = id.replaceAll("-", "").toLowerCase();
  return /^[0-9a-f]{32}$/.test(bare) && !/^0*$/.test(bare) ? bare : hash("sha256", id).slice(0, 32);
};

/** Calls that the client put into one trace stand together. */
const traceIdOf = ({ traceId, id }: CallRecord): string => hexOf(traceId ?? id);

/** https://opentelemetry.io/docs/specs/otlp/#partial-success-1 */
function refusal(answer: Uint8Array): Refusal | undefined {
  let told: unknown;
  try {
    told = JSON.parse(new TextDecoder().decode(answer));
  } catch {
    // Collectors may answer with nothing, or in another encoding: the status said that it is taken.
    return undefined;
  }
  const { partialSuccess } = (typeof told === "object" && told !== null ? told : {}) as { partialSuccess?: unknown };
  if (typeof partialSuccess !== "object" || partialSuccess === null) return undefined;
  const { rejectedSpans, errorMessage } = partialSuccess as { rejectedSpans?: unknown; errorMessage?: unknown };
  const records = Number(rejectedSpans);
  const reason = typeof errorMessage === "string" ? errorMessage.slice(0, 200) : "it gave no reason";
  return records > 0 ? { records, reason } : undefined;
}
