/** Chunks in, events out. Tolerant: it reads the spellings of all hosts of this language, and of its older sister for completions. */

import type { ChatEvent } from "../../canonical/chat.ts";
import { GatewayError } from "../../canonical/error.ts";
import type { Usage } from "../../canonical/usage.ts";
import type { Frame } from "../format.ts";
import { type Fields, fieldsOf, isFields, itemsOf, numberOf, textOf } from "../reader.ts";
import type { Transducer } from "../transducer.ts";
import { readAudio, readImage, readPiece } from "./answer.ts";
import { ChoiceParts } from "./choice-parts.ts";
import { readError } from "./error.ts";
import { formatId } from "./parts.ts";
import { decodeFinish } from "./response.ts";
import { inputText, signatureOf, unsealed } from "./tools.ts";
import { decodeUsage } from "./usage.ts";

/** More answers than this nobody asks for at once; a higher index is a vendor's mistake. */
const mostChoices = 1024;

const noEvents: readonly ChatEvent[] = [];

export function chunkDecoder(): Transducer<Frame, ChatEvent> {
  const choices: ChoiceState[] = [];
  let started = false;
  let ended = false;
  let usage: Usage | undefined;
  let serviceTier: string | undefined;

  const read = (chunk: Fields): ChatEvent[] => {
    const out: ChatEvent[] = [];
    const list = itemsOf(chunk["choices"]);
    // Azure's first chunk has neither choices nor a name; what it tells is nobody's answer yet.
    if (!started && (list.length > 0 || chunk["id"])) {
      started = true;
      out.push(startOf(chunk));
    }
    usage = usageOf(chunk) ?? usage;
    serviceTier = textOf(chunk["service_tier"]) ?? serviceTier;
    for (const choice of list) if (isFields(choice)) readChoice(choice, choices, out);
    return out;
  };

  const end = (): readonly ChatEvent[] => {
    if (!started || ended) return noEvents;
    ended = true;
    const out: ChatEvent[] = [];
    for (const { parts } of choices) parts.finish("other", undefined, out);
    out.push({ type: "end", ...(usage && { usage }), ...(serviceTier !== undefined && { serviceTier }) });
    return out;
  };

  return {
    push({ data }) {
      if (data.startsWith("[DONE]")) return end();
      if (data === "") return noEvents;
      const chunk = parseChunk(data);
      return chunk ? read(chunk) : noEvents;
    },
    // Only [DONE] says that a stream is whole. A host that forgets it has told everything once usage followed the last finish.
    end: () => (usage && choices.length > 0 && choices.every(({ parts }) => parts.finished) ? end() : noEvents),
  };
}

/** Undefined for what is no chunk. Throws the error that a chunk tells. */
export function parseChunk(data: string): Fields | undefined {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch (cause) {
    throw new GatewayError("bad-gateway", "upstream", "the provider's stream contains invalid JSON", { cause });
  }
  if (!isFields(chunk)) return undefined;
  const { error } = chunk;
  if (isFields(error) || (typeof error === "string" && error !== "")) throw readError(error, chunk);
  // vLLM's own error object, which has no envelope.
  if (chunk["object"] === "error") throw readError(chunk, chunk);
  return chunk;
}

/** Groq tells usage in a drawer of its own where it was not asked for. */
export const usageOf = (chunk: Fields): Usage | undefined =>
  decodeUsage(chunk["usage"]) ?? decodeUsage(fieldsOf(chunk["x_groq"])["usage"]);

function startOf(chunk: Fields): ChatEvent {
  const created = numberOf(chunk["created"]);
  const id = textOf(chunk["id"]) ?? "";
  const model = textOf(chunk["model"]) ?? "";
  return created !== undefined && created > 0 ? { type: "start", id, model, created } : { type: "start", id, model };
}

/** A choice so far, and where its calls stand: some hosts give every call the index 0, or none. */
interface ChoiceState {
  readonly parts: ChoiceParts;
  readonly calls: Map<number, { key: string; id: string }>;
  count: number;
}

function stateOf(choices: ChoiceState[], index: number): ChoiceState | undefined {
  if (!Number.isInteger(index) || index < 0 || index >= mostChoices) return undefined;
  for (let next = choices.length; next <= index; next++)
    choices.push({ parts: new ChoiceParts(next), calls: new Map(), count: 0 });
  return choices[index];
}

function readChoice(choice: Fields, choices: ChoiceState[], out: ChatEvent[]): void {
  const state = stateOf(choices, numberOf(choice["index"]) ?? 0);
  if (!state) return;
  const { delta, logprobs } = choice;
  if (isFields(delta)) readDelta(delta, isFields(logprobs) ? logprobs : undefined, state, out);
  else readText(choice["text"], isFields(logprobs) ? logprobs : undefined, state.parts, out);
  const reason = choice["finish_reason"];
  if (typeof reason !== "string" || reason === "") return;
  const finish = decodeFinish(reason, state.parts.hasCalls);
  const stopped = finish === "stop" ? (textOf(choice["stop_reason"]) ?? textOf(choice["matched_stop"])) : undefined;
  state.parts.finish(finish, stopped, out);
}

