/** The parameters that OpenAI's chat knows, and where a request in the gateway's own words holds each. */

import type { ChatRequest } from "../canonical/chat.ts";

/** https://developers.openai.com/api/reference/resources/chat/completions/create, and the two that gateways added: thinking, context_management. */
export const openaiParameters: readonly string[] = [
  "functions",
  "function_call",
  "temperature",
  "top_p",
  "n",
  "stream",
  "stream_options",
  "stop",
  "max_tokens",
  "max_completion_tokens",
  "modalities",
  "prediction",
  "audio",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "user",
  "response_format",
  "seed",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "logprobs",
  "top_logprobs",
  "reasoning_effort",
  "thinking",
  "web_search_options",
  "service_tier",
  "prompt_cache_key",
  "prompt_cache_retention",
  "safety_identifier",
  "verbosity",
  "store",
  "metadata",
  "context_management",
];

/** For those whose value can be sent on as it is, or whose presence is all that counts. */
const holders: Readonly<Record<string, (request: ChatRequest) => unknown>> = {
  temperature: (request) => request.temperature,
  top_p: (request) => request.topP,
  n: (request) => request.choices,
  stop: (request) => request.stop,
  max_tokens: (request) => request.maxTokens,
  modalities: (request) => request.modalities,
  audio: (request) => request.speech,
  presence_penalty: (request) => request.presencePenalty,
  frequency_penalty: (request) => request.frequencyPenalty,
  logit_bias: (request) => request.logitBias,
  user: (request) => request.user,
  response_format: (request) => (request.output?.type === "text" ? undefined : request.output),
  seed: (request) => request.seed,
  tools: (request) => request.tools,
  tool_choice: (request) => request.toolChoice,
  parallel_tool_calls: (request) => request.parallelTools,
  logprobs: (request) => request.logprobs && true,
  top_logprobs: (request) => request.logprobs?.top || undefined,
  reasoning_effort: (request) => request.reasoning?.effort,
  thinking: (request) => request.reasoning?.mode,
  web_search_options: (request) => request.webSearch,
  service_tier: (request) => request.serviceTier,
  prompt_cache_key: (request) => request.cacheKey,
  verbosity: (request) => request.verbosity,
  store: (request) => request.store,
};

/** Undefined: it was not asked for. Fields without a place of their own are looked for among the rest. */
export function openaiValueOf(name: string, request: ChatRequest): unknown {
  const value = holders[name]?.(request);
  if (value !== undefined) return value;
  const native = request.native?.format.startsWith("openai-") ? request.native.fields[name] : undefined;
  return native ?? request.extra?.[name] ?? undefined;
}
