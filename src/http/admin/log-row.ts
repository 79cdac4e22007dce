/** A call as clients of the spend log read it. */

import type { CallRecord } from "../../canonical/call-record.ts";
import { type LogRow, recordOf } from "../../state/database/request-log.ts";
import { dollars } from "./fields.ts";
import { isoOrNull } from "./key-view.ts";

export type SpendLogRow = Readonly<Record<string, unknown>>;

const callTypes: Readonly<Record<string, string>> = {
  chat: "acompletion",
  complete: "atext_completion",
  completion: "atext_completion",
  embed: "aembedding",
  respond: "aresponses",
  responses: "aresponses",
};

export function logRowOf(row: LogRow): SpendLogRow {
  const record = recordOf(row);
  return {
    request_id: record.id,
    call_type: callTypes[record.operation] ?? record.operation,
    spend: dollars(record.cost),
    ...tokens(record.usage),
    startTime: isoOrNull(record.began),
    endTime: isoOrNull(record.ended),
    completionStartTime: isoOrNull(record.firstEventAt ?? record.ended),
    request_duration_ms: record.ended - record.began,
    ...place(record),
    ...owners(record),
    metadata: metadataOf(record),
    cache_hit: record.cacheHit ? "True" : "False",
    cache_key: record.cacheKey ?? "",
    request_tags: record.tags,
    requester_ip_address: record.address ?? null,
    messages: {},
    response: {},
    proxy_server_request: {},
    session_id: record.sessionId ?? null,
    mcp_namespaced_tool_name: null,
    status: statusOf(record),
  };
}

const statusOf = ({ outcome }: CallRecord): string => (outcome === "answered" ? "success" : "failure");

const tokens = (usage: CallRecord["usage"]): SpendLogRow => ({
  total_tokens: usage ? usage.totalInput + usage.totalOutput : 0,
  prompt_tokens: usage ? usage.totalInput : 0,
  completion_tokens: usage ? usage.totalOutput : 0,
});

const place = (record: CallRecord): SpendLogRow => ({
  model: record.vendorModel ?? record.model,
  model_id: record.deployment ?? "",
  model_group: record.group ?? record.model,
  custom_llm_provider: record.provider ?? "",
  api_base: record.apiBase ?? "",
});

const owners = (record: CallRecord): SpendLogRow => ({
  api_key: record.keyId ?? "",
  user: record.userId ?? "",
  team_id: record.teamId ?? null,
  organization_id: record.organizationId ?? null,
  end_user: record.endUser ?? "",
  agent_id: null,
});

function metadataOf(record: CallRecord): Readonly<Record<string, unknown>> {
  const { usage, error } = record;
  return {
    user_api_key: record.keyId ?? null,
    user_api_key_alias: record.keyAlias ?? null,
    user_api_key_user_id: record.userId ?? null,
    user_api_key_team_id: record.teamId ?? null,
    user_api_key_org_id: record.organizationId ?? null,
    requester_ip_address: record.address ?? null,
    status: statusOf(record),
    outcome: record.outcome,
    spend_logs_metadata: record.metadata ?? null,
    guardrail_information: record.verdicts ?? null,
    attempted_retries: record.retries,
    attempts: record.attempts,
    cost_breakdown: {
      input_cost: dollars(record.costInput),
      output_cost: dollars(record.costOutput),
      tool_usage_cost: dollars(record.costTools),
      total_cost: dollars(record.cost),
    },
    usage_object: usage
      ? {
          prompt_tokens: usage.totalInput,
          completion_tokens: usage.totalOutput,
          total_tokens: usage.totalInput + usage.totalOutput,
          cache_read_input_tokens: usage.cacheRead,
          cache_creation_input_tokens: usage.cacheWrite,
          completion_tokens_details: { reasoning_tokens: usage.reasoning },
        }
      : null,
    error_information: error
      ? { error_code: String(error.status), error_class: error.kind, error_message: error.message }
      : null,
  };
}