function readDelta(delta: Fields, logprobs: Fields | undefined, state: ChoiceState, out: ChatEvent[]): void {
  const { parts } = state;
  readReasoning(delta, parts, out);
  const { content, refusal, tool_calls: calls } = delta;
  if (Array.isArray(content)) for (const piece of content) readContentPiece(piece, logprobs, parts, out);
  else readText(content, logprobs, parts, out);
  if (typeof refusal === "string" && refusal !== "")
    parts.grow("refusal", { type: "refusal", text: "" }, refusal, out, logprobs);
  if (Array.isArray(calls)) for (const call of calls) readCall(fieldsOf(call), state, out);
  if (isFields(delta["function_call"])) readLegacyCall(delta["function_call"], state, out);
  readRare(delta, parts, out);
}

function readText(text: unknown, logprobs: Fields | undefined, parts: ChoiceParts, out: ChatEvent[]): void {
  if (typeof text === "string" && (text !== "" || (logprobs && parts.knows("text"))))
    parts.grow("text", { type: "text", text: "" }, text, out, logprobs);
}

function readContentPiece(piece: unknown, logprobs: Fields | undefined, parts: ChoiceParts, out: ChatEvent[]): void {
  const part = readPiece(piece);
  if (part?.type === "reasoning") parts.grow("reasoning", { type: "reasoning", text: "" }, part.text, out);
  else if (part) readText(part.text, logprobs, parts, out);
}

function readReasoning(delta: Fields, parts: ChoiceParts, out: ChatEvent[]): void {
  const text = textOf(delta["reasoning_content"]) || textOf(delta["reasoning"]);
  if (text) parts.grow("reasoning", { type: "reasoning", text: "" }, text, out);
  const blocks = delta["thinking_blocks"];
  if (Array.isArray(blocks))
    for (const block of blocks) readBlock(fieldsOf(block), text === undefined || text === "", parts, out);
}

/** A block that carries a seal ends a thought; some gateways repeat the whole thought in it. */
function readBlock({ thinking, signature, data }: Fields, alone: boolean, parts: ChoiceParts, out: ChatEvent[]): void {
  if (typeof data === "string") {
    parts.whole("redacted", { type: "reasoning", text: "", redacted: data }, out);
    return;
  }
  const sealed = typeof signature === "string" && signature !== "";
  if (alone && typeof thinking === "string" && thinking !== "" && !(sealed && parts.knows("reasoning")))
    parts.grow("reasoning", { type: "reasoning", text: "" }, thinking, out);
  if (!sealed) return;
  parts.grow("reasoning", { type: "reasoning", text: "" }, "", out);
  parts.note("reasoning", { type: "signature", signature }, out);
  parts.close(out);
}

function readCall(call: Fields, state: ChoiceState, out: ChatEvent[]): void {
  const index = numberOf(call["index"]) ?? 0;
  const given = textOf(call["id"]) ?? "";
  const known = state.calls.get(index);
  // Another id under the same index is another call.
  const fresh = known === undefined || (given !== "" && known.id !== "" && given !== known.id);
  const key = fresh ? `call ${state.count}` : known.key;
  const custom = isFields(call["custom"]);
  const { name, input, arguments: args } = fieldsOf(custom ? call["custom"] : call["function"]);
  const { id, signature = signatureOf(call) } = unsealed(given);
  if (fresh) {
    state.calls.set(index, { key, id: given });
    state.count += 1;
  } else if (known.id === "") known.id = given;
  state.parts.grow(
    key,
    {
      type: "tool-call",
      id,
      name: textOf(name) ?? "",
      input: "",
      ...(custom && { custom }),
      ...(signature !== undefined && { signature }),
    },
    inputText(custom ? input : args),
    out,
  );
  if (!fresh && signature !== undefined) state.parts.note(key, { type: "signature", signature }, out);
}

/** Before there were tools a choice had one call, and its name was all its identity. */
function readLegacyCall(call: Fields, { parts }: ChoiceState, out: ChatEvent[]): void {
  const name = textOf(call["name"]) ?? "";
  parts.grow("function_call", { type: "tool-call", id: name, name, input: "" }, inputText(call["arguments"]), out);
}

function readRare(delta: Fields, parts: ChoiceParts, out: ChatEvent[]): void {
  const { audio, images, annotations } = delta;
  if (Array.isArray(annotations) && annotations.length > 0) {
    parts.grow("text", { type: "text", text: "" }, "", out);
    for (const citation of annotations) parts.note("text", { type: "citation", citation, format: formatId }, out);
  }
  if (Array.isArray(images))
    for (const image of images) {
      const part = readImage(image);
      if (part) parts.whole("image", part, out);
    }
  if (isFields(audio)) readSound(audio, parts, out);
}

function readSound(audio: Fields, parts: ChoiceParts, out: ChatEvent[]): void {
  const known = parts.knows("audio");
  const { transcript, source, ...part } = readAudio(audio);
  const data = source.kind === "data" ? source.data : "";
  parts.grow("audio", { ...part, source: { kind: "data", mediaType: "audio/*", data: "" } }, data, out);
  if (known && part.id !== undefined) parts.note("audio", { type: "id", id: part.id }, out);
  if (transcript) parts.note("audio", { type: "transcript", text: transcript }, out);
}
