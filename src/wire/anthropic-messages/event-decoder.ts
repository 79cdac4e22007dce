/** Reads the events of a stream: https://docs.anthropic.com/en/docs/build-with-claude/streaming. Tolerant: what it does not know, it passes over. */

import type { ChatEvent, FinishReason, PartNote } from "../../canonical/chat.ts";
import { textOf as textOfPart, withText } from "../../canonical/collect.ts";
import { GatewayError } from "../../canonical/error.ts";
import type { Part } from "../../canonical/part.ts";
import type { Frame } from "../format.ts";
import { type Fields, fieldsOf, isFields, textOf } from "../reader.ts";
import type { Transducer } from "../transducer.ts";
import { decodeAnswerBlock } from "./answer.ts";
import { error } from "./error.ts";
import { decodeFinish } from "./finish.ts";
import { outputTool } from "./output-tool.ts";
import { format } from "./types.ts";
import { decodeUsage, mergedUsage } from "./usage.ts";

const none: readonly ChatEvent[] = Object.freeze([]);
const partEnd: ChatEvent = Object.freeze({ type: "part-end", choice: 0 });

/** The block that is open. */
interface Open {
  readonly words: Fields;
  /** Undefined: its events have gone out. Otherwise it is kept until it is whole. */
  held: Record<string, unknown> | undefined;
  /** Pieces of an input that is kept. */
  input: string;
  /** Some of its text or input has come. */
  grown: boolean;
}

export function decoder(): Transducer<Frame, ChatEvent> {
  return new Decoder();
}

/** Owns what is known of one stream so far. */
class Decoder implements Transducer<Frame, ChatEvent> {
  #open: Open | undefined;
  #usage: Fields | undefined;
  #serviceTier: string | undefined;
  #finished = false;
  #ended = false;
  /** Calls of the client's tools were seen; else only our own tool can be meant. */
  #called = false;

  push({ data, event }: Frame): readonly ChatEvent[] {
    if (data === "" || this.#ended) return none;
    const words = parsed(data);
    if (!words) return none;
    switch (words["type"] ?? event) {
      case "content_block_delta":
        return this.#delta(fieldsOf(words["delta"]));
      case "content_block_start":
        return this.#startBlock(fieldsOf(words["content_block"]));
      case "content_block_stop":
        return this.#stopBlock();
      case "message_start":
        return this.#start(fieldsOf(words["message"]));
      case "message_delta":
        return this.#messageDelta(words);
      case "message_stop":
        return this.#stop();
      case "error":
        throw error.decode(200, words);
      default:
        return none; // ping, and whatever Anthropic adds next
    }
  }

  /** A stream that stops without message_stop was cut: it has no end. */
  end(): readonly ChatEvent[] {
    return none;
  }

  #start(message: Fields): readonly ChatEvent[] {
    this.#usage = isFields(message["usage"]) ? message["usage"] : undefined;
    this.#serviceTier = textOf(fieldsOf(message["usage"])["service_tier"]);
    const usage = decodeUsage(this.#usage);
    const id = textOf(message["id"]) ?? "";
    const model = textOf(message["model"]) ?? "";
    return [usage ? { type: "start", id, model, usage } : { type: "start", id, model }];
  }

  #startBlock(words: Fields): readonly ChatEvent[] {
    const before = this.#open ? this.#stopBlock() : none;
    const part = decodeAnswerBlock(words);
    if (!part) return before;
    this.#open = { words, held: undefined, input: "", grown: false };
    if (part.type === "opaque") {
      this.#called = true;
      this.#open.held = { ...words };
      return before;
    }
    if (part.type === "tool-call") this.#called = true;
    return before.concat(opening(part, words));
  }

