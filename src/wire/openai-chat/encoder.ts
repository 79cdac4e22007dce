/** Events in, chunks out, written as text around the one string that changes: this is where translated streams spend their time. */

import type { ChatEvent, PartNote } from "../../canonical/chat.ts";
import type { Part } from "../../canonical/part.ts";
import type { EventEncoder, Frame, Occasion } from "../format.ts";
import { fieldsOf } from "../reader.ts";
import { annotationOf } from "./citations.ts";
import { error } from "./error.ts";
import { thinkingBlock } from "./messages.ts";
import { formatId, urlOf } from "./parts.ts";
import { answerId, encodeFinish, isOwnTier } from "./response.ts";
import { sealedId } from "./tools.ts";
import { encodeUsage } from "./usage.ts";

interface State {
  part: Part | undefined;
  /** What surrounds the text of a delta of the open part. */
  before: string;
  after: string;
  /** Every thought so far: a seal goes out with the whole of it. */
  thought: string;
  /** How much text was said before the open part, and by now. */
  from: number;
  said: number;
  calls: number;
  images: number;
  greeted: boolean;
}

const noFrames: readonly Frame[] = [];

export function chunkEncoder(occasion: Occasion<"chat">): EventEncoder<"chat"> {
  const states: State[] = [];
  let head = "";
  let base = "";

  const stateOf = (choice: number): State => {
    for (let next = states.length; next <= choice; next++) states.push(newState());
    return states[choice] as State;
  };

  const chunk = (choice: number, delta: string, rest = nothingMore): Frame => ({
    data: `${head}${choice},"delta":${delta}${rest}`,
  });

  const start = (event: Extract<ChatEvent, { type: "start" }>): Frame[] => {
    const id = JSON.stringify(answerId(event.id, occasion.id));
    base = `{"id":${id},"object":"chat.completion.chunk","created":${event.created ?? occasion.now},"model":${JSON.stringify(event.model)}`;
    head = `${base},"choices":[{"index":`;
    return [];
  };

  const greet = (choice: number, state: State, frames: Frame[]): void => {
    if (state.greeted) return;
    state.greeted = true;
    frames.push(chunk(choice, '{"role":"assistant","content":""}'));
  };

  const begin = (choice: number, part: Part): readonly Frame[] => {
    const state = stateOf(choice);
    const frames: Frame[] = [];
    greet(choice, state, frames);
    const delta = beginPart(state, part);
    if (delta !== undefined) frames.push(chunk(choice, delta));
    return frames;
  };

  const grow = (event: Extract<ChatEvent, { type: "part-delta" }>): readonly Frame[] => {
    const state = stateOf(event.choice);
    if (state.before === "") return noFrames;
    const { text, logprobs } = event;
    if (state.part?.type === "text") state.said += text.length;
    else if (state.part?.type === "reasoning") state.thought += text;
    const delta = state.before + JSON.stringify(text) + state.after;
    if (logprobs === undefined) return [chunk(event.choice, delta)];
    return [chunk(event.choice, delta, `,"logprobs":${JSON.stringify(logprobs)},"finish_reason":null}]}`)];
  };

  const finish = (event: Extract<ChatEvent, { type: "finish" }>): readonly Frame[] => {
    const frames: Frame[] = [];
    greet(event.choice, stateOf(event.choice), frames);
    frames.push(chunk(event.choice, "{}", `,"logprobs":null,"finish_reason":"${encodeFinish(event.finish)}"}]}`));
    return frames;
  };

  const finale = ({ usage, serviceTier }: Extract<ChatEvent, { type: "end" }>): readonly Frame[] => {
    const done: Frame = { data: "[DONE]" };
    if (!usage || occasion.request?.streamUsage !== true) return [done];
    const tier = isOwnTier(serviceTier) ? `,"service_tier":"${serviceTier}"` : "";
    return [{ data: `${base}${tier},"choices":[],"usage":${JSON.stringify(encodeUsage(usage))}}` }, done];
  };

  return {
    push(event) {
      switch (event.type) {
        case "part-delta":
          return grow(event);
        case "start":
          return start(event);
        case "part-start":
          return begin(event.choice, event.part);
        case "part-note": {
          const delta = encodeNote(stateOf(event.choice), event.note);
          return delta === undefined ? noFrames : [chunk(event.choice, delta)];
        }
        case "part-end":
          stateOf(event.choice).before = "";
          return noFrames;
        case "finish":
          return finish(event);
        case "end":
          return finale(event);
      }
    },
    end: () => noFrames,
    fail: (failure) => [{ data: JSON.stringify(error.encode(failure)) }],
  };
}

