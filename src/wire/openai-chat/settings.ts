/** The settings of a request that have a shape of their own: output format, reasoning, web search, stops, labels. */

import type { ChatRequest, OutputFormat, ReasoningSettings, WebSearch } from "../../canonical/chat.ts";
import { invalid } from "../../canonical/error.ts";
import {
  type Fields,
  fieldsAt,
  isFields,
  optionalBoolean,
  optionalFields,
  optionalInteger,
  optionalString,
  optionalStrings,
  optionalWord,
  requiredFields,
  requiredString,
} from "../reader.ts";
import type { Words } from "../words.ts";

/** Answers to one question: https://platform.openai.com/docs/api-reference/chat/create */
export const mostAnswers = 128;

/** Undefined for a format that we do not know, which then stays as it was said. */
export function decodeOutput(format: Fields): OutputFormat | undefined {
  const type = requiredString(format, "type", "response_format");
  if (type === "text") return { type: "text" };
  if (type === "json_object") return { type: "json" };
  if (type !== "json_schema") return undefined;
  const at = "response_format.json_schema";
  const given = requiredFields(format, "json_schema", "response_format");
  const name = optionalString(given, "name", at);
  const description = optionalString(given, "description", at);
  const strict = optionalBoolean(given, "strict", at);
  return {
    type: "json-schema",
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    schema: optionalFields(given, "schema", at) ?? {},
    ...(strict !== undefined && { strict }),
  };
}

export function encodeOutput(output: OutputFormat): Words {
  if (output.type === "text") return { type: "text" };
  if (output.type === "json") return { type: "json_object" };
  const { name = "answer", description, schema, strict } = output;
  const words: Words = { name, schema };
  if (description !== undefined) words["description"] = description;
  if (strict !== undefined) words["strict"] = strict;
  return { type: "json_schema", json_schema: words };
}

/** `reasoning_effort` as documented or as {effort, summary}, and `thinking` in Anthropic's words, which gateways of this language take. */
export function decodeReasoningSettings(body: Fields): ReasoningSettings | undefined {
  const said = body["reasoning_effort"] ?? undefined;
  const thinking = optionalFields(body, "thinking");
  if (said === undefined && !thinking) return undefined;
  const settings = typeof said === "string" ? { effort: said } : said === undefined ? {} : decodeEffort(said);
  if (!thinking) return settings;
  const mode = optionalWord(thinking, "type", ["enabled", "adaptive", "disabled"], "thinking");
  const budget = optionalInteger(thinking, "budget_tokens", "thinking");
  return { ...settings, ...(mode && { mode }), ...(budget !== undefined && { budget }) };
}

function decodeEffort(value: unknown): ReasoningSettings {
  if (!isFields(value)) throw invalid("reasoning_effort", "reasoning_effort must be a string or an object");
  const effort = optionalString(value, "effort", "reasoning_effort");
  const summary = optionalString(value, "summary", "reasoning_effort");
  return { ...(effort !== undefined && { effort }), ...(summary !== undefined && { summary }) };
}

/** A budget of tokens has no field here: it is told as the effort that other gateways take for that many. */
export function effortOf({ effort, budget, mode }: ReasoningSettings): string | undefined {
  if (effort !== undefined || budget === undefined || mode === "disabled") return effort;
  if (budget >= 4096) return "high";
  if (budget >= 2048) return "medium";
  return budget >= 1024 ? "low" : "minimal";
}

/** The place stands one level deeper here than with others: {type: "approximate", approximate: {city, …}}. */
export function decodeWebSearch(options: Fields | undefined): WebSearch | undefined {
  if (!options) return undefined;
  const contextSize = optionalString(options, "search_context_size", "web_search_options");
  const location = optionalFields(options, "user_location", "web_search_options");
  const type = location && (optionalString(location, "type", "web_search_options.user_location") ?? "approximate");
  const place = location && (optionalFields(location, "approximate", "web_search_options.user_location") ?? {});
  return {
    ...(contextSize !== undefined && { contextSize }),
    ...(location && { location: { type, ...place } }),
  };
}

export function encodeWebSearch({ contextSize, location }: WebSearch): Words {
  const words: Words = {};
  if (contextSize !== undefined) words["search_context_size"] = contextSize;
  if (location) {
    const { type = "approximate", ...place } = location;
    words["user_location"] = { type, approximate: place };
  }
  return words;
}

export function decodeStop(value: unknown): readonly string[] | undefined {
  return typeof value === "string" ? [value] : optionalStrings({ stop: value }, "stop");
}

export function decodeLogprobs(body: Fields): ChatRequest["logprobs"] {
  const top = optionalInteger(body, "top_logprobs") ?? 0;
  return optionalBoolean(body, "logprobs") === true ? { top } : undefined;
}

/** Gateways take metadata of any shape from clients; only labels, which are text, are for the vendor. */
export function decodeLabels(metadata: Fields | undefined): Readonly<Record<string, string>> | undefined {
  if (!metadata) return undefined;
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(fieldsAt(metadata, "metadata")))
    if (typeof value === "string" && key !== "__proto__") labels[key] = value;
  return Object.keys(labels).length > 0 ? labels : undefined;
}
