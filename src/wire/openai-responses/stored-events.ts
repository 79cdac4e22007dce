/** A stored answer told again as a stream: the events in the order in which it would have been told, each text in one piece. https://platform.openai.com/docs/api-reference/responses-streaming */

import type { Body, Frame } from "../format.ts";
import { fieldsOf, isFields, itemsOf, textOf } from "../reader.ts";
import type { Words } from "../words.ts";
import { createTape, type Tape } from "./tape.ts";

/**
 * `after`: the number of the last event that the client has. The last event is told in any case, since it says all:
 * a client that heard the first telling counts by that one's smaller pieces.
 */
export function storedEvents(response: Body, after = -1): readonly Frame[] {
  const tape = createTape();
  const begun: Words = { ...response, status: "in_progress", output: [], usage: null };
  for (const field of laterFields) if (field in begun) begun[field] = null;
  tape.say("response.created", { response: begun });
  tape.say("response.in_progress", { response: begun });
  for (const [index, item] of itemsOf(response["output"]).entries()) if (isFields(item)) tellItem(tape, item, index);
  const told = tape.cut();
  const number = Math.max(told.length, after + 1);
  const type = `response.${lastWord(response["status"])}`;
  const last: Frame = { event: type, data: JSON.stringify({ type, sequence_number: number, response }) };
  return [...told.slice(after + 1), last];
}

/** What an answer in progress leaves open. */
const laterFields = ["error", "incomplete_details", "completed_at"] as const;

/** There is no event for an answer that was called off: it is as good as one that was cut short. */
const lastWord = (status: unknown): string =>
  status === "failed" ? "failed" : status === "incomplete" || status === "cancelled" ? "incomplete" : "completed";

function tellItem(tape: Tape, item: Body, index: number): void {
  const place = { output_index: index };
  tape.say("response.output_item.added", { ...place, item: emptied(item) });
  const within = { item_id: item["id"], ...place };
  for (const [index, part] of itemsOf(item["summary"]).entries())
    tellSummary(tape, fieldsOf(part), { ...within, summary_index: index });
  for (const [index, part] of itemsOf(item["content"]).entries())
    tellContent(tape, fieldsOf(part), { ...within, content_index: index });
  tellInput(tape, item, within);
  tape.say("response.output_item.done", { ...place, item });
}

/** The item as it was announced: without what was told piece by piece. */
function emptied(item: Body): Words {
  const empty: Words = { ...item };
  if (typeof item["status"] === "string") empty["status"] = "in_progress";
  for (const field of ["content", "summary"]) if (Array.isArray(item[field])) empty[field] = [];
  const input = inputs.get(item["type"]);
  if (input) empty[input.field] = "";
  return empty;
}

/** What grows in the items that are calls, and what its events are called. */
const inputs: ReadonlyMap<unknown, Grown> = new Map([
  ["function_call", { field: "arguments", event: "response.function_call_arguments" }],
  ["mcp_call", { field: "arguments", event: "response.mcp_call_arguments" }],
  ["custom_tool_call", { field: "input", event: "response.custom_tool_call_input" }],
]);

interface Grown {
  readonly field: string;
  readonly event: string;
}

function tellInput(tape: Tape, item: Body, place: Words): void {
  const input = inputs.get(item["type"]);
  const text = input && textOf(item[input.field]);
  if (!input || text === undefined) return;
  if (text !== "") tape.say(`${input.event}.delta`, { ...place, delta: text });
  tape.say(`${input.event}.done`, { ...place, [input.field]: text });
}

function tellSummary(tape: Tape, part: Body, place: Words): void {
  const text = textOf(part["text"]) ?? "";
  tape.say("response.reasoning_summary_part.added", { ...place, part: { ...part, text: "" } });
  if (text !== "") tape.say("response.reasoning_summary_text.delta", { ...place, delta: text });
  tape.say("response.reasoning_summary_text.done", { ...place, text });
  tape.say("response.reasoning_summary_part.done", { ...place, part });
}

/** Of a part of a message or a thought: the field of its text, and what its events are called. */
const texts: ReadonlyMap<unknown, Grown> = new Map([
  ["output_text", { field: "text", event: "response.output_text" }],
  ["reasoning_text", { field: "text", event: "response.reasoning_text" }],
  ["refusal", { field: "refusal", event: "response.refusal" }],
]);

function tellContent(tape: Tape, part: Body, place: Words): void {
  const grown = texts.get(part["type"]);
  const isText = part["type"] === "output_text";
  const empty: Words = { ...part };
  if (grown) empty[grown.field] = "";
  if (isText) Object.assign(empty, { annotations: [], logprobs: [] });
  tape.say("response.content_part.added", { ...place, part: empty });
  const text = grown && textOf(part[grown.field]);
  if (grown && text !== undefined) {
    const logprobs = isText ? { logprobs: itemsOf(part["logprobs"]) } : {};
    if (text !== "") tape.say(`${grown.event}.delta`, { ...place, delta: text, ...logprobs });
    for (const [index, annotation] of itemsOf(part["annotations"]).entries())
      tape.say("response.output_text.annotation.added", { ...place, annotation_index: index, annotation });
    tape.say(`${grown.event}.done`, { ...place, [grown.field]: text, ...logprobs });
  }
  tape.say("response.content_part.done", { ...place, part });
}
