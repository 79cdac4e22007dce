/** Follows one item of a vendor's stream, from its announcement to its end, and tells its parts. */

import type { ChatEvent, PartNote } from "../../canonical/chat.ts";
import type { Part } from "../../canonical/part.ts";
import { type Fields, fieldsOf, isFields, itemsOf, textOf } from "../reader.ts";
import { ownId } from "./item-id.ts";
import { readCall, readContent, readOther } from "./read-output.ts";
import { isRedacted, openThought } from "./sealed.ts";
import { formatId } from "./types.ts";

export interface ItemReader {
  push(event: Fields, out: ChatEvent[]): void;
  /** Ends whatever is still open: the vendor is through, and forgot to say so. */
  close(out: ChatEvent[]): void;
  /** It was a call of a tool. */
  readonly called: boolean;
}

interface Item {
  readonly response: string;
  readonly index: number;
  called: boolean;
  /** The kind of the part that is open. */
  open: Part["type"] | undefined;
  /** Characters and citations of the open part, so that what was not streamed can be made up for when it is told whole. */
  told: number;
  citations: number;
  parts: number;
}

export function createItemReader(response: string, index: number): ItemReader {
  const item: Item = { response, index, called: false, open: undefined, told: 0, citations: 0, parts: 0 };
  return {
    push: (event, out) => read(event, item, out),
    close: (out) => close(item, out),
    get called() {
      return item.called;
    },
  };
}

function read(event: Fields, item: Item, out: ChatEvent[]): void {
  switch (event["type"]) {
    case "response.output_text.delta":
      grow("text", event, item, out);
      return;
    case "response.refusal.delta":
      grow("refusal", event, item, out);
      return;
    case "response.reasoning_summary_text.delta":
    case "response.reasoning_text.delta":
      grow("reasoning", event, item, out);
      return;
    case "response.function_call_arguments.delta":
    case "response.custom_tool_call_input.delta":
      grow("tool-call", event, item, out);
      return;
    case "response.output_item.added":
      begin(fieldsOf(event["item"]), item, out);
      return;
    case "response.content_part.added":
      beginPart(event["part"], item, out);
      return;
    case "response.reasoning_summary_part.added":
    case "response.reasoning_part.added":
      beginPart(undefined, item, out);
      return;
    case "response.output_text.annotation.added":
      item.citations += 1;
      note({ type: "citation", citation: event["annotation"], format: formatId }, out);
      return;
    case "response.content_part.done":
      endPart(event["part"], item, out);
      return;
    case "response.output_item.done":
      end(fieldsOf(event["item"]), item, out);
      return;
    default:
  }
}

/** A vendor that forgot to announce a part is understood all the same. */
function grow(kind: "text" | "refusal" | "reasoning" | "tool-call", event: Fields, item: Item, out: ChatEvent[]): void {
  const text = textOf(event["delta"]) ?? "";
  if (item.open !== kind) {
    if (kind === "tool-call") return;
    open({ type: kind, text: "" }, item, out);
  }
  if (text === "") return;
  const logprobs = itemsOf(event["logprobs"]);
  delta(text, logprobs.length > 0 ? { content: logprobs } : undefined, item, out);
}

function delta(text: string, logprobs: unknown, item: Item, out: ChatEvent[]): void {
  item.told += text.length;
  if (logprobs === undefined) out.push({ type: "part-delta", choice: 0, text });
  else out.push({ type: "part-delta", choice: 0, text, logprobs });
}

const note = (said: PartNote, out: ChatEvent[]): void => {
  out.push({ type: "part-note", choice: 0, note: said });
};

function open(part: Part, item: Item, out: ChatEvent[]): void {
  close(item, out);
  item.open = part.type;
  item.told = 0;
  item.citations = 0;
  item.parts += 1;
  out.push({ type: "part-start", choice: 0, part });
}

function close(item: Item, out: ChatEvent[]): void {
  if (item.open === undefined) return;
  item.open = undefined;
  out.push({ type: "part-end", choice: 0 });
}

function begin(words: Fields, item: Item, out: ChatEvent[]): void {
  switch (words["type"]) {
    case "reasoning": {
      const id = ownId(textOf(words["id"]), item.response, item.index);
      // Other seals are final only when the thought is done.
      const sealed = textOf(words["encrypted_content"]);
      open(openThought("", isRedacted(sealed) ? sealed : undefined, id), item, out);
      return;
    }
    case "function_call":
    case "custom_tool_call":
      item.called = true;
      open({ ...readCall(words), input: "" }, item, out);
      return;
    default:
  }
}

/** The texts of a thought are one text. */
function beginPart(value: unknown, item: Item, out: ChatEvent[]): void {
  const { type } = fieldsOf(value);
  if (item.open === "reasoning") {
    if (item.told > 0) delta("\n\n", undefined, item, out);
    return;
  }
  if (type === "output_text" || type === "text") open({ type: "text", text: "" }, item, out);
  else if (type === "refusal") open({ type: "refusal", text: "" }, item, out);
}

/** A part of a message, told whole. A thought's texts are parts, too, in some hosts' words: those end with their item. */
function endPart(value: unknown, item: Item, out: ChatEvent[]): void {
  if (item.open === "reasoning") return;
  const part = readContent(value);
  if (!part) {
    close(item, out);
    return;
  }
  if (item.open !== part.type) open(emptied(part), item, out);
  makeUp(part, item, out);
  close(item, out);
}

const emptied = (part: Part): Part =>
  part.type === "text" || part.type === "refusal" ? { type: part.type, text: "" } : part;

/** Says what the whole part has and the stream had not. */
function makeUp(part: Part, item: Item, out: ChatEvent[]): void {
  if (part.type !== "text" && part.type !== "refusal") return;
  if (part.text.length > item.told) delta(part.text.slice(item.told), undefined, item, out);
  if (part.type === "text")
    for (const { words } of part.citations?.slice(item.citations) ?? [])
      note({ type: "citation", citation: words, format: formatId }, out);
}

function end(words: Fields, item: Item, out: ChatEvent[]): void {
  switch (words["type"]) {
    case "message":
      endMessage(words, item, out);
      return;
    case "reasoning":
    case "function_call":
    case "custom_tool_call":
      endOther(words, item, out);
      return;
    default:
      close(item, out);
      if (isFields(words) && "type" in words) open(readOther(words, item.response, item.index), item, out);
      close(item, out);
  }
}

function endMessage(words: Fields, item: Item, out: ChatEvent[]): void {
  close(item, out);
  // A message of which nothing was streamed.
  if (item.parts === 0) for (const part of itemsOf(words["content"])) endPart(part, item, out);
}

function endOther(words: Fields, item: Item, out: ChatEvent[]): void {
  const part = readOther(words, item.response, item.index);
  if (item.open !== part.type) begin(words, item, out);
  const text = part.type === "tool-call" ? part.input : part.type === "reasoning" ? part.text : "";
  if (text.length > item.told) delta(text.slice(item.told), undefined, item, out);
  if (part.type === "reasoning" && part.signature !== undefined)
    note({ type: "signature", signature: part.signature }, out);
  close(item, out);
}
