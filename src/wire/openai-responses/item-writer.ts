/** Writes the items of an answer as they arrive, and keeps them for the answer's last word. */

import type { ChatEvent, FinishReason, PartNote } from "../../canonical/chat.ts";
import type { Part, ReasoningPart, ToolCallPart } from "../../canonical/part.ts";
import { fieldsOf, itemsOf } from "../reader.ts";
import type { Words } from "../words.ts";
import { annotationOf } from "./content.ts";
import { itemId } from "./item-id.ts";
import type { Tape } from "./tape.ts";
import type { Members } from "./tools.ts";
import { contentOf, messageItem, type Status, statusOf, thoughtItem, toolCallItem, writeItem } from "./write-output.ts";

export interface ItemWriter {
  /** The answer's id, after which items without one are named. */
  name(response: string): void;
  push(event: PartEvent): void;
  close(finish: FinishReason): void;
  readonly done: readonly Words[];
}

type PartEvent = Extract<ChatEvent, { type: `part-${string}` }>;

interface Message {
  readonly id: string;
  readonly content: Words[];
}

interface Open {
  readonly part: Part;
  /** The delta's JSON text up to its number, and from there to its text. Absent for what does not grow. */
  readonly delta: { readonly type: string; readonly head: string; readonly middle: string } | undefined;
  /** The item that it grows in. */
  readonly item: unknown;
  text: string;
  signature: string;
  readonly annotations: unknown[];
  readonly logprobs: unknown[];
}

interface State {
  readonly tape: Tape;
  readonly members: Members;
  readonly done: Words[];
  response: string;
  /** The message that further texts join. */
  message: Message | undefined;
  open: Open | undefined;
}

export function createItemWriter(tape: Tape, members: Members): ItemWriter {
  const state: State = { tape, members, done: [], response: "", message: undefined, open: undefined };
  return {
    name(response) {
      state.response = response;
    },
    push(event) {
      switch (event.type) {
        case "part-start":
          endPart(state, "completed");
          return startPart(event.part, state);
        case "part-delta":
          return grow(event.text, event.logprobs, state);
        case "part-note":
          return annotate(event.note, state);
        case "part-end":
          return endPart(state, "completed");
      }
    },
    close(finish) {
      const status = statusOf(finish);
      endPart(state, status);
      endMessage(state, status);
      const last = state.done[state.done.length - 1];
      if (status === "incomplete" && last && "status" in last) last["status"] = status;
    },
    done: state.done,
  };
}

function startPart(part: Part, state: State): void {
  const content = contentOf(part);
  if (content) {
    startContent(part, content, state);
    return;
  }
  endMessage(state, "completed");
  if (part.type === "reasoning" || part.type === "tool-call") {
    startItem(part, state);
    return;
  }
  const item = writeItem(part, state.response, state.done.length, state.members, "completed");
  if (!item) return;
  say(state, "response.output_item.added", { item });
  finishItem(item, state);
}

/** Every event of an item says where it stands. */
const say = (state: State, type: string, fields: Words): void =>
  state.tape.say(type, { output_index: state.done.length, ...fields });

function finishItem(item: Words, state: State): void {
  say(state, "response.output_item.done", { item });
  state.done.push(item);
}

function startContent(part: Part, content: Words, state: State): void {
  if (!state.message) {
    const id = itemId("msg", state.response, state.done.length);
    state.message = { id, content: [] };
    say(state, "response.output_item.added", { item: messageItem(id, [], "in_progress") });
  }
  const { id, content: before } = state.message;
  const place = { item_id: id, content_index: before.length };
  if (part.type === "text") {
    content["text"] = "";
    content["annotations"] = [];
    content["logprobs"] = [];
  } else if (part.type === "refusal") content["refusal"] = "";
  say(state, "response.content_part.added", { ...place, part: content });
  const type = part.type === "text" ? "response.output_text.delta" : "response.refusal.delta";
  open(part, part.type === "opaque" ? undefined : type, place, state);
  if (part.type === "text") for (const citation of part.citations ?? []) cite(annotationOf(citation, 0, 0), state);
}

function open(part: Part, type: string | undefined, place: Words, state: State): void {
  const where = JSON.stringify({ output_index: state.done.length, ...place });
  const delta = type && {
    type,
    head: `{"type":"${type}","sequence_number":`,
    middle: `,${where.slice(1, -1)},"delta":`,
  };
  state.open = {
    part,
    delta: delta || undefined,
    item: place["item_id"],
    text: "",
    signature: "",
    annotations: [],
    logprobs: [],
  };
  const text = part.type === "text" || part.type === "refusal" || part.type === "reasoning" ? part.text : "";
  const whole = part.type === "tool-call" ? part.input : text;
  if (whole !== "") grow(whole, undefined, state);
}

