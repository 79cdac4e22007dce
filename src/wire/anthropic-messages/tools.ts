/** Tools, and which of them the model should use: functions, hosted tools and MCP servers. */

import type { ChatRequest, Tool, ToolChoice, WebSearch } from "../../canonical/chat.ts";
import {
  type Fields,
  fieldsAt,
  fieldsOf,
  isFields,
  optionalBoolean,
  optionalList,
  optionalString,
  requiredString,
  textOf,
  unknownFields,
  wrong,
} from "../reader.ts";
import { cacheControl, cacheMark } from "./cache.ts";
import { format, type WireTool, type WireToolChoice } from "./types.ts";

const functionFields: ReadonlySet<string> = new Set([
  "type",
  "name",
  "description",
  "input_schema",
  "strict",
  "cache_control",
]);

/** Fields of functions that Anthropic alone knows; the `extra` of another language's tools stays behind. */
const ownFields = ["input_examples", "defer_loading", "allowed_callers", "eager_input_streaming"] as const;

export function decodeTools(body: Fields): readonly Tool[] | undefined {
  const tools = optionalList(body, "tools");
  const servers = optionalList(body, "mcp_servers");
  if (!tools && !servers) return undefined;
  const decoded: Tool[] = [];
  for (const [index, tool] of (tools ?? []).entries()) {
    const path = `tools.${index}`;
    decoded.push(decodeTool(fieldsAt(tool, path), path));
  }
  for (const [index, server] of (servers ?? []).entries()) {
    const path = `mcp_servers.${index}`;
    const words = fieldsAt(server, path);
    decoded.push({ type: "hosted", format, name: requiredString(words, "name", path), words });
  }
  return decoded;
}

function decodeTool(tool: Fields, path: string): Tool {
  const type = optionalString(tool, "type", path) ?? "custom";
  if (type !== "custom") {
    return { type: "hosted", format, name: optionalString(tool, "name", path) ?? type, words: tool };
  }
  const description = optionalString(tool, "description", path);
  const schema = tool["input_schema"];
  if (!isFields(schema)) throw wrong(`${path}.input_schema`, "a JSON schema", schema);
  const strict = optionalBoolean(tool, "strict", path);
  const cache = cacheMark(tool, path);
  const extra = unknownFields(tool, functionFields);
  return {
    type: "function",
    name: requiredString(tool, "name", path),
    ...(description !== undefined && { description }),
    schema,
    ...(strict !== undefined && { strict }),
    ...(cache && { cache }),
    ...(extra && { extra }),
  };
}

/** What stands in `tools` and what in `mcp_servers`. */
export interface WireTools {
  readonly tools: readonly unknown[];
  readonly servers: readonly unknown[];
}

export function encodeTools({ tools = [], toolChoice, webSearch }: ChatRequest): WireTools {
  const encoded: unknown[] = [];
  const servers: unknown[] = [];
  const allowed = toolChoice?.type === "allowed" ? new Set(toolChoice.names) : undefined;
  for (const tool of tools) {
    if (allowed && !allowed.has(tool.name)) continue;
    const server = serverOf(tool);
    const words = server ?? encodeTool(tool);
    if (words) (server ? servers : encoded).push(words);
  }
  // A search with settings that only its own language tells stands among the tools as well, and a name may stand there once.
  if (webSearch && !encoded.some(isSearch)) encoded.push(encodeWebSearch(webSearch));
  return { tools: encoded, servers };
}

const isSearch = (tool: unknown): boolean => isFields(tool) && tool["name"] === "web_search";

function serverOf(tool: Tool): Fields | undefined {
  if (tool.type !== "hosted") return undefined;
  const { words } = tool;
  if (tool.format === format) return words["type"] === "url" ? words : undefined;
  return words["type"] === "mcp" && typeof words["server_url"] === "string" ? encodeServer(words) : undefined;
}

/** Whether a hosted tool, of whichever language, has words here. */
export const saysHosted = (tool: Tool): boolean => serverOf(tool) !== undefined || encodeTool(tool) !== undefined;

function encodeTool(tool: Tool): WireTool | Fields | undefined {
  switch (tool.type) {
    case "function":
      return encodeFunction(tool);
    case "custom":
      return {
        name: tool.name,
        ...(tool.description !== undefined && { description: tool.description }),
        input_schema: { type: "object", properties: { input: { type: "string" } }, required: ["input"] },
      };
    case "hosted":
      return encodeHosted(tool);
  }
}

function encodeFunction(tool: Tool & { type: "function" }): WireTool {
  const { name, description, schema, strict, cache, extra } = tool;
  const encoded: Record<string, unknown> = { name };
  if (description !== undefined) encoded["description"] = description;
  encoded["input_schema"] = inputSchema(schema);
  // Unsaid it is false, and older models refuse the word.
  if (strict === true) encoded["strict"] = strict;
  if (cache) encoded["cache_control"] = cacheControl(cache);
  if (extra) for (const key of ownFields) if (extra[key] !== undefined) encoded[key] = extra[key];
  return encoded as unknown as WireTool;
}

