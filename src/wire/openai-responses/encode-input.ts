/** The turns of a conversation as a vendor's input: one item for each message, thought, call and result. */

import type { Message, Tool } from "../../canonical/chat.ts";
import type { Part, ReasoningPart, ToolCallPart, ToolResultPart } from "../../canonical/part.ts";
import { put, type Words } from "../words.ts";
import { encodeInputPart, encodeOutputPart } from "./content.ts";
import { encodeThought } from "./sealed.ts";
import { type Members, membersOf } from "./tools.ts";
import { formatId } from "./types.ts";

/** What the client said first to steer the model, where it is one text. */
export function instructionsOf(messages: readonly Message[]): string | undefined {
  const [first] = messages;
  const [only] = first?.parts ?? [];
  return first?.role === "system" && first.parts.length === 1 && only?.type === "text" ? only.text : undefined;
}

export function encodeInput(messages: readonly Message[], tools: readonly Tool[] | undefined): Words[] {
  const writer: Writer = { items: [], members: membersOf(tools), customCalls: new Set() };
  for (const message of messages) encodeMessage(message, writer);
  return writer.items;
}

interface Writer {
  readonly items: Words[];
  readonly members: Members;
  /** Ids of calls whose input is free text: other languages do not mark their results. */
  readonly customCalls: Set<string>;
}

function encodeMessage({ role, parts, id }: Message, writer: Writer): void {
  const encodePart = role === "assistant" ? encodeOutputPart : encodeInputPart;
  let content: Words[] = [];
  let name = id;
  const flush = (): void => {
    if (content.length === 0) return;
    const item: Words = { type: "message", role, content };
    put(item, "id", name);
    writer.items.push(item);
    content = [];
    name = undefined;
  };
  for (const part of parts) {
    if (part.type === "reasoning" && part.redacted !== undefined) continue;
    const item = encodeItem(part, writer);
    if (item) {
      flush();
      writer.items.push(item);
      continue;
    }
    const words = encodePart(part);
    if (words) content.push(words);
  }
  flush();
}

/** A part that stands by itself; undefined for what belongs into a message. */
function encodeItem(part: Part, writer: Writer): Words | undefined {
  switch (part.type) {
    case "reasoning":
      return encodeThought(ownSeal(part), part.id);
    case "tool-call":
      return encodeCall(part, writer);
    case "tool-result":
      return encodeResult(part, writer);
    case "opaque":
      return isItem(part.words) && part.format === formatId ? part.words : undefined;
    default:
      return undefined;
  }
}

/**
 * A vendor refuses a conversation for a seal that is not its own. Anthropic's are protobuf in base64, whose first field
 * shows in its first letters, and its clients keep no ids of thoughts; what it redacted nobody else can open.
 */
function ownSeal({ id, text, signature }: ReasoningPart): ReasoningPart {
  const own = signature !== undefined && (id !== undefined || !anthropicSeal.test(signature));
  return own ? { type: "reasoning", text, signature } : { type: "reasoning", text };
}
const anthropicSeal = /^E[g-v]/;

/** Pieces of messages say that they are. */
const isItem = (words: unknown): words is Words =>
  typeof words === "object" && words !== null && (words as Words)["type"] !== "message";

function encodeCall({ id, name, input, custom }: ToolCallPart, { members, customCalls }: Writer): Words {
  if (custom) customCalls.add(id);
  return callItem(custom === true, id, name, input, members);
}

export function callItem(custom: boolean, callId: string, name: string, input: string, members: Members): Words {
  const member = members.get(name);
  const item: Words = {
    type: custom ? "custom_tool_call" : "function_call",
    call_id: callId,
    name: member?.name ?? name,
  };
  if (member) item["namespace"] = member.namespace;
  // An empty input is no JSON, though some vendors send it for a call without arguments.
  if (custom) item["input"] = input;
  else item["arguments"] = input;
  return item;
}

function encodeResult({ id, parts, custom }: ToolResultPart, { customCalls }: Writer): Words {
  const type = custom || customCalls.has(id) ? "custom_tool_call_output" : "function_call_output";
  return { type, call_id: id, output: encodeOutput(parts) };
}

function encodeOutput(parts: readonly Part[]): string | Words[] {
  const [only] = parts;
  if (only === undefined) return "";
  if (parts.length === 1 && only.type === "text") return only.text;
  const list: Words[] = [];
  for (const part of parts) {
    const words = encodeInputPart(part);
    if (words) list.push(words);
  }
  return list;
}
