/** The whole answer. https://platform.openai.com/docs/api-reference/responses/object */

import type { ChatResponse, Choice, FinishReason } from "../../canonical/chat.ts";
import { GatewayError } from "../../canonical/error.ts";
import type { Part } from "../../canonical/part.ts";
import type { Body, Occasion, ResponseCodec } from "../format.ts";
import { type Fields, fieldsOf, isFields, numberOf, textOf, unknownFields } from "../reader.ts";
import type { Words } from "../words.ts";
import { spelledOut, whole } from "./echo.ts";
import { readFailed, readFailure } from "./error.ts";
import { responseId } from "./item-id.ts";
import { readOutput } from "./read-output.ts";
import { membersOf } from "./tools.ts";
import { decodeUsage } from "./usage.ts";
import { writeOutput } from "./write-output.ts";

export const response: ResponseCodec<"chat"> = { decode, encode, modelField: "model" };

// biome-ignore format: one list
const known: ReadonlySet<string> = new Set([
  "id", "object", "created_at", "completed_at", "status", "background", "error", "incomplete_details", "instructions",
  "max_output_tokens", "max_tool_calls", "metadata", "model", "output", "output_text", "parallel_tool_calls",
  "previous_response_id", "conversation", "prompt", "prompt_cache_key", "prompt_cache_retention", "reasoning",
  "safety_identifier", "service_tier", "store", "temperature", "text", "tool_choice", "tools", "top_logprobs", "top_p",
  "truncation", "usage", "user", "billing", "frequency_penalty", "presence_penalty", "content_filters", "moderation",
]);

function decode(value: unknown): ChatResponse {
  const body = fieldsOf(value);
  if (body["status"] === "failed") throw readFailed(body);
  if (isFields(body["error"]) && !Array.isArray(body["output"])) throw readFailure(body["error"]);
  if (!Array.isArray(body["output"]))
    throw new GatewayError("bad-gateway", "upstream", "the provider's response has no output");
  const id = textOf(body["id"]) ?? "";
  const { parts, logprobs } = readOutput(body["output"], id);
  const created = numberOf(body["created_at"]);
  const usage = decodeUsage(body["usage"], body["output"]);
  const serviceTier = textOf(body["service_tier"]);
  const extra = unknownFields(body, known);
  return {
    id,
    model: textOf(body["model"]) ?? "",
    ...(created !== undefined && { created }),
    choices: [{ parts, finish: readFinish(body, parts), ...(logprobs !== undefined && { logprobs }) }],
    ...(usage && { usage }),
    ...(serviceTier !== undefined && { serviceTier }),
    ...(isUnderWay(body["status"]) && { underWay: true }),
    ...(extra && { extra }),
  };
}

const isUnderWay = (status: unknown): boolean => status === "queued" || status === "in_progress";

/** An answer is complete in the same way whether it ends in words or in calls: other languages tell these apart. */
export function readFinish(body: Fields, parts: readonly Part[]): FinishReason {
  const { status } = body;
  if (status === "incomplete") {
    const reason = fieldsOf(body["incomplete_details"])["reason"];
    if (reason === "max_output_tokens" || reason === "max_tokens") return "length";
    return reason === "content_filter" ? "content-filter" : "other";
  }
  // Not yet made, or given up by its client.
  if (isUnderWay(status) || status === "cancelled") return "other";
  return parts.some((part) => part.type === "tool-call") ? "tool-calls" : "stop";
}

/** What other languages' answers have beside what we understand. */
const foreign: ReadonlySet<string> = new Set(["system_fingerprint"]);

const nothing: Choice = { parts: [], finish: "other" };

function encode(value: ChatResponse, { now, id: fresh, request }: Occasion<"chat">): Body {
  const id = responseId(value.id, fresh);
  const choice = value.choices[0] ?? nothing;
  const body: Words = whole({ id, model: value.model, created: value.created ?? now }, request, {
    output: writeOutput(choice, id, membersOf(request?.tools)),
    finish: choice.finish,
    usage: value.usage,
    serviceTier: value.serviceTier,
  });
  body["tools"] = spelledOut(body["tools"]);
  if (value.extra) for (const key of Object.keys(value.extra)) if (!foreign.has(key)) body[key] ??= value.extra[key];
  return body;
}
