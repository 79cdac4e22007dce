/** Tools that a model may call, which of them it must, and the calls themselves. */

import type { Tool, ToolChoice } from "../../canonical/chat.ts";
import { invalid } from "../../canonical/error.ts";
import type { ToolCallPart } from "../../canonical/part.ts";
import {
  type Fields,
  fieldsAt,
  fieldsOf,
  isFields,
  itemsOf,
  optionalBoolean,
  optionalString,
  pathOf,
  requiredFields,
  requiredList,
  requiredString,
  textOf,
  unknownFields,
} from "../reader.ts";
import type { Words } from "../words.ts";
import { encodeMark, formatId, marked } from "./parts.ts";
import type { WireToolCall } from "./types.ts";

const functionFields: ReadonlySet<string> = new Set(["name", "description", "parameters", "strict", "cache_control"]);
const toolFields: ReadonlySet<string> = new Set(["type", "function", "cache_control"]);

export function decodeTool(value: unknown, path: string): Tool {
  const tool = fieldsAt(value, path);
  const type = optionalString(tool, "type", path) ?? "function";
  if (type === "function" && isFields(tool["function"])) return decodeFunction(tool["function"], tool, path);
  if (type === "custom" && isFields(tool["custom"])) return decodeCustom(tool["custom"], pathOf(path, "custom"));
  if (type === "function" || type === "custom") throw invalid(pathOf(path, type), `${path}.${type} must be an object`);
  return { type: "hosted", format: formatId, name: textOf(tool["name"]) ?? type, words: tool };
}

