/** A vendor's stream as events. Its items may overlap; our parts may not: who comes later waits until who came first is done. */

import type { ChatEvent } from "../../canonical/chat.ts";
import { replay } from "../../canonical/collect.ts";
import { GatewayError } from "../../canonical/error.ts";
import type { Frame } from "../format.ts";
import { type Fields, fieldsOf, isFields, numberOf, textOf } from "../reader.ts";
import type { Transducer } from "../transducer.ts";
import { readFailed, readFailure } from "./error.ts";
import { createItemReader, type ItemReader } from "./item-reader.ts";
import { readOutput } from "./read-output.ts";
import { readFinish } from "./response.ts";
import { decodeUsage } from "./usage.ts";

interface Waiting {
  readonly reader: ItemReader;
  readonly events: ChatEvent[];
  done: boolean;
}

interface State {
  id: string;
  started: boolean;
  ended: boolean;
  called: boolean;
  /** In the order in which they were announced; the first one's events are passed on as they come. */
  readonly items: Map<number, Waiting>;
  seen: number;
}

export function decoder(): Transducer<Frame, ChatEvent> {
  const state: State = { id: "", started: false, ended: false, called: false, items: new Map(), seen: 0 };
  return {
    push({ data }) {
      if (data === "" || data === "[DONE]" || state.ended) return [];
      const events: ChatEvent[] = [];
      read(parsed(data), state, events);
      return events;
    },
    // The vendor says itself when it is over; a stream that breaks off says nothing.
    end: () => [],
  };
}

function parsed(data: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    throw new GatewayError("bad-gateway", "upstream", "the provider sent an event that is not valid JSON", { cause });
  }
  return fieldsOf(value);
}

function read(event: Fields, state: State, out: ChatEvent[]): void {
  switch (event["type"]) {
    case "response.created":
    case "response.queued":
    case "response.in_progress":
      start(fieldsOf(event["response"]), state, out);
      return;
    case "response.completed":
    case "response.incomplete":
      finish(fieldsOf(event["response"]), state, out);
      return;
    case "response.failed":
      throw readFailed(fieldsOf(event["response"]));
    case "error":
      throw readFailure(event);
    case undefined:
      // Hosts that cannot say what is wrong in this language say it in another's.
      if (isFields(event["error"])) throw readFailure(event);
      return;
    default:
      if (typeof event["output_index"] === "number") readItemEvent(event, event["output_index"], state, out);
  }
}

function start(response: Fields, state: State, out: ChatEvent[]): void {
  if (state.started) return;
  state.started = true;
  state.id = textOf(response["id"]) ?? "";
  const created = numberOf(response["created_at"]);
  const model = textOf(response["model"]) ?? "";
  out.push({ type: "start", id: state.id, model, ...(created !== undefined && { created }) });
}

function readItemEvent(event: Fields, index: number, state: State, out: ChatEvent[]): void {
  start(event, state, out);
  let item = state.items.get(index);
  if (!item) {
    // An item that is done is not opened again by what trails after it.
    if (event["type"] !== "response.output_item.added" && index < state.seen) return;
    item = { reader: createItemReader(state.id, index), events: [], done: false };
    state.items.set(index, item);
    state.seen = Math.max(state.seen, index + 1);
  }
  const [first] = state.items.values();
  item.reader.push(event, item === first ? out : item.events);
  if (event["type"] !== "response.output_item.done") return;
  item.done = true;
  if (item === first) promote(state, out);
}

function promote(state: State, out: ChatEvent[]): void {
  for (const [index, { done, events, reader }] of state.items) {
    for (const event of events) out.push(event);
    events.length = 0;
    if (!done) return;
    if (reader.called) state.called = true;
    state.items.delete(index);
  }
}

function finish(response: Fields, state: State, out: ChatEvent[]): void {
  start(response, state, out);
  for (const item of state.items.values()) {
    item.reader.close(item.events);
    item.done = true;
  }
  promote(state, out);
  // Some hosts tell the answer only at the end.
  const { parts, logprobs } = readOutput(state.seen > 0 ? [] : response["output"], state.id);
  const told = readFinish(response, parts);
  if (parts.length > 0) {
    const choice = { parts, finish: told, ...(logprobs !== undefined && { logprobs }) };
    for (const event of replay({ id: "", model: "", choices: [choice] }))
      if (event.type.startsWith("part-")) out.push(event);
  }
  out.push({ type: "finish", choice: 0, finish: told === "stop" && state.called ? "tool-calls" : told });
  const usage = decodeUsage(response["usage"], response["output"]);
  const serviceTier = textOf(response["service_tier"]);
  out.push({ type: "end", ...(usage && { usage }), ...(serviceTier !== undefined && { serviceTier }) });
  state.ended = true;
}