/** Anthropic wants an object's schema, also of a function without arguments. */
function inputSchema(schema: unknown): unknown {
  if (!isFields(schema)) return { type: "object", properties: {} };
  return schema["type"] === undefined ? { ...schema, type: "object" } : schema;
}

/** Clients of other languages name Anthropic's tools by their dated types, or mean a web search in words of their own. */
function encodeHosted({ format: from, words }: Tool & { type: "hosted" }): Fields | undefined {
  if (from === format) return words;
  const type = typeof words["type"] === "string" ? words["type"] : "";
  if (isDated(type)) return flattened(words);
  return type.startsWith("web_search") ? encodeWebSearch(searchOf(words)) : undefined;
}

/** OpenAI's clients put what describes a tool into `function`, and its settings into the parameters of that. */
function flattened(words: Fields): Fields {
  const described = words["function"];
  if (!isFields(described)) return words;
  const { function: _, ...rest } = words;
  return { name: described["name"], ...rest, ...fieldsOf(described["parameters"]) };
}

/** A remote MCP server as OpenAI's clients name it. */
function encodeServer(words: Fields): Fields {
  const { server_url: url, server_label: label, allowed_tools: allowed, headers } = words;
  const bearer = textOf(fieldsOf(headers)["Authorization"]);
  return {
    type: "url",
    url,
    name: label ?? "mcp",
    ...(bearer?.startsWith("Bearer ") && { authorization_token: bearer.slice(7) }),
    ...(Array.isArray(allowed) && { tool_configuration: { enabled: true, allowed_tools: allowed } }),
  };
}

/** "web_search_20250305": Anthropic's types end in their date; no other vendor's do. */
function isDated(type: string): boolean {
  const underscore = type.length - 9;
  if (underscore < 1 || type[underscore] !== "_") return false;
  for (let at = underscore + 1; at < type.length; at++) {
    const digit = type.charCodeAt(at);
    if (digit < 48 || digit > 57) return false;
  }
  return true;
}

function searchOf({ search_context_size: size, user_location: location }: Fields): WebSearch {
  return {
    ...(typeof size === "string" && { contextSize: size }),
    ...(isFields(location) && { location }),
  };
}

const searches: Readonly<Record<string, number>> = { low: 1, medium: 5, high: 10 };

function encodeWebSearch({ contextSize, location }: WebSearch): Fields {
  const uses = contextSize !== undefined && Object.hasOwn(searches, contextSize) ? searches[contextSize] : undefined;
  return {
    type: "web_search_20250305",
    name: "web_search",
    ...(uses !== undefined && { max_uses: uses }),
    ...(location && { user_location: approximate(location) }),
  };
}

/** OpenAI's clients put the place one level deeper. */
function approximate(location: Fields): Fields {
  const { approximate: place, ...rest } = location;
  return { ...(isFields(place) ? place : rest), type: "approximate" };
}

export function decodeToolChoice(body: Fields): Pick<ChatRequest, "toolChoice" | "parallelTools"> {
  const choice = body["tool_choice"];
  if (choice === undefined || choice === null) return {};
  const path = "tool_choice";
  const fields = fieldsAt(choice, path);
  const disabled = optionalBoolean(fields, "disable_parallel_tool_use", path);
  return { toolChoice: choiceOf(fields, path), ...(disabled !== undefined && { parallelTools: !disabled }) };
}

function choiceOf(fields: Fields, path: string): ToolChoice {
  switch (fields["type"]) {
    case "auto":
      return { type: "auto" };
    case "any":
      return { type: "required" };
    case "none":
      return { type: "none" };
    case "tool":
      return { type: "tool", name: requiredString(fields, "name", path) };
    default:
      throw wrong(`${path}.type`, '"auto", "any", "tool" or "none"', fields["type"]);
  }
}

/** Only to be said where there are tools. */
export function encodeToolChoice({ toolChoice, parallelTools }: ChatRequest): WireToolChoice | undefined {
  const choice = toolChoice ? choiceWords(toolChoice) : undefined;
  if (parallelTools === undefined || choice?.type === "none") return choice;
  return { ...(choice ?? { type: "auto" }), disable_parallel_tool_use: !parallelTools };
}

function choiceWords(choice: ToolChoice): WireToolChoice {
  switch (choice.type) {
    case "required":
      return { type: "any" };
    case "allowed":
      return { type: choice.required ? "any" : "auto" };
    case "tool":
      return { type: "tool", name: choice.name };
    case "auto":
    case "none":
      return { type: choice.type };
  }
}
