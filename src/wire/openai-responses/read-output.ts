/** The items of a vendor's answer as parts. Tolerant: what is not as documented is kept as it is, or passed over. */

import type { Choice } from "../../canonical/chat.ts";
import type { Part, ReasoningPart, ToolCallPart } from "../../canonical/part.ts";
import { type Fields, fieldsOf, isFields, itemsOf, textOf } from "../reader.ts";
import { citationsOf, unknownPart } from "./content.ts";
import { ownId } from "./item-id.ts";
import { openThought } from "./sealed.ts";
import { joined } from "./tools.ts";
import { formatId } from "./types.ts";

export interface Output {
  readonly parts: Part[];
  readonly logprobs: Choice["logprobs"];
}

export function readOutput(output: unknown, response: string): Output {
  const parts: Part[] = [];
  const logprobs: unknown[] = [];
  for (const [index, item] of itemsOf(output).entries())
    if (isFields(item)) readItem(item, response, index, parts, logprobs);
  return { parts, logprobs: logprobs.length > 0 ? { content: logprobs } : undefined };
}

function readItem(item: Fields, response: string, index: number, parts: Part[], logprobs: unknown[]): void {
  if (item["type"] !== "message") {
    parts.push(readOther(item, response, index));
    return;
  }
  for (const value of itemsOf(item["content"])) {
    const part = readContent(value);
    if (!part) continue;
    parts.push(part);
    for (const one of itemsOf(fieldsOf(value)["logprobs"])) logprobs.push(one);
  }
}

/** An item that is no message. */
export function readOther(item: Fields, response: string, index: number): Part {
  switch (item["type"]) {
    case "reasoning":
      return readThought(item, response, index);
    case "function_call":
    case "custom_tool_call":
      return readCall(item);
    default:
      return { type: "opaque", format: formatId, words: item };
  }
}

export function readContent(value: unknown): Part | undefined {
  if (!isFields(value)) return undefined;
  const { type, text, refusal } = value;
  if ((type === "output_text" || type === "text") && typeof text === "string") {
    const annotations = itemsOf(value["annotations"]);
    return annotations.length > 0
      ? { type: "text", text, citations: citationsOf(annotations) }
      : { type: "text", text };
  }
  if (type === "refusal") return { type: "refusal", text: textOf(refusal) ?? "" };
  return unknownPart(value);
}

function readThought(item: Fields, response: string, index: number): ReasoningPart {
  const texts: string[] = [];
  for (const key of ["summary", "content"])
    for (const value of itemsOf(item[key])) {
      const text = textOf(fieldsOf(value)["text"]);
      if (text !== undefined) texts.push(text);
    }
  const sealed = textOf(item["encrypted_content"]);
  return openThought(texts.join("\n\n"), sealed, ownId(textOf(item["id"]), response, index));
}

export function readCall(item: Fields): ToolCallPart {
  const custom = item["type"] === "custom_tool_call";
  const call: ToolCallPart = {
    type: "tool-call",
    id: textOf(item["call_id"]) ?? textOf(item["id"]) ?? "",
    name: joined(textOf(item["namespace"]), textOf(item["name"]) ?? ""),
    input: textOf(item[custom ? "input" : "arguments"]) ?? "",
  };
  return custom ? { ...call, custom } : call;
}