/** `tool` is what wraps the function; the older `functions` have no wrapping. */
function decodeFunction(from: Fields, tool: Fields, path: string): Tool {
  const at = pathOf(path, "function");
  const description = optionalString(from, "description", at);
  const strict = optionalBoolean(from, "strict", at);
  const mark = marked(tool, path) ?? marked(from, at);
  const schema = from["parameters"];
  const extra = { ...unknownFields(tool, toolFields), ...unknownFields(from, functionFields) };
  return {
    type: "function",
    name: requiredString(from, "name", at),
    ...(description !== undefined && { description }),
    ...(schema !== undefined && schema !== null && { schema: fieldsAt(schema, pathOf(at, "parameters")) }),
    ...(strict !== undefined && { strict }),
    ...mark,
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

const noWrapping: Fields = {};
export const decodeLegacyFunction = (value: unknown, path: string): Tool =>
  decodeFunction(fieldsAt(value, path), noWrapping, path);

function decodeCustom(custom: Fields, path: string): Tool {
  const description = optionalString(custom, "description", path);
  const grammar = custom["format"];
  return {
    type: "custom",
    name: requiredString(custom, "name", path),
    ...(description !== undefined && { description }),
    ...(grammar !== undefined && grammar !== null && { grammar }),
  };
}

/** Undefined for a vendor's tool of another language. */
export function encodeTool(tool: Tool): Words | undefined {
  if (tool.type === "hosted") return tool.format === formatId ? tool.words : undefined;
  const inner: Words = { name: tool.name };
  if (tool.description !== undefined) inner["description"] = tool.description;
  if (tool.type === "custom") {
    if (tool.grammar !== undefined) inner["format"] = tool.grammar;
    return { type: "custom", custom: inner };
  }
  if (tool.schema !== undefined) inner["parameters"] = tool.schema;
  if (tool.strict !== undefined) inner["strict"] = tool.strict;
  const words: Words = { type: "function", function: inner };
  if (tool.cache) words["cache_control"] = encodeMark(tool.cache);
  return tool.extra ? { ...tool.extra, ...words } : words;
}

/** Undefined for a choice that we do not know, which then stays as it was said. */
export function decodeToolChoice(value: unknown, path: string): ToolChoice | undefined {
  if (typeof value === "string") {
    // "any" is what some vendors of this language call it.
    if (value === "any") return { type: "required" };
    if (value === "auto" || value === "none" || value === "required") return { type: value };
    throw invalid(path, `${path} must be "auto", "none", "required" or an object`);
  }
  const choice = fieldsAt(value, path);
  const type = requiredString(choice, "type", path);
  if (type === "function" || type === "custom")
    return { type: "tool", name: requiredString(requiredFields(choice, type, path), "name", pathOf(path, type)) };
  if (type === "allowed_tools") return decodeAllowed(choice, path);
  if (type === "auto" || type === "none" || type === "required") return { type };
  return undefined;
}

function decodeAllowed(choice: Fields, path: string): ToolChoice {
  const at = pathOf(path, "allowed_tools");
  const allowed = requiredFields(choice, "allowed_tools", path);
  const names: string[] = [];
  for (const [index, value] of requiredList(allowed, "tools", at).entries()) {
    const where = pathOf(pathOf(at, "tools"), index);
    const tool = fieldsAt(value, where);
    const type = tool["type"] === "custom" ? "custom" : "function";
    const from = isFields(tool[type]) ? tool[type] : tool;
    names.push(requiredString(from, "name", where));
  }
  return { type: "allowed", names, required: optionalString(allowed, "mode", at) === "required" };
}

/** `function_call` of before there were tools: "auto", "none" or {name}. */
export function decodeLegacyChoice(value: unknown): ToolChoice {
  if (value === "auto" || value === "none") return { type: value };
  if (typeof value === "string") throw invalid("function_call", 'function_call must be "auto", "none" or an object');
  return { type: "tool", name: requiredString(fieldsAt(value, "function_call"), "name", "function_call") };
}

export function encodeToolChoice(choice: ToolChoice, tools: readonly Tool[]): unknown {
  if (choice.type === "tool") return named(choice.name, tools);
  if (choice.type !== "allowed") return choice.type;
  return {
    type: "allowed_tools",
    allowed_tools: {
      mode: choice.required ? "required" : "auto",
      tools: choice.names.map((name) => named(name, tools)),
    },
  };
}

function named(name: string, tools: readonly Tool[]): Words {
  const type = tools.some((tool) => tool.type === "custom" && tool.name === name) ? "custom" : "function";
  return { type, [type]: { name } };
}

/** A client that keeps nothing but a call's id still brings back the vendor's seal on the thought behind it. */
const seal = "__thought__";

export function unsealed(id: string): { readonly id: string; readonly signature?: string } {
  const at = id.indexOf(seal);
  return at < 0 ? { id } : { id: id.slice(0, at), signature: id.slice(at + seal.length) };
}

export const sealedId = ({ id, signature }: Pick<ToolCallPart, "id" | "signature">): string =>
  signature === undefined ? id : `${id}${seal}${signature}`;

/** Tolerant: a call as a vendor says it. Undefined for a kind that we do not know. */
export function readToolCall(value: unknown): ToolCallPart | undefined {
  const call = fieldsOf(value);
  const { id, signature = signatureOf(call) } = unsealed(textOf(call["id"]) ?? "");
  const sealed = signature === undefined ? undefined : { signature };
  if (isFields(call["custom"])) {
    const { name, input } = call["custom"];
    return { type: "tool-call", id, name: textOf(name) ?? "", input: textOf(input) ?? "", custom: true, ...sealed };
  }
  if (!isFields(call["function"])) return undefined;
  const { name, arguments: input } = call["function"];
  return { type: "tool-call", id, name: textOf(name) ?? "", input: inputText(input), ...sealed };
}

/** Some hosts send the arguments as the object itself. */
export const inputText = (input: unknown): string => {
  if (typeof input === "string") return input;
  return isFields(input) ? JSON.stringify(input) : "";
};

/** Vendors and gateways put the seal in different drawers: {extra_content: {<vendor>: {thought_signature}}} or {provider_specific_fields: {thought_signature}}. */
export function signatureOf(call: Fields): string | undefined {
  const drawers = [call["provider_specific_fields"], ...itemsOf(Object.values(fieldsOf(call["extra_content"])))];
  for (const drawer of drawers) {
    const signature = textOf(fieldsOf(drawer)["thought_signature"]);
    if (signature !== undefined) return signature;
  }
  return undefined;
}

export const encodeToolCall = ({ name, input, custom }: ToolCallPart, id: string): WireToolCall =>
  custom
    ? { id, type: "custom", custom: { name, input } }
    : { id, type: "function", function: { name, arguments: input } };