const nothingMore = ',"logprobs":null,"finish_reason":null}]}';

const newState = (): State => ({
  part: undefined,
  before: "",
  after: "",
  thought: "",
  from: 0,
  said: 0,
  calls: 0,
  images: 0,
  greeted: false,
});

/** Says how the part's deltas are to be written, and gives the delta that announces it, where it takes one. */
function beginPart(state: State, part: Part): string | undefined {
  state.part = part;
  state.from = state.said;
  switch (part.type) {
    case "text":
      return frame(state, '{"content":', "}", part.text);
    case "reasoning":
      state.thought = part.text;
      if (part.redacted !== undefined)
        return `{"reasoning_content":"","thinking_blocks":[${JSON.stringify(thinkingBlock(part))}]}`;
      return frame(state, '{"reasoning_content":', "}", part.text);
    case "refusal":
      return frame(state, '{"refusal":', "}", part.text);
    case "tool-call":
      return beginCall(state, part);
    case "audio":
      frame(state, '{"audio":{"data":', "}}", "");
      return part.id === undefined
        ? undefined
        : `{"audio":${JSON.stringify({ id: part.id, expires_at: part.expires })}}`;
    case "image": {
      const url = urlOf(part.source);
      const index = state.images++;
      return (
        url &&
        JSON.stringify({ images: [{ type: "image_url", image_url: { url, detail: part.detail ?? "auto" }, index }] })
      );
    }
    case "opaque":
      return part.format === formatId
        ? JSON.stringify({ tool_calls: [{ index: state.calls++, ...fieldsOf(part.words) }] })
        : undefined;
    default:
      return undefined;
  }
}

/** Sets what surrounds each delta; the text that a part already has is a first delta. */
function frame(state: State, before: string, after: string, text: string): string | undefined {
  state.before = before;
  state.after = after;
  return text === "" ? undefined : before + JSON.stringify(text) + after;
}

function beginCall(state: State, part: Extract<Part, { type: "tool-call" }>): string {
  const index = state.calls++;
  const kind = part.custom ? "custom" : "function";
  const input = part.custom ? "input" : "arguments";
  frame(state, `{"tool_calls":[{"index":${index},"${kind}":{"${input}":`, "}}]}", "");
  const id = JSON.stringify(sealedId(part));
  return `{"tool_calls":[{"index":${index},"id":${id},"type":"${kind}","${kind}":{"name":${JSON.stringify(part.name)},"${input}":${JSON.stringify(part.input)}}}]}`;
}

function encodeNote(state: State, note: PartNote): string | undefined {
  switch (note.type) {
    case "citation":
      return encodeCitation(state, note);
    case "signature":
      if (state.part?.type === "tool-call")
        return JSON.stringify({
          tool_calls: [{ index: state.calls - 1, provider_specific_fields: { thought_signature: note.signature } }],
        });
      return `{"reasoning_content":"","thinking_blocks":[${JSON.stringify({ type: "thinking", thinking: state.thought, signature: note.signature })}]}`;
    case "transcript":
      return `{"audio":{"transcript":${JSON.stringify(note.text)}}}`;
    case "id":
      return state.part?.type === "audio" ? `{"audio":{"id":${JSON.stringify(note.id)}}}` : undefined;
  }
}

function encodeCitation(state: State, { citation, format }: Extract<PartNote, { type: "citation" }>): string {
  if (format === formatId) return JSON.stringify({ annotations: [citation] });
  const annotation = annotationOf(fieldsOf(citation), state.from, state.said);
  return JSON.stringify({ ...(annotation && { annotations: [annotation] }), provider_specific_fields: { citation } });
}
