/** Parts as the items of an answer. */

import type { Choice, FinishReason } from "../../canonical/chat.ts";
import type { ImagePart, Part, ReasoningPart, ToolCallPart } from "../../canonical/part.ts";
import { sealedId } from "../openai-chat/tools.ts";
import { fieldsOf, itemsOf } from "../reader.ts";
import type { Words } from "../words.ts";
import { annotationsOf, innerPart } from "./content.ts";
import { callItem } from "./encode-input.ts";
import { itemId, longestId } from "./item-id.ts";
import { encodeThought } from "./sealed.ts";
import type { Members } from "./tools.ts";
import { formatId } from "./types.ts";

export type Status = "in_progress" | "completed" | "incomplete";

export const statusOf = (finish: FinishReason): Status => (incompleteReason(finish) ? "incomplete" : "completed");

export function incompleteReason(finish: FinishReason): string | undefined {
  if (finish === "length") return "max_output_tokens";
  return finish === "content-filter" || finish === "refusal" ? "content_filter" : undefined;
}

export function writeOutput({ parts, finish, logprobs }: Choice, response: string, members: Members): Words[] {
  const items: Words[] = [];
  let message: Words[] | undefined;
  let untold: unknown = fieldsOf(logprobs)["content"];
  for (const part of parts) {
    const content = contentOf(part);
    if (!content) {
      message = undefined;
      const item = writeItem(part, response, items.length, members, "completed");
      if (item) items.push(spelledOut(item));
      continue;
    }
    if (content["type"] === "output_text") {
      content["logprobs"] = itemsOf(untold);
      untold = undefined;
    }
    if (message) message.push(content);
    else {
      message = [content];
      items.push({ ...messageItem(itemId("msg", response, items.length), message, "completed"), phase: null });
    }
  }
  const last = items[items.length - 1];
  if (last && statusOf(finish) === "incomplete" && "status" in last) last["status"] = "incomplete";
  return items;
}

/** A whole answer names what a call leaves open. */
const spelledOut = (item: Words): Words =>
  item["type"] === "function_call" ? { caller: null, namespace: null, ...item } : item;

/** What stands inside a message; undefined for what is an item of its own. */
export function contentOf(part: Part): Words | undefined {
  if (part.type === "text") return { type: "output_text", annotations: annotationsOf(part), text: part.text };
  if (part.type === "refusal") return { type: "refusal", refusal: part.text };
  if (part.type === "opaque" && part.format === formatId) return innerPart(part.words);
  return undefined;
}

export const messageItem = (id: string, content: readonly Words[], status: Status): Words => ({
  id,
  type: "message",
  status,
  content,
  role: "assistant",
});

export const thoughtItem = (part: ReasoningPart, response: string, index: number): Words =>
  encodeThought(part, part.id ?? itemId("rs", response, index));

export function toolCallItem(
  { id, name, input, custom, signature }: ToolCallPart,
  response: string,
  index: number,
  members: Members,
  status: Status,
): Words {
  // A seal on the thought behind the call stands in its id, the one place from which clients bring it back.
  const callId = sealedId(signature === undefined ? { id } : { id, signature });
  const item = callItem(custom === true, callId, name, input, members);
  return { id: callItemId(custom === true, callId, response, index), status, ...item };
}

/** Clients that keep one of the two ids find the other by it. */
function callItemId(custom: boolean, callId: string, response: string, index: number): string {
  const kind = custom ? "ctc" : "fc";
  const id = `${kind}_${callId}`;
  return callId === "" || id.length > longestId ? itemId(kind, response, index) : id;
}

/** A part that is an item of its own; undefined for what this language cannot say. */
export function writeItem(
  part: Part,
  response: string,
  index: number,
  members: Members,
  status: Status,
): Words | undefined {
  switch (part.type) {
    case "reasoning":
      return thoughtItem(part, response, index);
    case "tool-call":
      return toolCallItem(part, response, index, members, status);
    case "image":
      return imageItem(part, response, index);
    case "opaque":
      return part.format === formatId ? { ...fieldsOf(part.words) } : undefined;
    default:
      return undefined;
  }
}

/** A picture that the model drew is told as the tool's here that draws. */
const imageItem = ({ source }: ImagePart, response: string, index: number): Words | undefined =>
  source.kind === "data"
    ? { id: itemId("ig", response, index), type: "image_generation_call", status: "completed", result: source.data }
    : undefined;
