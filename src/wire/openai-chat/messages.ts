/** The turns of a conversation. Results of tools are messages of their own here, and parts of a user's message in canonical words. */

import type { Message } from "../../canonical/chat.ts";
import { invalid } from "../../canonical/error.ts";
import type { OpaquePart, Part, ReasoningPart, ToolCallPart, ToolResultPart } from "../../canonical/part.ts";
import {
  type Fields,
  fieldsAt,
  isFields,
  itemsOf,
  optionalFields,
  optionalList,
  optionalString,
  pathOf,
  requiredString,
  textOf,
} from "../reader.ts";
import type { Words } from "../words.ts";
import { decodeContent, encodeMark, encodePart, formatId, marked } from "./parts.ts";
import { encodeToolCall, readToolCall, unsealed } from "./tools.ts";

export function decodeMessages(list: readonly unknown[]): Message[] {
  const messages: Message[] = [];
  let results: Part[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const path = `messages.${index}`;
    const message = fieldsAt(list[index], path);
    const result = decodeResult(message, path);
    if (!result) {
      results = undefined;
      messages.push(decodeMessage(message, path));
    } else if (results) results.push(result);
    else {
      // Results that follow each other answer one turn.
      results = [result];
      messages.push({ role: "user", parts: results });
    }
  }
  return messages;
}

function decodeResult(message: Fields, path: string): ToolResultPart | undefined {
  const role = message["role"];
  if (role !== "tool" && role !== "function") return undefined;
  const name = optionalString(message, "name", path);
  const given = role === "tool" ? requiredString(message, "tool_call_id", path) : requiredString(message, "name", path);
  return {
    type: "tool-result",
    id: unsealed(given).id,
    ...(name !== undefined && { name }),
    parts: decodeContent(message["content"], pathOf(path, "content")),
    ...marked(message, path),
  };
}

function decodeMessage(message: Fields, path: string): Message {
  const role = roleOf(requiredString(message, "role", path), path);
  const name = optionalString(message, "name", path);
  const content = decodeContent(message["content"], pathOf(path, "content"));
  const parts = role === "assistant" ? decodeAssistant(message, content, path) : content;
  const mark = marked(message, path);
  if (mark && parts.length > 0) markLast(parts, mark);
  return name === undefined ? { role, parts } : { role, parts, name };
}

function roleOf(role: string, path: string): Message["role"] {
  if (role === "user" || role === "assistant" || role === "system" || role === "developer") return role;
  throw invalid(pathOf(path, "role"), `${path}.role must be "system", "developer", "user", "assistant" or "tool"`);
}

/** A mark at the message holds for its end. */
function markLast(parts: Part[], mark: { readonly cache: object }): void {
  const last = parts[parts.length - 1];
  if (last && markable.has(last.type)) parts[parts.length - 1] = { ...last, ...mark };
}
const markable: ReadonlySet<string> = new Set(["text", "image", "video", "document", "tool-call"]);

function decodeAssistant(message: Fields, content: readonly Part[], path: string): Part[] {
  const parts: Part[] = decodeReasoning(message, path);
  for (const part of content) parts.push(part);
  const refusal = optionalString(message, "refusal", path);
  if (refusal !== undefined) parts.push({ type: "refusal", text: refusal });
  const audio = optionalFields(message, "audio", path);
  if (audio) {
    const id = requiredString(audio, "id", pathOf(path, "audio"));
    parts.push({ type: "audio", source: { kind: "file", id }, id });
  }
  const calls = optionalList(message, "tool_calls", path) ?? [];
  for (let index = 0; index < calls.length; index++)
    parts.push(decodeCall(calls[index], pathOf(pathOf(path, "tool_calls"), index)));
  const legacy = optionalFields(message, "function_call", path);
  if (legacy) {
    const name = requiredString(legacy, "name", pathOf(path, "function_call"));
    const input = optionalString(legacy, "arguments", pathOf(path, "function_call")) ?? "";
    parts.push({ type: "tool-call", id: name, name, input });
  }
  return parts;
}

function decodeReasoning(message: Fields, path: string): Part[] {
  const text = optionalString(message, "reasoning_content", path) ?? textOf(message["reasoning"]);
  const blocks = optionalList(message, "thinking_blocks", path);
  if (blocks && blocks.length > 0)
    return blocks.map((block, index) => decodeThinking(block, pathOf(pathOf(path, "thinking_blocks"), index)));
  return text === undefined || text === "" ? [] : [{ type: "reasoning", text }];
}

function decodeThinking(value: unknown, path: string): Part {
  const block = fieldsAt(value, path);
  const type = requiredString(block, "type", path);
  if (type === "redacted_thinking")
    return { type: "reasoning", text: "", redacted: requiredString(block, "data", path) };
  if (type !== "thinking") return { type: "opaque", format: formatId, words: block };
  const text = optionalString(block, "thinking", path) ?? "";
  const signature = optionalString(block, "signature", path);
  return signature ? { type: "reasoning", text, signature } : { type: "reasoning", text };
}

