/** The request: a client's body, checked, and a vendor's body, written. https://platform.openai.com/docs/api-reference/responses/create */

import type { ChatRequest, Message } from "../../canonical/chat.ts";
import { invalid } from "../../canonical/error.ts";
import type { Body, RequestCodec } from "../format.ts";
import { type Draft, set } from "../openai-chat/draft.ts";
import { readMetadata, writeMetadata } from "../openai-chat/request-metadata.ts";
import {
  bodyFields,
  type Fields,
  optionalBoolean,
  optionalFields,
  optionalInteger,
  optionalList,
  optionalNumber,
  optionalString,
  requiredString,
  unknownFields,
} from "../reader.ts";
import { put, putRest, type Words } from "../words.ts";
import { decodeInput } from "./decode-input.ts";
import { encodeInput, instructionsOf } from "./encode-input.ts";
import { reach } from "./reach.ts";
import {
  decodeInclude,
  decodeOutput,
  decodeReasoning,
  encodeInclude,
  encodeOutput,
  encodeReasoning,
  encodeWebSearch,
  isPlainSearch,
  webSearchOf,
} from "./settings.ts";
import { decodeToolChoice, decodeTools, encodeToolChoice, encodeTools } from "./tools.ts";
import { unsaid } from "./unsaid.ts";

const held = ["conversation", "previous_response_id", "prompt"];

export const request: RequestCodec<"chat"> = {
  decode,
  encode,
  // biome-ignore format: one list
  own: [
    "access_programs", "background", "client_metadata", "context_management", "image", "include", "max_tool_calls",
    "stream_options", "truncation", ...held,
  ],
  held,
  reach,
  unsaid,
  fields: { model: "model", stream: "stream", maxTokens: "max_output_tokens" },
};

// biome-ignore format: one list
const known: ReadonlySet<string> = new Set([
  "model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning", "max_output_tokens",
  "temperature", "top_p", "include", "top_logprobs", "user", "service_tier", "prompt_cache_key", "store", "metadata", "stream",
]);

function decode(value: unknown): ChatRequest {
  const body = bodyFields(value);
  const draft: Draft = {
    model: requiredString(body, "model"),
    messages: decodeMessages(body),
    stream: optionalBoolean(body, "stream") ?? false,
    // This language always tells usage at the end.
    streamUsage: true,
  };
  const extra: Words = { ...unknownFields(body, known) };
  readTools(body, draft, extra);
  readOutput(body, draft, extra);
  readMetadata(body, draft, extra);
  checkUninterpreted(body);
  if (Object.keys(extra).length > 0) draft.extra = extra;
  return draft;
}

function decodeMessages(body: Fields): Message[] {
  const instructions = optionalString(body, "instructions");
  const messages = body["input"] === undefined || body["input"] === null ? without(body) : decodeInput(body["input"]);
  return instructions === undefined
    ? messages
    : [{ role: "system", parts: [{ type: "text", text: instructions }] }, ...messages];
}

/** A conversation that the vendor holds, or a prompt of its own, may be all there is to say. */
function without(body: Fields): Message[] {
  for (const key of ["prompt", "conversation", "previous_response_id"]) if (body[key] !== undefined) return [];
  throw invalid("input", "Missing required parameter: 'input'.");
}

function readTools(body: Fields, draft: Draft, extra: Words): void {
  const list = optionalList(body, "tools");
  if (list) {
    const tools = decodeTools(list);
    const search = webSearchOf(tools);
    if (search) draft.webSearch = search;
    const kept = search ? tools.filter((tool) => !isPlainSearch(tool)) : tools;
    if (kept.length > 0 || list.length === 0) draft.tools = kept;
  }
  const said = body["tool_choice"] ?? undefined;
  const choice = said === undefined ? undefined : decodeToolChoice(said);
  if (choice) draft.toolChoice = choice;
  else if (said !== undefined) extra["tool_choice"] = said;
  set(draft, "parallelTools", optionalBoolean(body, "parallel_tool_calls"));
}

function readOutput(body: Fields, draft: Draft, extra: Words): void {
  set(draft, "maxTokens", optionalInteger(body, "max_output_tokens", "", 1));
  set(draft, "temperature", optionalNumber(body, "temperature"));
  set(draft, "topP", optionalNumber(body, "top_p"));
  set(draft, "reasoning", decodeReasoning(body));
  const { logprobs, include } = decodeInclude(body);
  set(draft, "logprobs", logprobs);
  if (include) extra["include"] = include;
  const text = optionalFields(body, "text");
  if (!text) return;
  set(draft, "verbosity", optionalString(text, "verbosity", "text"));
  const output = decodeOutput(text);
  if (output) draft.output = output;
  else if (text["format"]) extra["text"] = text;
}

/** Fields that only this language has travel on as they came, but not if they make no sense. */
function checkUninterpreted(body: Fields): void {
  optionalString(body, "previous_response_id");
  optionalString(body, "truncation");
  optionalBoolean(body, "background");
  optionalInteger(body, "max_tool_calls", "", 1);
  optionalFields(body, "stream_options");
  if (typeof body["conversation"] !== "string") optionalFields(body, "conversation");
  optionalFields(body, "prompt");
  if (body["previous_response_id"] && body["conversation"])
    throw invalid("previous_response_id", "previous_response_id and conversation exclude each other; send one of them");
}

function encode(value: ChatRequest): Body {
  const body = encodeSettings(value, false);
  // Instructions that another language's client hides among unknown fields are none.
  const hasOwn = instructionsOf(value.messages) !== undefined;
  if (!hasOwn) delete body["instructions"];
  const messages = hasOwn ? value.messages.slice(1) : value.messages;
  body["input"] = encodeInput(messages, value.tools);
  return body;
}

/** Everything but the input: what a vendor is told, and what an answer repeats as it was given. */
export function encodeSettings(value: ChatRequest, asGiven: boolean): Words {
  const body: Words = { model: value.model };
  put(body, "instructions", instructionsOf(value.messages));
  writeTools(value, body, asGiven);
  writeOutput(value, body);
  writeMetadata(value, body);
  putRest(body, value.extra);
  return body;
}

function writeTools(value: ChatRequest, body: Words, asGiven: boolean): void {
  const { tools, toolChoice, parallelTools, webSearch } = value;
  const list = tools ? encodeTools(tools, asGiven) : [];
  if (webSearch && !list.some(({ type }) => typeof type === "string" && type.startsWith("web_search")))
    list.push(encodeWebSearch(webSearch));
  if (list.length > 0 || tools?.length === 0) body["tools"] = list;
  if (toolChoice) body["tool_choice"] = encodeToolChoice(toolChoice, tools ?? []);
  put(body, "parallel_tool_calls", parallelTools);
}

function writeOutput(value: ChatRequest, body: Words): void {
  put(body, "max_output_tokens", value.maxTokens);
  put(body, "temperature", value.temperature);
  put(body, "top_p", value.topP);
  if (value.reasoning) put(body, "reasoning", encodeReasoning(value.reasoning));
  put(body, "include", encodeInclude(value));
  if (value.logprobs && value.logprobs.top > 0) body["top_logprobs"] = value.logprobs.top;
  const text: Words = {};
  if (value.output) text["format"] = encodeOutput(value.output);
  put(text, "verbosity", value.verbosity);
  if (value.output || (value.verbosity !== undefined && !value.extra?.["text"])) body["text"] = text;
}