function startItem(part: ReasoningPart | ToolCallPart, state: State): void {
  const { response, done, members } = state;
  if (part.type === "tool-call") {
    const item = toolCallItem({ ...part, input: "" }, response, done.length, members, "in_progress");
    say(state, "response.output_item.added", { item });
    const type = part.custom ? "response.custom_tool_call_input.delta" : "response.function_call_arguments.delta";
    open(part, type, { item_id: item["id"] }, state);
    return;
  }
  const item = thoughtItem({ ...part, text: "" }, response, done.length);
  say(state, "response.output_item.added", { item });
  open(part, "response.reasoning_summary_text.delta", { item_id: item["id"], summary_index: 0 }, state);
}

function grow(text: string, logprobs: unknown, { open: now, tape, done }: State): void {
  if (!now?.delta) return;
  const { part, delta } = now;
  if (part.type === "reasoning" && now.text === "")
    tape.say("response.reasoning_summary_part.added", {
      item_id: now.item,
      output_index: done.length,
      summary_index: 0,
      part: { type: "summary_text", text: "" },
    });
  now.text += text;
  if (part.type !== "text") {
    tape.splice(delta.type, delta.head, `${delta.middle}${JSON.stringify(text)}}`);
    return;
  }
  const told = logprobs === undefined ? undefined : itemsOf(fieldsOf(logprobs)["content"]);
  if (told) for (const one of told) now.logprobs.push(one);
  const tail = told ? JSON.stringify(told) : "[]";
  tape.splice(delta.type, delta.head, `${delta.middle}${JSON.stringify(text)},"logprobs":${tail}}`);
}

function annotate(note: PartNote, state: State): void {
  const now = state.open;
  if (!now) return;
  if (note.type === "signature") now.signature += note.signature;
  else if (note.type === "citation" && now.part.type === "text")
    cite(annotationOf({ format: note.format, words: note.citation }, 0, now.text.length), state);
}

function cite(annotation: unknown, state: State): void {
  const { open: now, message } = state;
  if (annotation === undefined || !now || !message) return;
  say(state, "response.output_text.annotation.added", {
    item_id: message.id,
    content_index: message.content.length,
    annotation_index: now.annotations.length,
    annotation,
  });
  now.annotations.push(annotation);
}

function endPart(state: State, status: Status): void {
  const now = state.open;
  if (!now) return;
  state.open = undefined;
  const { part } = now;
  if (part.type === "reasoning") {
    endThought(part, now, state);
    return;
  }
  if (part.type === "tool-call") {
    endCall(part, now, state, status);
    return;
  }
  if (state.message) endContent(now, state.message, state);
}

function endContent(now: Open, message: Message, state: State): void {
  const place = { item_id: message.id, content_index: message.content.length };
  const { part, text, annotations, logprobs } = now;
  let content = contentOf(part) ?? {};
  if (part.type === "text") {
    content = { type: "output_text", annotations, logprobs, text };
    say(state, "response.output_text.done", { ...place, text, logprobs });
  } else if (part.type === "refusal") {
    content = { type: "refusal", refusal: text };
    say(state, "response.refusal.done", { ...place, refusal: text });
  }
  say(state, "response.content_part.done", { ...place, part: content });
  message.content.push(content);
}

function endMessage(state: State, status: Status): void {
  const { message } = state;
  if (!message) return;
  state.message = undefined;
  finishItem(messageItem(message.id, message.content, status), state);
}

function endThought(part: ReasoningPart, { text, signature }: Open, state: State): void {
  const seal = signature === "" ? part.signature : signature;
  const whole: ReasoningPart = { ...part, text, ...(seal !== undefined && { signature: seal }) };
  const item = thoughtItem(whole, state.response, state.done.length);
  if (text !== "") {
    const place = { item_id: item["id"], summary_index: 0 };
    say(state, "response.reasoning_summary_text.done", { ...place, text });
    say(state, "response.reasoning_summary_part.done", { ...place, part: { type: "summary_text", text } });
  }
  finishItem(item, state);
}

function endCall(part: ToolCallPart, { text }: Open, state: State, status: Status): void {
  const item = toolCallItem({ ...part, input: text }, state.response, state.done.length, state.members, status);
  const place = { item_id: item["id"] };
  if (part.custom) say(state, "response.custom_tool_call_input.done", { ...place, input: text });
  else say(state, "response.function_call_arguments.done", { ...place, arguments: text });
  finishItem(item, state);
}
