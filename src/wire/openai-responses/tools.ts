/** Tools, and which of them must be called. Tools of a namespace are told to other languages one by one, as namespace__name. */

import type { Tool, ToolChoice } from "../../canonical/chat.ts";
import { invalid } from "../../canonical/error.ts";
import {
  type Fields,
  fieldsAt,
  fieldsOf,
  itemsOf,
  optionalBoolean,
  optionalFields,
  optionalList,
  optionalString,
  pathOf,
  requiredList,
  requiredString,
  textOf,
} from "../reader.ts";
import { put, type Words } from "../words.ts";
import { formatId } from "./types.ts";

export function decodeTools(list: readonly unknown[]): Tool[] {
  const tools: Tool[] = [];
  for (let index = 0; index < list.length; index++) {
    const path = `tools.${index}`;
    const tool = fieldsAt(list[index], path);
    const type = requiredString(tool, "type", path);
    if (type === "function" || type === "custom") tools.push(decodeOwn(tool, path, ""));
    else {
      // Kept whole for speakers of this language, who get it back in place of its members.
      tools.push({ type: "hosted", format: formatId, name: type, words: tool });
      if (type === "namespace") decodeMembers(tool, path, tools);
    }
  }
  return tools;
}

function decodeMembers(namespace: Fields, path: string, tools: Tool[]): void {
  const prefix = requiredString(namespace, "name", path);
  const members = optionalList(namespace, "tools", path) ?? [];
  for (let index = 0; index < members.length; index++) {
    const at = pathOf(pathOf(path, "tools"), index);
    const member = fieldsAt(members[index], at);
    if (member["type"] === "function" || member["type"] === "custom") tools.push(decodeOwn(member, at, prefix));
  }
}

function decodeOwn(tool: Fields, path: string, namespace: string): Tool {
  const name = joined(namespace, requiredString(tool, "name", path));
  const description = optionalString(tool, "description", path);
  const told = { name, ...(description !== undefined && { description }) };
  if (tool["type"] === "custom") {
    const grammar = optionalFields(tool, "format", path);
    return { type: "custom", ...told, ...(grammar && { grammar }) };
  }
  const schema = optionalFields(tool, "parameters", path);
  const strict = optionalBoolean(tool, "strict", path);
  return { type: "function", ...told, ...(schema && { schema }), ...(strict !== undefined && { strict }) };
}

export const joined = (namespace: string | undefined, name: string): string =>
  namespace ? `${namespace}__${name}` : name;

/** A member's own name and its namespace; undefined for a name that is no member's. */
export type Members = ReadonlyMap<string, { readonly namespace: string; readonly name: string }>;

export function membersOf(tools: readonly Tool[] | undefined): Members {
  const members = new Map<string, { namespace: string; name: string }>();
  for (const tool of tools ?? []) {
    if (tool.type !== "hosted" || tool.format !== formatId || tool.words["type"] !== "namespace") continue;
    const namespace = textOf(tool.words["name"]) ?? "";
    for (const value of itemsOf(tool.words["tools"])) {
      const name = textOf(fieldsOf(value)["name"]);
      if (name !== undefined) members.set(joined(namespace, name), { namespace, name });
    }
  }
  return members;
}

/** To a vendor, or (`asGiven`) back to the client that named them. */
export function encodeTools(tools: readonly Tool[], asGiven: boolean): Words[] {
  const members = membersOf(tools);
  const list: Words[] = [];
  for (const tool of tools) {
    if (tool.type === "hosted") {
      if (tool.format === formatId) list.push(tool.words);
    } else if (!members.has(tool.name)) list.push(encodeOwn(tool, asGiven));
  }
  return list;
}

function encodeOwn(tool: Exclude<Tool, { type: "hosted" }>, asGiven: boolean): Words {
  const words: Words = { type: tool.type, name: tool.name };
  put(words, "description", tool.description);
  if (tool.type === "custom") put(words, "format", tool.grammar);
  else {
    words["parameters"] = tool.schema ?? null;
    // Unsaid, this vendor would make it strict if it can, and demand what the schema leaves open.
    put(words, "strict", asGiven ? tool.strict : tool.strict === true);
  }
  return words;
}

/** Undefined for a choice that we do not know, which then stays as it was said. */
export function decodeToolChoice(value: unknown): ToolChoice | undefined {
  const path = "tool_choice";
  if (typeof value === "string") {
    if (value === "auto" || value === "none" || value === "required") return { type: value };
    throw invalid(path, `${path} must be "auto", "none", "required" or an object`);
  }
  const choice = fieldsAt(value, path);
  const type = requiredString(choice, "type", path);
  if (type === "function" || type === "custom") return { type: "tool", name: requiredString(choice, "name", path) };
  if (type === "allowed_tools") return decodeAllowed(choice, path);
  // A tool of the vendor's own is called by its type; what says more than that stays as it was said.
  return Object.keys(choice).length === 1 ? { type: "tool", name: type } : undefined;
}

function decodeAllowed(choice: Fields, path: string): ToolChoice {
  const names: string[] = [];
  const tools = requiredList(choice, "tools", path);
  for (let index = 0; index < tools.length; index++) {
    const at = pathOf(pathOf(path, "tools"), index);
    const tool = fieldsAt(tools[index], at);
    names.push(optionalString(tool, "name", at) ?? requiredString(tool, "type", at));
  }
  return { type: "allowed", names, required: optionalString(choice, "mode", path) === "required" };
}

export function encodeToolChoice(choice: ToolChoice, tools: readonly Tool[]): unknown {
  if (choice.type === "tool") return named(choice.name, tools);
  if (choice.type !== "allowed") return choice.type;
  const allowed = choice.names.map((name) => named(name, tools));
  return { type: "allowed_tools", mode: choice.required ? "required" : "auto", tools: allowed };
}

function named(name: string, tools: readonly Tool[]): Words {
  const tool = tools.find((one) => one.name === name);
  return tool?.type === "hosted" ? { type: name } : { type: tool?.type ?? "function", name };
}
