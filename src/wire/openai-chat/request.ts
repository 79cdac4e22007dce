/** The request: a client's body, checked, and a vendor's body, written. https://platform.openai.com/docs/api-reference/chat/create */

import type { ChatRequest } from "../../canonical/chat.ts";
import { type GatewayError, invalid } from "../../canonical/error.ts";
import type { Body, RequestCodec } from "../format.ts";
import {
  bodyFields,
  type Fields,
  optionalBoolean,
  optionalFields,
  optionalInteger,
  optionalList,
  optionalNumber,
  optionalNumberMap,
  optionalString,
  optionalStrings,
  requiredList,
  requiredString,
  unknownFields,
} from "../reader.ts";
import { put, putRest, type Words } from "../words.ts";
import { askUsage } from "./ask-usage.ts";
import { type Draft, set } from "./draft.ts";
import { decodeMessages, encodeMessages } from "./messages.ts";
import { reach } from "./reach.ts";
import { readMetadata, writeMetadata } from "./request-metadata.ts";
import {
  decodeLogprobs,
  decodeOutput,
  decodeReasoningSettings,
  decodeStop,
  decodeWebSearch,
  effortOf,
  encodeOutput,
  encodeWebSearch,
  mostAnswers,
} from "./settings.ts";
import {
  decodeLegacyChoice,
  decodeLegacyFunction,
  decodeTool,
  decodeToolChoice,
  encodeTool,
  encodeToolChoice,
} from "./tools.ts";

export const request: RequestCodec<"chat"> = {
  decode,
  encode,
  askUsage,
  own: ["prediction"],
  reach,
  fields: { model: "model", stream: "stream", maxTokens: "max_tokens" },
};

// biome-ignore format: one list
const known: ReadonlySet<string> = new Set([
  "model", "messages", "tools", "functions", "tool_choice", "function_call", "parallel_tool_calls", "response_format",
  "reasoning_effort", "thinking", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "stop", "seed", "n",
  "presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs", "verbosity", "modalities", "audio",
  "web_search_options", "user", "service_tier", "prompt_cache_key", "store", "metadata", "stream", "stream_options",
]);

function decode(value: unknown): ChatRequest {
  const body = bodyFields(value);
  const draft: Draft = {
    model: requiredString(body, "model"),
    messages: decodeMessages(requiredList(body, "messages")),
    stream: optionalBoolean(body, "stream") ?? false,
  };
  const extra: Words = { ...unknownFields(body, known) };
  readTools(body, draft, extra);
  readSampling(body, draft);
  readOutput(body, draft, extra);
  readMetadata(body, draft, extra);
  const options = optionalFields(body, "stream_options");
  set(draft, "streamUsage", options && optionalBoolean(options, "include_usage", "stream_options"));
  if (Object.keys(extra).length > 0) draft.extra = extra;
  return draft;
}

function readTools(body: Fields, draft: Draft, extra: Words): void {
  const tools = optionalList(body, "tools");
  const functions = optionalList(body, "functions");
  if (tools) draft.tools = tools.map((tool, index) => decodeTool(tool, `tools.${index}`));
  else if (functions) draft.tools = functions.map((tool, index) => decodeLegacyFunction(tool, `functions.${index}`));
  const said = body["tool_choice"] ?? undefined;
  const legacy = body["function_call"] ?? undefined;
  const choice = said === undefined ? undefined : decodeToolChoice(said, "tool_choice");
  if (choice) draft.toolChoice = choice;
  else if (said !== undefined) extra["tool_choice"] = said;
  else if (legacy !== undefined) draft.toolChoice = decodeLegacyChoice(legacy);
  const parallel = optionalBoolean(body, "parallel_tool_calls");
  if (parallel !== undefined) draft.parallelTools = parallel;
}

