/** Says a stream as Anthropic does: named events, blocks one after the other, the reason and the usage at the end. */

import type { ChatEvent, FinishReason, PartNote } from "../../canonical/chat.ts";
import type { GatewayError } from "../../canonical/error.ts";
import type { Part } from "../../canonical/part.ts";
import type { EventEncoder, Frame, Occasion } from "../format.ts";
import { sealedId } from "../openai-chat/tools.ts";
import { encodeAnswerPart, encodeCitation } from "./blocks.ts";
import { error } from "./error.ts";
import { encodeFinish } from "./finish.ts";
import { ownId } from "./response.ts";
import type { WireBlock } from "./types.ts";
import { encodeUsage } from "./usage.ts";

const none: readonly Frame[] = Object.freeze([]);

/**
 * How the open part is said. "hidden": not at all. "whole": at its start. "free": a call whose free text is kept until it can
 * stand as JSON.
 */
type Manner = "text" | "thinking" | "input" | "free" | "whole" | "hidden";

const heads: Readonly<Record<"text" | "thinking" | "input", string>> = {
  text: ',"delta":{"type":"text_delta","text":',
  thinking: ',"delta":{"type":"thinking_delta","thinking":',
  input: ',"delta":{"type":"input_json_delta","partial_json":',
};

export function encoder(occasion: Occasion<"chat">): EventEncoder<"chat"> {
  return new Encoder(occasion.id);
}

/** Owns where one stream stands. */
class Encoder implements EventEncoder<"chat"> {
  readonly #freshId: string;
  #index = -1;
  /** The beginning of every delta of the open block. */
  #delta = "";
  #manner: Manner = "hidden";
  #free = "";
  #called = false;
  #finish: FinishReason = "other";
  #stopSequence: string | undefined;

  constructor(freshId: string) {
    this.#freshId = freshId;
  }

  push(event: ChatEvent): readonly Frame[] {
    if (event.type === "part-delta") return event.choice === 0 ? this.#grow(event.text) : none;
    // The language has room for one choice.
    if ("choice" in event && event.choice !== 0) return none;
    switch (event.type) {
      case "start":
        return [this.#start(event)];
      case "part-start":
        return this.#open(event.part);
      case "part-note":
        return this.#note(event.note);
      case "part-end":
        return this.#close();
      case "finish":
        this.#finish = event.finish;
        this.#stopSequence = event.stopSequence;
        return none;
      case "end":
        return this.#end(event);
    }
  }

  /** Without the end event the stream was cut, and must not look as if it were whole. */
  end(): readonly Frame[] {
    return none;
  }

  fail(failure: GatewayError): readonly Frame[] {
    return [frame("error", error.encode(failure))];
  }

  #start({ id, model, usage }: ChatEvent & { type: "start" }): Frame {
    return frame("message_start", {
      type: "message_start",
      message: {
        id: ownId(id, this.#freshId),
        type: "message",
        role: "assistant",
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: encodeUsage(usage, undefined),
      },
    });
  }

  #open(part: Part): readonly Frame[] {
    const block = openingBlock(part);
    this.#manner = block ? mannerOf(part) : "hidden";
    if (!block) return none;
    if (part.type === "tool-call") this.#called = true;
    this.#index++;
    this.#free = "";
    this.#delta = `{"type":"content_block_delta","index":${this.#index}${headOf(this.#manner)}`;
    return [frame("content_block_start", { type: "content_block_start", index: this.#index, content_block: block })];
  }

  #grow(text: string): readonly Frame[] {
    if (this.#manner === "hidden" || this.#manner === "whole") return none;
    if (this.#manner === "free") {
      this.#free += text;
      return none;
    }
    return [{ event: "content_block_delta", data: `${this.#delta}${JSON.stringify(text)}}}` }];
  }

  #note(note: PartNote): readonly Frame[] {
    const delta = noteDelta(note, this.#manner);
    if (!delta) return none;
    return [frame("content_block_delta", { type: "content_block_delta", index: this.#index, delta })];
  }

  #close(): readonly Frame[] {
    const manner = this.#manner;
    if (manner === "hidden") return none;
    const stop: Frame = {
      event: "content_block_stop",
      data: `{"type":"content_block_stop","index":${this.#index}}`,
    };
    this.#manner = "hidden";
    if (manner !== "free") return [stop];
    const input = JSON.stringify(JSON.stringify({ input: this.#free }));
    return [{ event: "content_block_delta", data: `${this.#delta}${input}}}` }, stop];
  }

  #end({ usage, serviceTier }: ChatEvent & { type: "end" }): readonly Frame[] {
    const stop_reason = encodeFinish(this.#finish, this.#stopSequence, this.#called);
    return [
      frame("message_delta", {
        type: "message_delta",
        delta: { stop_reason, stop_sequence: this.#stopSequence ?? null },
        usage: encodeUsage(usage, serviceTier),
      }),
      { event: "message_stop", data: '{"type":"message_stop"}' },
    ];
  }
}

const headOf = (manner: Manner): string => {
  if (manner === "text" || manner === "thinking") return heads[manner];
  return manner === "whole" || manner === "hidden" ? "" : heads.input;
};

function mannerOf(part: Part): Manner {
  switch (part.type) {
    case "text":
    case "refusal":
      return "text";
    case "reasoning":
      return part.redacted === undefined ? "thinking" : "whole";
    case "tool-call":
      return part.custom ? "free" : "input";
    default:
      return "whole";
  }
}

/** What the block is before it grows. A thought starts without its signature, which comes as a delta. */
function openingBlock(part: Part): WireBlock | undefined {
  switch (part.type) {
    case "tool-call":
      return { type: "tool_use", id: sealedId(part), name: part.name, input: {} };
    case "text":
    case "refusal":
      return { type: "text", text: "" };
    default:
      return encodeAnswerPart(part);
  }
}

function noteDelta(note: PartNote, manner: Manner): unknown {
  if (note.type === "signature" && manner === "thinking") return { type: "signature_delta", signature: note.signature };
  if (note.type !== "citation" || manner !== "text") return undefined;
  const citation = encodeCitation({ format: note.format, words: note.citation });
  return citation === undefined ? undefined : { type: "citations_delta", citation };
}

const frame = (event: string, words: unknown): Frame => ({ event, data: JSON.stringify(words) });