function decodeCall(value: unknown, path: string): Part {
  const call = fieldsAt(value, path);
  requiredString(call, "id", path);
  for (const key of ["function", "custom"]) {
    if (!isFields(call[key])) continue;
    requiredString(call[key], "name", pathOf(path, key));
    optionalString(call[key], key === "custom" ? "input" : "arguments", pathOf(path, key));
  }
  const part = readToolCall(call);
  if (!part) return { type: "opaque", format: formatId, words: call };
  const mark = marked(call, path);
  return mark ? { ...part, ...mark } : part;
}

export function encodeMessages(messages: readonly Message[]): Words[] {
  const list: Words[] = [];
  for (const message of messages) {
    if (message.role === "assistant") list.push(encodeAssistant(message));
    else encodeOther(message, list);
  }
  return list;
}

/** The vendor takes only text as a tool's result: pictures and files follow in the user's words. */
function encodeOther({ role, parts, name }: Message, list: Words[]): void {
  const results = parts.filter((part) => part.type === "tool-result");
  for (const result of results) list.push(encodeResult(result));
  const rest: Part[] = results.flatMap((result) => result.parts.filter((part) => part.type !== "text"));
  for (const part of parts) if (part.type !== "tool-result") rest.push(part);
  if (rest.length === 0 && results.length > 0) return;
  const message: Words = { role, content: encodeContent(rest) ?? "" };
  if (name !== undefined) message["name"] = name;
  list.push(message);
}

function encodeResult({ id, name, parts, cache }: ToolResultPart): Words {
  const texts = parts.filter((part) => part.type === "text");
  const message: Words = { role: "tool", tool_call_id: id, content: encodeContent(texts) ?? "" };
  if (name !== undefined) message["name"] = name;
  if (cache) message["cache_control"] = encodeMark(cache);
  return message;
}

/** A lone text is a string, which every host of this language takes; anything else a list. Undefined: nothing to say. */
function encodeContent(parts: readonly Part[]): string | Words[] | undefined {
  const [only] = parts;
  if (parts.length === 1 && only?.type === "text" && !only.cache) return only.text;
  const list: Words[] = [];
  for (const part of parts) {
    const words = encodePart(part);
    if (words) list.push(words);
  }
  return list.length > 0 ? list : undefined;
}

function encodeAssistant({ parts, name }: Message): Words {
  const content: Part[] = [];
  const calls: unknown[] = [];
  const reasoning: ReasoningPart[] = [];
  const message: Words = { role: "assistant", content: null };
  for (const part of parts)
    if (part.type === "reasoning") reasoning.push(part);
    else if (part.type === "tool-call") calls.push(encodeCall(part));
    else if (isCall(part)) calls.push(part.words);
    else if (!encodeAside(part, message)) content.push(part);
  message["content"] = encodeContent(content) ?? null;
  if (calls.length > 0) message["tool_calls"] = calls;
  else if (message["content"] === null && !hasOther(message)) message["content"] = "";
  if (name !== undefined) message["name"] = name;
  if (reasoning.length > 0) encodeReasoning(reasoning, message);
  return message;
}

const hasOther = (message: Words): boolean => "refusal" in message || "audio" in message;

/** What has a field of its own beside the content. */
function encodeAside(part: Part, message: Words): boolean {
  if (part.type === "refusal") message["refusal"] = part.text;
  else if (part.type !== "audio") return false;
  else if (part.id !== undefined) message["audio"] = { id: part.id };
  return true;
}

/** What stood in `tool_calls` goes back there. */
const isCall = (part: Part): part is OpaquePart =>
  part.type === "opaque" && part.format === formatId && isFields(part.words) && typeof part.words["id"] === "string";

function encodeCall(part: ToolCallPart): Words {
  const call: Words = { ...encodeToolCall(part, part.id) };
  if (part.cache) call["cache_control"] = encodeMark(part.cache);
  return call;
}

/** Thoughts as one text, and block by block where a vendor sealed them and wants them back unchanged. */
export function encodeReasoning(reasoning: readonly ReasoningPart[], message: Words): void {
  const text = reasoning.map((part) => part.text).join("");
  if (text !== "") message["reasoning_content"] = text;
  if (isSealed(reasoning)) message["thinking_blocks"] = reasoning.map(thinkingBlock);
}

export const isSealed = (reasoning: readonly ReasoningPart[]): boolean =>
  reasoning.some((part) => part.signature !== undefined || part.redacted !== undefined);

export function thinkingBlock({ text, signature, redacted }: ReasoningPart): Words {
  if (redacted !== undefined) return { type: "redacted_thinking", data: redacted };
  return signature === undefined
    ? { type: "thinking", thinking: text }
    : { type: "thinking", thinking: text, signature };
}

/** Tolerant: thoughts in any of the spellings that vendors of this language use. */
export function readReasoning(message: Fields): ReasoningPart[] {
  const parts: ReasoningPart[] = [];
  for (const value of itemsOf(message["thinking_blocks"])) {
    if (!isFields(value)) continue;
    const { thinking, signature, data } = value;
    if (typeof data === "string") parts.push({ type: "reasoning", text: "", redacted: data });
    else if (typeof thinking === "string")
      parts.push({
        type: "reasoning",
        text: thinking,
        ...(typeof signature === "string" && signature !== "" && { signature }),
      });
  }
  if (parts.length > 0) return parts;
  const text = textOf(message["reasoning_content"]) || textOf(message["reasoning"]);
  return text ? [{ type: "reasoning", text }] : [];
}
