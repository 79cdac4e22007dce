/** A record under the field names of the standard logging payload, which the tools of the trade read. */

import type { CallRecord } from "../../canonical/call-record.ts";
import { errorClass } from "../error-class.ts";

const nano = 1e9;
const seconds = (milliseconds: number): number => milliseconds / 1000;

/** `prefix` stands before the names of fields that are called after a program. */
export const payloadOf = (record: CallRecord, prefix: string): object => ({
  id: record.id,
  [`${prefix}call_id`]: record.id,
  trace_id: record.traceId ?? record.id,
  session_id: record.sessionId ?? null,
  call_type: record.operation,
  stream: record.stream,
  ...statusOf(record),
  ...costOf(record),
  ...timesOf(record),
  ...modelOf(record),
  cache_hit: record.cacheHit,
  cache_key: record.cacheKey ?? null,
  request_tags: record.tags,
  ...clientOf(record),
  messages: null,
  response: null,
  metadata: metadataOf(record),
  hidden_params: {
    model_id: record.deployment ?? null,
    cache_key: record.cacheKey ?? null,
    api_base: record.apiBase ?? null,
    response_cost: record.cost / nano,
    [`${prefix}model_name`]: record.vendorModel ?? null,
    [`${prefix}overhead_time_ms`]: overhead(record),
  },
  attempts: record.attempts,
  retries: record.retries,
  fallbacks: record.fallbacks,
  lost: record.lost ?? [],
});

function statusOf(record: CallRecord): object {
  const status = record.outcome === "answered" ? "success" : "failure";
  return {
    status,
    outcome: record.outcome,
    status_fields: { llm_api_status: status, guardrail_status: guarded(record) },
    finish_reason: record.finish ?? null,
    error_str: record.error?.message ?? null,
    error_information: record.error ? failureOf(record, record.error) : null,
  };
}

const costOf = ({ cost, costInput, costOutput, costTools, usage }: CallRecord): object => ({
  response_cost: cost / nano,
  cost_breakdown: {
    input_cost: costInput / nano,
    output_cost: costOutput / nano,
    tool_usage_cost: costTools / nano,
    total_cost: cost / nano,
  },
  total_tokens: (usage?.totalInput ?? 0) + (usage?.totalOutput ?? 0),
  prompt_tokens: usage?.totalInput ?? 0,
  completion_tokens: usage?.totalOutput ?? 0,
});

const timesOf = ({ began, ended, firstEventAt }: CallRecord): object => ({
  startTime: seconds(began),
  endTime: seconds(ended),
  completionStartTime: seconds(firstEventAt ?? ended),
  response_time: seconds(ended - began),
});

const modelOf = (record: CallRecord): object => ({
  custom_llm_provider: record.provider ?? null,
  model: record.vendorModel ?? record.model,
  model_group: record.group ?? record.model,
  model_id: record.deployment ?? null,
  api_base: record.apiBase ?? null,
});

const clientOf = ({ endUser, address, userAgent }: CallRecord): object => ({
  end_user: endUser ?? null,
  requester_ip_address: address ?? null,
  user_agent: userAgent ?? null,
});

const overhead = ({ began, ended, upstreamMilliseconds: upstream }: CallRecord): number | null =>
  upstream === undefined ? null : Math.max(0, ended - began - upstream);

function guarded({ verdicts }: CallRecord): string {
  if (!verdicts || verdicts.length === 0) return "not_run";
  if (verdicts.some(({ kind }) => kind === "block")) return "guardrail_intervened";
  return verdicts.some(({ kind }) => kind === "error") ? "guardrail_failed_to_respond" : "success";
}

const failureOf = ({ provider }: CallRecord, { kind, source, message, status }: NonNullable<CallRecord["error"]>) => ({
  error_code: String(status),
  error_class: errorClass(kind),
  error_source: source,
  llm_provider: provider ?? "",
  error_message: message,
});

const metadataOf = (record: CallRecord) => ({
  user_api_key_hash: record.keyId ?? null,
  user_api_key_alias: record.keyAlias ?? null,
  user_api_key_user_id: record.userId ?? null,
  user_api_key_team_id: record.teamId ?? null,
  user_api_key_org_id: record.organizationId ?? null,
  user_api_key_end_user_id: record.endUser ?? null,
  user_api_key_request_route: record.route,
  requester_ip_address: record.address ?? null,
  requester_metadata: record.metadata ?? {},
  applied_guardrails: record.verdicts?.map(({ guardrail }) => guardrail) ?? [],
  guardrail_information:
    record.verdicts?.map((verdict) => ({
      guardrail_name: verdict.guardrail,
      guardrail_status: verdict.kind,
      duration: seconds(verdict.milliseconds),
      reason: verdict.reason ?? null,
    })) ?? [],
  usage_object: record.usage && {
    prompt_tokens: record.usage.totalInput,
    completion_tokens: record.usage.totalOutput,
    total_tokens: record.usage.totalInput + record.usage.totalOutput,
    cache_read_input_tokens: record.usage.cacheRead,
    cache_creation_input_tokens: record.usage.cacheWrite,
    reasoning_tokens: record.usage.reasoning,
    estimated: record.usage.estimated,
  },
});
