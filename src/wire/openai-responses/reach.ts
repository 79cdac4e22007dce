/** What this language can say, and where: for naming what a translation loses. */

import type { Reach } from "../format.ts";
import { fieldsOf, itemsOf } from "../reader.ts";
import { encodeInputPart, encodeOutputPart } from "./content.ts";
import { sealedThoughts } from "./settings.ts";

export const reach: Reach = {
  places: {
    toolChoice: ["tool_choice"],
    parallelTools: ["parallel_tool_calls"],
    output: ["text.format"],
    reasoning: ["reasoning.effort"],
    summary: ["reasoning.summary", "reasoning.generate_summary"],
    maxTokens: ["max_output_tokens"],
    temperature: ["temperature"],
    topP: ["top_p"],
    logprobs: ["top_logprobs", "include"],
    verbosity: ["text.verbosity"],
    webSearch: ["tools"],
    user: ["user", "safety_identifier"],
    serviceTier: ["service_tier"],
    cacheKey: ["prompt_cache_key"],
    store: ["store"],
    labels: ["metadata"],
  },
  part: (part, role) => (role === "assistant" ? encodeOutputPart(part) : encodeInputPart(part)) !== undefined,
  granted,
};

/**
 * Answers are kept here for whoever asks, thoughts are told with their seals where they have any, streams are padded by
 * nobody, nothing is cut from a conversation, and the tools of a namespace are told one by one.
 */
function granted(path: string, value: unknown): boolean {
  switch (path) {
    case "background":
      return value === false;
    case "include":
      return itemsOf(value).every((word) => word === sealedThoughts);
    case "store":
      return true;
    case "stream_options":
      return fieldsOf(value)["include_obfuscation"] !== true;
    case "truncation":
      return value === "disabled";
    default:
      return path.startsWith("tools.") && fieldsOf(value)["type"] === "namespace";
  }
}