function readSampling(body: Fields, draft: Draft): void {
  // Read both, so that neither may be nonsense; the newer name wins.
  const older = optionalInteger(body, "max_tokens", "", 1);
  const maxTokens = optionalInteger(body, "max_completion_tokens", "", 1) ?? older;
  if (maxTokens !== undefined) draft.maxTokens = maxTokens;
  set(draft, "temperature", optionalNumber(body, "temperature"));
  set(draft, "topP", optionalNumber(body, "top_p"));
  set(draft, "topK", optionalInteger(body, "top_k", "", -1));
  set(draft, "stop", decodeStop(body["stop"]));
  set(draft, "seed", optionalInteger(body, "seed", "", Number.MIN_SAFE_INTEGER));
  set(draft, "choices", optionalInteger(body, "n", "", 1, mostAnswers));
  set(draft, "presencePenalty", optionalNumber(body, "presence_penalty"));
  set(draft, "frequencyPenalty", optionalNumber(body, "frequency_penalty"));
  set(draft, "logitBias", optionalNumberMap(body, "logit_bias"));
  set(draft, "logprobs", decodeLogprobs(body));
}

function readOutput(body: Fields, draft: Draft, extra: Words): void {
  const format = optionalFields(body, "response_format");
  const output = format && decodeOutput(format);
  if (output) draft.output = output;
  else if (format) extra["response_format"] = format;
  set(draft, "reasoning", decodeReasoningSettings(body));
  set(draft, "verbosity", optionalString(body, "verbosity"));
  set(draft, "modalities", optionalStrings(body, "modalities"));
  set(draft, "speech", optionalFields(body, "audio"));
  set(draft, "webSearch", decodeWebSearch(optionalFields(body, "web_search_options")));
}

function encode(value: ChatRequest): Body {
  if (Array.isArray(value.extra?.["prompt"])) throw several();
  const body: Words = { model: value.model, messages: encodeMessages(value.messages) };
  writeTools(value, body);
  writeSampling(value, body);
  writeOutput(value, body);
  writeMetadata(value, body);
  if (value.streamUsage && value.stream) body["stream_options"] = { include_usage: true };
  putRest(body, value.extra);
  return body;
}

/** The prompts of a completions client are no conversation: joined, they would get one answer, to something nobody asked. */
const several = (): GatewayError =>
  invalid("prompt", "this model holds conversations: send it one prompt at a time, as a string");

function writeTools({ tools, toolChoice, parallelTools }: ChatRequest, body: Words): void {
  const list: Words[] = [];
  for (const tool of tools ?? []) {
    const words = encodeTool(tool);
    if (words) list.push(words);
  }
  if (list.length > 0) body["tools"] = list;
  if (toolChoice) body["tool_choice"] = encodeToolChoice(toolChoice, tools ?? []);
  put(body, "parallel_tool_calls", parallelTools);
}

function writeSampling(value: ChatRequest, body: Words): void {
  put(body, "max_tokens", value.maxTokens);
  put(body, "temperature", value.temperature);
  put(body, "top_p", value.topP);
  put(body, "top_k", value.topK);
  put(body, "stop", value.stop);
  put(body, "seed", value.seed);
  put(body, "n", value.choices);
  put(body, "presence_penalty", value.presencePenalty);
  put(body, "frequency_penalty", value.frequencyPenalty);
  put(body, "logit_bias", value.logitBias);
  if (!value.logprobs) return;
  body["logprobs"] = true;
  if (value.logprobs.top > 0) body["top_logprobs"] = value.logprobs.top;
}

function writeOutput(value: ChatRequest, body: Words): void {
  if (value.output) body["response_format"] = encodeOutput(value.output);
  if (value.reasoning) put(body, "reasoning_effort", effortOf(value.reasoning));
  put(body, "verbosity", value.verbosity);
  put(body, "modalities", value.modalities);
  put(body, "audio", value.speech);
  if (value.webSearch) body["web_search_options"] = encodeWebSearch(value.webSearch);
}