  #delta(delta: Fields): readonly ChatEvent[] {
    const open = this.#open;
    if (!open) return none;
    if (open.held) return hold(open, open.held, delta);
    switch (delta["type"]) {
      case "text_delta":
        return grow(open, delta["text"]);
      case "thinking_delta":
        return grow(open, delta["thinking"]);
      case "input_json_delta":
        return grow(open, delta["partial_json"]);
      case "signature_delta":
        return note({ type: "signature", signature: textOf(delta["signature"]) ?? "" });
      case "citations_delta":
        return note({ type: "citation", citation: delta["citation"], format });
      default:
        return none;
    }
  }

  #stopBlock(): readonly ChatEvent[] {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return none;
    if (open.held) {
      if (open.input !== "") open.held["input"] = inputOf(open.input);
      return [{ type: "part-start", choice: 0, part: { type: "opaque", format, words: open.held } }, partEnd];
    }
    // A call without arguments comes without pieces of them.
    if (!open.grown && open.words["type"] === "tool_use") {
      const text = JSON.stringify(isFields(open.words["input"]) ? open.words["input"] : {});
      return [{ type: "part-delta", choice: 0, text }, partEnd];
    }
    return [partEnd];
  }

  #messageDelta(words: Fields): readonly ChatEvent[] {
    this.#usage = mergedUsage(this.#usage, words["usage"]);
    this.#serviceTier = textOf(fieldsOf(words["usage"])["service_tier"]) ?? this.#serviceTier;
    const delta = fieldsOf(words["delta"]);
    if (typeof delta["stop_reason"] !== "string") return none;
    return this.#finish(decodeFinish(delta["stop_reason"]), textOf(delta["stop_sequence"]));
  }

  #finish(reason: FinishReason, stopSequence: string | undefined): readonly ChatEvent[] {
    if (this.#finished) return none;
    this.#finished = true;
    const before = this.#open ? this.#stopBlock() : none;
    const finish = reason === "tool-calls" && !this.#called ? "stop" : reason;
    return before.concat(
      stopSequence === undefined
        ? { type: "finish", choice: 0, finish }
        : { type: "finish", choice: 0, finish, stopSequence },
    );
  }

  #stop(): readonly ChatEvent[] {
    const before = this.#finish("other", undefined);
    this.#ended = true;
    const usage = decodeUsage(this.#usage);
    const tier = this.#serviceTier;
    return before.concat({
      type: "end",
      ...(usage && { usage }),
      ...(tier !== undefined && { serviceTier: tier }),
    });
  }
}

/** Undefined: no JSON was meant ("[DONE]"). What begins as JSON and is none lost something on its way. */
function parsed(data: string): Fields | undefined {
  try {
    const words = JSON.parse(data) as unknown;
    return isFields(words) ? words : undefined;
  } catch (cause) {
    if (!data.trimStart().startsWith("{")) return undefined;
    throw new GatewayError("bad-gateway", "upstream", "an event of the provider's stream is not valid JSON", { cause });
  }
}

/** Parts start empty and grow; what a block says of itself at its start comes after. */
function opening(part: Part, words: Fields): readonly ChatEvent[] {
  if (part.type === "tool-call" || words["name"] === outputTool) {
    return [{ type: "part-start", choice: 0, part: withText(part, "") }];
  }
  const text = textOfPart(part);
  const events: ChatEvent[] = [{ type: "part-start", choice: 0, part: bare(part) }];
  if (text !== "") events.push({ type: "part-delta", choice: 0, text });
  if (part.type === "reasoning" && part.signature !== undefined)
    events.push(...note({ type: "signature", signature: part.signature }));
  if (part.type === "text" && part.citations)
    for (const { words: citation } of part.citations) events.push(...note({ type: "citation", citation, format }));
  return events;
}

function bare(part: Part): Part {
  if (part.type === "text") return { type: "text", text: "" };
  if (part.type === "reasoning" && part.redacted === undefined) return { type: "reasoning", text: "" };
  return part;
}

const note = (about: PartNote): readonly ChatEvent[] => [{ type: "part-note", choice: 0, note: about }];

function grow(open: Open, text: unknown): readonly ChatEvent[] {
  if (typeof text !== "string" || text === "") return none;
  open.grown = true;
  return [{ type: "part-delta", choice: 0, text }];
}

/** A block that we do not interpret grows by its deltas' own fields: texts are joined, the rest replaces. */
function hold(open: Open, held: Record<string, unknown>, delta: Fields): readonly ChatEvent[] {
  for (const key of Object.keys(delta)) {
    const value = delta[key];
    if (key === "type" || key === "__proto__") continue;
    if (key === "partial_json") open.input += textOf(value) ?? "";
    else held[key] = typeof value === "string" && typeof held[key] === "string" ? held[key] + value : value;
  }
  return none;
}

function inputOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Cut off by the limit of tokens: kept as far as it came.
    return text;
  }
}
