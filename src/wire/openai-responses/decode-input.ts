/** A client's input, item by item, as the turns of a conversation: what the model said in a row is one turn, and so are the results it got in a row. */

import type { Message } from "../../canonical/chat.ts";
import { invalid } from "../../canonical/error.ts";
import type { Part, ReasoningPart, ToolCallPart, ToolResultPart } from "../../canonical/part.ts";
import { unsealed } from "../openai-chat/tools.ts";
import { type Fields, fieldsAt, listAt, optionalList, optionalString, pathOf, requiredString } from "../reader.ts";
import { decodeContent } from "./content.ts";
import { openThought } from "./sealed.ts";
import { joined } from "./tools.ts";
import { formatId } from "./types.ts";

interface Turn {
  readonly role: Message["role"];
  readonly parts: Part[];
  id?: string;
  /** What other items of its kind may join. */
  readonly open?: "said" | "results";
}

export function decodeInput(input: unknown): Message[] {
  if (typeof input === "string") return [{ role: "user", parts: [{ type: "text", text: input }] }];
  const items = listAt(input, "input");
  const turns: Turn[] = [];
  for (let index = 0; index < items.length; index++) {
    const path = `input.${index}`;
    addItem(fieldsAt(items[index], path), path, turns);
  }
  return turns.map(({ role, parts, id }) => (id === undefined ? { role, parts } : { role, parts, id }));
}

function addItem(item: Fields, path: string, turns: Turn[]): void {
  const type = optionalString(item, "type", path) ?? "message";
  switch (type) {
    case "message":
      addMessage(item, path, turns);
      return;
    case "reasoning":
      say(turns, decodeThought(item, path));
      return;
    case "function_call":
    case "custom_tool_call":
      say(turns, decodeCall(item, type === "custom_tool_call", path));
      return;
    case "function_call_output":
    case "custom_tool_call_output":
      join(turns, "results", decodeResult(item, type === "custom_tool_call_output", path));
      return;
    default: {
      const answers = type.endsWith("_output") || type.endsWith("_response");
      join(turns, answers ? "results" : "said", { type: "opaque", format: formatId, words: item });
    }
  }
}

const say = (turns: Turn[], part: Part): void => join(turns, "said", part);

function join(turns: Turn[], open: "said" | "results", part: Part): void {
  const last = turns[turns.length - 1];
  if (last?.open === open) last.parts.push(part);
  else turns.push({ role: open === "said" ? "assistant" : "user", parts: [part], open });
}

function addMessage(item: Fields, path: string, turns: Turn[]): void {
  const role = roleOf(requiredString(item, "role", path), path);
  if (item["content"] === undefined) throw invalid(pathOf(path, "content"), `${path}.content is missing`);
  const parts = decodeContent(item["content"], pathOf(path, "content"));
  const id = optionalString(item, "id", path);
  const last = turns[turns.length - 1];
  if (role !== "assistant") turns.push({ role, parts });
  else if (last?.open === "said" && mayJoin(last, id)) {
    for (const part of parts) last.parts.push(part);
    if (id !== undefined) last.id ??= id;
  } else turns.push({ role, parts, open: "said", ...(id !== undefined && { id }) });
}

/** Two messages that both have a name stay two, unless a call's result would then no longer follow its call. */
const mayJoin = (turn: Turn, id: string | undefined): boolean =>
  id === undefined || turn.id === undefined || turn.parts.some((part) => part.type === "tool-call");

function roleOf(role: string, path: string): Message["role"] {
  if (role === "user" || role === "assistant" || role === "system" || role === "developer") return role;
  throw invalid(pathOf(path, "role"), `${path}.role must be "user", "assistant", "system" or "developer"`);
}

function decodeThought(item: Fields, path: string): ReasoningPart {
  const texts: string[] = [];
  for (const key of ["summary", "content"]) {
    const list = optionalList(item, key, path) ?? [];
    for (let index = 0; index < list.length; index++) {
      const at = pathOf(pathOf(path, key), index);
      texts.push(requiredString(fieldsAt(list[index], at), "text", at));
    }
  }
  const id = optionalString(item, "id", path);
  return openThought(texts.join("\n\n"), optionalString(item, "encrypted_content", path), id);
}

function decodeCall(item: Fields, custom: boolean, path: string): ToolCallPart {
  const call = { type: "tool-call", ...unsealed(requiredString(item, "call_id", path)) } as const;
  const name = joined(optionalString(item, "namespace", path), requiredString(item, "name", path));
  const input = requiredString(item, custom ? "input" : "arguments", path);
  return custom ? { ...call, name, input, custom } : { ...call, name, input };
}

function decodeResult(item: Fields, custom: boolean, path: string): ToolResultPart {
  const { id } = unsealed(requiredString(item, "call_id", path));
  const parts = decodeContent(item["output"], pathOf(path, "output"));
  return custom ? { type: "tool-result", id, parts, custom } : { type: "tool-result", id, parts };
}
