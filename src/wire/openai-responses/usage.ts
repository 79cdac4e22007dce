/** Token counts. The vendor's totals hold their details: cached tokens are input tokens too, thought tokens output tokens too. */

import { inputTokens, outputTokens, type Usage } from "../../canonical/usage.ts";
import { countOf, type Fields, fieldsOf, isFields, itemsOf } from "../reader.ts";
import type { WireUsage } from "./types.ts";

/** Tolerant; undefined where nothing was told. `output` holds the records of tools that the vendor ran, which usage does not tell. */
export function decodeUsage(value: unknown, output: unknown): Usage | undefined {
  if (!isFields(value)) return undefined;
  const details = fieldsOf(value["output_tokens_details"]);
  const reasoning = countOf(details["reasoning_tokens"]);
  const audioOutput = countOf(details["audio_tokens"]);
  const imageOutput = countOf(details["image_tokens"]);
  const seen = countOf(value["output_tokens"]) - reasoning - audioOutput - imageOutput;
  const serverTools = serverToolsOf(output);
  return {
    ...inputBuckets(value),
    output: Math.max(0, seen),
    ...(reasoning > 0 && { reasoning }),
    ...(audioOutput > 0 && { audioOutput }),
    ...(imageOutput > 0 && { imageOutput }),
    ...(serverTools && { serverTools }),
  };
}

function inputBuckets(usage: Fields): Pick<Usage, "input" | "cacheRead" | "cacheWrite"> {
  const details = fieldsOf(usage["input_tokens_details"]);
  const cacheRead = countOf(details["cached_tokens"]);
  const cacheWrite = countOf(details["cache_write_tokens"]);
  const audioInput = countOf(details["audio_tokens"]);
  const imageInput = countOf(details["image_tokens"]);
  const rest = countOf(usage["input_tokens"]) - cacheRead - cacheWrite - audioInput - imageInput;
  return {
    input: Math.max(0, rest),
    ...(cacheRead > 0 && { cacheRead }),
    ...(cacheWrite > 0 && { cacheWrite }),
    ...(audioInput > 0 && { audioInput }),
    ...(imageInput > 0 && { imageInput }),
  };
}

const billed: ReadonlyMap<unknown, string> = new Map([
  ["web_search_call", "web_search"],
  ["file_search_call", "file_search"],
]);

/** Searches are billed by the call: https://platform.openai.com/docs/pricing#built-in-tools */
function serverToolsOf(output: unknown): Usage["serverTools"] {
  let counts: Record<string, number> | undefined;
  for (const item of itemsOf(output)) {
    const name = billed.get(fieldsOf(item)["type"]);
    if (name === undefined) continue;
    counts ??= {};
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

export function encodeUsage(usage: Usage): WireUsage {
  const input = inputTokens(usage);
  const output = outputTokens(usage);
  const inputDetails: Record<string, number> = { cached_tokens: usage.cacheRead ?? 0 };
  const written = (usage.cacheWrite ?? 0) + (usage.cacheWriteLong ?? 0);
  inputDetails["cache_write_tokens"] = written;
  if (usage.audioInput) inputDetails["audio_tokens"] = usage.audioInput;
  if (usage.imageInput) inputDetails["image_tokens"] = usage.imageInput;
  const outputDetails: Record<string, number> = { reasoning_tokens: usage.reasoning ?? 0 };
  if (usage.audioOutput) outputDetails["audio_tokens"] = usage.audioOutput;
  if (usage.imageOutput) outputDetails["image_tokens"] = usage.imageOutput;
  return {
    input_tokens: input,
    input_tokens_details: inputDetails,
    output_tokens: output,
    output_tokens_details: outputDetails,
    total_tokens: input + output,
  };
}
