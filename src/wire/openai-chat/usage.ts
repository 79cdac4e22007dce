/** Token counts. The vendor's totals hold their details: cached tokens are prompt tokens too, thought tokens completion tokens too. */

import { inputTokens, outputTokens, type Usage } from "../../canonical/usage.ts";
import { countOf, type Fields, fieldsOf, isFields } from "../reader.ts";
import type { WireUsage } from "./types.ts";

type Details = Readonly<Record<string, unknown>>;

/** Tolerant; undefined where nothing was told. */
export function decodeUsage(value: unknown): Usage | undefined {
  if (!isFields(value)) return undefined;
  const prompt = fieldsOf(value["prompt_tokens_details"]);
  const completion = fieldsOf(value["completion_tokens_details"]);
  const input = inputBuckets(value, prompt);
  const { output, reasoning } = outputBuckets(value, countOf(completion["reasoning_tokens"]));
  const audioOutput = countOf(completion["audio_tokens"]);
  const imageOutput = countOf(completion["image_tokens"]);
  const accepted = countOf(completion["accepted_prediction_tokens"]);
  const rejected = countOf(completion["rejected_prediction_tokens"]);
  const tools = serverTools(value["server_tool_use"]);
  return {
    ...input,
    output: Math.max(0, output - audioOutput - imageOutput),
    ...(reasoning > 0 && { reasoning }),
    ...(audioOutput > 0 && { audioOutput }),
    ...(imageOutput > 0 && { imageOutput }),
    ...(accepted > 0 && { acceptedPrediction: accepted }),
    ...(rejected > 0 && { rejectedPrediction: rejected }),
    ...(tools && { serverTools: tools }),
  };
}

function inputBuckets(usage: Fields, details: Fields): Omit<Usage, "output"> {
  // Some hosts tell what was cached in a field of their own: https://api-docs.deepseek.com/guides/kv_cache
  const cacheRead =
    countOf(details["cached_tokens"]) ||
    countOf(usage["prompt_cache_hit_tokens"]) ||
    countOf(usage["cached_tokens"]) ||
    countOf(usage["cache_read_input_tokens"]);
  const written =
    countOf(usage["cache_creation_input_tokens"]) ||
    countOf(details["cache_creation_tokens"]) ||
    countOf(details["cache_write_tokens"]);
  const split = fieldsOf(details["cache_creation_token_details"]);
  const cacheWriteLong = Math.min(written, countOf(split["ephemeral_1h_input_tokens"]));
  const cacheWrite = written - cacheWriteLong;
  const audioInput = countOf(details["audio_tokens"]);
  const imageInput = countOf(details["image_tokens"]);
  const rest = countOf(usage["prompt_tokens"]) - cacheRead - written - audioInput - imageInput;
  return {
    input: Math.max(0, rest),
    ...(cacheRead > 0 && { cacheRead }),
    ...(cacheWrite > 0 && { cacheWrite }),
    ...(cacheWriteLong > 0 && { cacheWriteLong }),
    ...(audioInput > 0 && { audioInput }),
    ...(imageInput > 0 && { imageInput }),
  };
}

/** Completion tokens without the thought ones. Some hosts (xAI, Gemini) count those beside, or only in the total. */
function outputBuckets(usage: Fields, told: number): { readonly output: number; readonly reasoning: number } {
  const output = countOf(usage["completion_tokens"]);
  const beside = countOf(usage["total_tokens"]) - countOf(usage["prompt_tokens"]) - output;
  if (beside > 0 && (told === 0 || told === beside || told > output)) return { output, reasoning: told || beside };
  return { output: Math.max(0, output - told), reasoning: told };
}

function serverTools(value: unknown): Readonly<Record<string, number>> | undefined {
  const web = countOf(fieldsOf(value)["web_search_requests"]);
  return web > 0 ? { web_search: web } : undefined;
}

export function encodeUsage(usage: Usage): WireUsage {
  const prompt = inputTokens(usage);
  const completion = outputTokens(usage);
  const written = (usage.cacheWrite ?? 0) + (usage.cacheWriteLong ?? 0);
  const searches = usage.serverTools?.["web_search"] ?? 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: promptDetails(usage, written),
    completion_tokens_details: completionDetails(usage),
    ...(written > 0 && { cache_creation_input_tokens: written }),
    ...(usage.cacheRead && { cache_read_input_tokens: usage.cacheRead }),
    ...(searches > 0 && { server_tool_use: { web_search_requests: searches } }),
  };
}

function promptDetails(usage: Usage, written: number): Details {
  const details: Record<string, number> = { cached_tokens: usage.cacheRead ?? 0, audio_tokens: usage.audioInput ?? 0 };
  if (usage.imageInput) details["image_tokens"] = usage.imageInput;
  if (written === 0) return details;
  return {
    ...details,
    cache_write_tokens: written,
    cache_creation_tokens: written,
    cache_creation_token_details: {
      ephemeral_5m_input_tokens: usage.cacheWrite ?? 0,
      ephemeral_1h_input_tokens: usage.cacheWriteLong ?? 0,
    },
  };
}

function completionDetails(usage: Usage): Details {
  const details: Record<string, number> = {
    reasoning_tokens: usage.reasoning ?? 0,
    audio_tokens: usage.audioOutput ?? 0,
    accepted_prediction_tokens: usage.acceptedPrediction ?? 0,
    rejected_prediction_tokens: usage.rejectedPrediction ?? 0,
  };
  if (usage.imageOutput) details["image_tokens"] = usage.imageOutput;
  return details;
}
