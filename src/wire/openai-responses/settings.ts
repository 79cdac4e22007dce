/** The settings of a request that have a shape of their own: text format, reasoning, web search, what to include. */

import type { ChatRequest, OutputFormat, ReasoningSettings, Tool, WebSearch } from "../../canonical/chat.ts";
import { effortOf } from "../openai-chat/settings.ts";
import {
  type Fields,
  itemsOf,
  optionalBoolean,
  optionalFields,
  optionalInteger,
  optionalString,
  optionalStrings,
  requiredFields,
  requiredString,
} from "../reader.ts";
import { put, type Words } from "../words.ts";
import { formatId } from "./types.ts";

/** The vendor demands a name; nobody else does. */
const unnamed = "structured_output";

/** Undefined for a format that we do not know. */
export function decodeOutput(text: Fields): OutputFormat | undefined {
  const at = "text.format";
  const format = optionalFields(text, "format", "text");
  if (!format) return undefined;
  const type = requiredString(format, "type", at);
  if (type === "text") return { type: "text" };
  if (type === "json_object") return { type: "json" };
  if (type !== "json_schema") return undefined;
  const name = requiredString(format, "name", at);
  const description = optionalString(format, "description", at);
  const schema = requiredFields(format, "schema", at);
  const strict = optionalBoolean(format, "strict", at);
  return {
    type: "json-schema",
    ...(name !== unnamed && { name }),
    ...(description !== undefined && { description }),
    schema,
    ...(strict !== undefined && { strict }),
  };
}

export function encodeOutput(output: OutputFormat): Words {
  if (output.type === "text") return { type: "text" };
  if (output.type === "json") return { type: "json_object" };
  const words: Words = { type: "json_schema", name: output.name ?? unnamed };
  put(words, "description", output.description);
  words["schema"] = output.schema;
  words["strict"] = output.strict === true;
  return words;
}

export function decodeReasoning(body: Fields): ReasoningSettings | undefined {
  const reasoning = optionalFields(body, "reasoning");
  if (!reasoning) return undefined;
  const effort = optionalString(reasoning, "effort", "reasoning");
  // The older name of `summary`.
  const older = optionalString(reasoning, "generate_summary", "reasoning");
  const summary = optionalString(reasoning, "summary", "reasoning") ?? older;
  return { ...(effort !== undefined && { effort }), ...(summary !== undefined && { summary }) };
}

export function encodeReasoning(reasoning: ReasoningSettings): Words | undefined {
  const words: Words = {};
  put(words, "effort", reasoning.mode === "disabled" ? (reasoning.effort ?? "none") : effortOf(reasoning));
  if (reasoning.summary !== "summarized" && reasoning.summary !== "omitted") put(words, "summary", reasoning.summary);
  if (reasoning.summary === "summarized") words["summary"] = "auto";
  return Object.keys(words).length > 0 || reasoning.mode === undefined ? words : undefined;
}

/** The searches that other languages can ask for: live ones. Codex's search among cached pages is none of them. */
export function webSearchOf(tools: readonly Tool[] | undefined): WebSearch | undefined {
  for (const tool of tools ?? []) {
    if (tool.type !== "hosted" || tool.format !== formatId || !tool.name.startsWith("web_search")) continue;
    if (tool.words["external_web_access"] === false) continue;
    const contextSize = optionalString(tool.words, "search_context_size", "tools");
    const location = optionalFields(tool.words, "user_location", "tools");
    return { ...(contextSize !== undefined && { contextSize }), ...(location && { location }) };
  }
  return undefined;
}

const plainSearchFields: ReadonlySet<string> = new Set(["type", "search_context_size", "user_location"]);

/** A search tool of which `webSearch` tells everything. */
export const isPlainSearch = (tool: Tool): boolean =>
  tool.type === "hosted" &&
  tool.words["type"] === "web_search" &&
  Object.keys(tool.words).every((key) => plainSearchFields.has(key));

export function encodeWebSearch({ contextSize, location }: WebSearch): Words {
  const words: Words = { type: "web_search" };
  put(words, "search_context_size", contextSize);
  if (location) words["user_location"] = "type" in location ? location : { type: "approximate", ...location };
  return words;
}

const logprobsWord = "message.output_text.logprobs";
export const sealedThoughts = "reasoning.encrypted_content";

/** Log probabilities are asked for among what to include; whatever else stands there is for speakers of this language. */
export function decodeInclude(body: Fields): {
  readonly logprobs: ChatRequest["logprobs"];
  readonly include: readonly string[] | undefined;
} {
  const said = optionalStrings(body, "include");
  const top = optionalInteger(body, "top_logprobs");
  const asked = said?.includes(logprobsWord) === true || (top ?? 0) > 0;
  const rest = said?.filter((word) => word !== logprobsWord);
  return {
    logprobs: asked ? { top: top ?? 0 } : undefined,
    include: rest && (rest.length > 0 || said?.length === 0) ? rest : undefined,
  };
}

/** A client that gets its thoughts as signed blocks can only send them back if they come sealed. */
export function encodeInclude({ logprobs, extra, reasoning }: ChatRequest): readonly unknown[] | undefined {
  const said: unknown = extra?.["include"];
  const include: unknown[] = [...itemsOf(said)];
  if (logprobs) include.push(logprobsWord);
  const signed = reasoning?.mode === "enabled" || reasoning?.mode === "adaptive";
  if (signed && !include.includes(sealedThoughts)) include.push(sealedThoughts);
  return include.length > 0 || Array.isArray(said) ? include : undefined;
}
