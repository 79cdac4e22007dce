/** What this language can say, and where: for naming what a translation loses. */

import type { Reach } from "../format.ts";
import { encodePart } from "./parts.ts";

export const reach: Reach = {
  places: {
    toolChoice: ["tool_choice", "function_call"],
    parallelTools: ["parallel_tool_calls"],
    output: ["response_format"],
    reasoning: ["reasoning_effort", "thinking"],
    summary: ["reasoning_effort.summary"],
    maxTokens: ["max_completion_tokens", "max_tokens"],
    temperature: ["temperature"],
    topP: ["top_p"],
    topK: ["top_k"],
    stop: ["stop"],
    seed: ["seed"],
    presencePenalty: ["presence_penalty"],
    frequencyPenalty: ["frequency_penalty"],
    logitBias: ["logit_bias"],
    logprobs: ["logprobs", "top_logprobs"],
    choices: ["n"],
    verbosity: ["verbosity"],
    modalities: ["modalities"],
    speech: ["audio"],
    webSearch: ["web_search_options"],
    user: ["user", "safety_identifier"],
    serviceTier: ["service_tier"],
    cacheKey: ["prompt_cache_key"],
    store: ["store"],
    labels: ["metadata"],
  },
  part: (part) => (part.type === "audio" && part.id !== undefined) || encodePart(part) !== undefined,
};
