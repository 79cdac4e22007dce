/** Streams and whole answers are two spellings of one thing: `collect` folds a stream into its answer, `replay` unfolds an answer into a stream. */

import type { ChatEvent, ChatResponse, Choice, PartNote } from "./chat.ts";
import type { Part } from "./part.ts";
import type { Usage } from "./usage.ts";

interface Draft {
  parts: Part[];
  open: Part | undefined;
  pieces: string[];
  logprobs: unknown[];
  finish: Choice["finish"];
  stopSequence: string | undefined;
}

/** Folds events one at a time, for whoever watches a stream go by. `response` may be read at any moment. */
export class Collector {
  #id = "";
  #model = "";
  #created: number | undefined;
  #usage: Usage | undefined;
  #serviceTier: string | undefined;
  readonly #choices: Draft[] = [];
  #ended = false;

  push(event: ChatEvent): void {
    switch (event.type) {
      case "start":
        this.#id = event.id;
        this.#model = event.model;
        this.#created = event.created;
        this.#usage ??= event.usage;
        return;
      case "end":
        this.#ended = true;
        this.#usage = event.usage ?? this.#usage;
        this.#serviceTier = event.serviceTier;
        return;
      default:
        grow(this.#choice(event.choice), event);
    }
  }

  /** True once the vendor said that the stream is over. */
  get ended(): boolean {
    return this.#ended;
  }

  get usage(): Usage | undefined {
    return this.#usage;
  }

  get response(): ChatResponse {
    return {
      id: this.#id,
      model: this.#model,
      ...(this.#created !== undefined && { created: this.#created }),
      choices: this.#choices.map(sealed),
      ...(this.#usage && { usage: this.#usage }),
      ...(this.#serviceTier !== undefined && { serviceTier: this.#serviceTier }),
    };
  }

  #choice(index: number): Draft {
    for (let next = this.#choices.length; next <= index; next++)
      this.#choices.push({
        parts: [],
        open: undefined,
        pieces: [],
        logprobs: [],
        finish: "other",
        stopSequence: undefined,
      });
    const draft = this.#choices[index];
    if (!draft) throw new RangeError(`choice ${index}`);
    return draft;
  }
}

/** Folds a stream that is already in memory. */
export function collect(events: Iterable<ChatEvent>): ChatResponse {
  const collector = new Collector();
  for (const event of events) collector.push(event);
  return collector.response;
}

/** Unfolds an answer into the stream that spells it: for cached answers and for vendors that cannot stream. */
export function* replay(response: ChatResponse): Generator<ChatEvent> {
  const { id, model, created, usage, serviceTier } = response;
  yield { type: "start", id, model, ...(created !== undefined && { created }) };
  for (const [index, choice] of response.choices.entries()) yield* replayChoice(choice, index);
  yield { type: "end", ...(usage && { usage }), ...(serviceTier !== undefined && { serviceTier }) };
}

function* replayChoice({ parts, finish, stopSequence, logprobs }: Choice, choice: number): Generator<ChatEvent> {
  let untold = logprobs;
  for (const part of parts) {
    yield { type: "part-start", choice, part: emptied(part) };
    const text = textOf(part);
    const told = part.type === "text" && text !== "" ? untold : undefined;
    if (told !== undefined) untold = undefined;
    if (text !== "") yield { type: "part-delta", choice, text, ...(told !== undefined && { logprobs: told }) };
    for (const note of notesOf(part)) yield { type: "part-note", choice, note };
    yield { type: "part-end", choice };
  }
  yield { type: "finish", choice, finish, ...(stopSequence !== undefined && { stopSequence }) };
}

function grow(draft: Draft, event: Exclude<ChatEvent, { type: "start" | "end" }>): void {
  switch (event.type) {
    case "part-start":
      draft.open = event.part;
      draft.pieces = [];
      return;
    case "part-delta":
      draft.pieces.push(event.text);
      if (event.logprobs !== undefined) draft.logprobs.push(event.logprobs);
      return;
    case "part-note":
      if (draft.open) draft.open = annotated(draft.open, event.note);
      return;
    case "part-end":
      if (draft.open) draft.parts.push(withText(draft.open, textOf(draft.open) + draft.pieces.join("")));
      draft.open = undefined;
      draft.pieces = [];
      return;
    case "finish":
      draft.finish = event.finish;
      draft.stopSequence = event.stopSequence;
  }
}

function sealed(draft: Draft): Choice {
  const open = draft.open ? [withText(draft.open, textOf(draft.open) + draft.pieces.join(""))] : [];
  const logprobs = mergedLogprobs(draft.logprobs);
  return {
    parts: [...draft.parts, ...open],
    finish: draft.finish,
    ...(draft.stopSequence !== undefined && { stopSequence: draft.stopSequence }),
    ...(logprobs !== undefined && { logprobs }),
  };
}

/** OpenAI's shape: { content: [...], refusal: [...] }, a list for each piece of text; a list that never came is null. */
function mergedLogprobs(all: readonly unknown[]): unknown {
  if (all.length < 2) return all[0];
  const merged: Record<string, unknown> = {};
  for (const one of all)
    for (const [key, value] of Object.entries((one ?? {}) as Record<string, unknown>))
      merged[key] = joined(merged[key], value);
  return merged;
}

/** Grows the list, which is ours: the lists of a whole answer may be long. */
function joined(list: unknown, more: unknown): unknown {
  if (!Array.isArray(more)) return list ?? null;
  if (!Array.isArray(list)) return more.slice();
  for (const item of more) list.push(item);
  return list;
}

function annotated(part: Part, note: PartNote): Part {
  if (note.type === "citation" && part.type === "text")
    return { ...part, citations: [...(part.citations ?? []), { format: note.format, words: note.citation }] };
  if (note.type === "signature" && (part.type === "reasoning" || part.type === "tool-call"))
    return { ...part, signature: (part.type === "reasoning" ? (part.signature ?? "") : "") + note.signature };
  if (note.type === "transcript" && part.type === "audio")
    return { ...part, transcript: (part.transcript ?? "") + note.text };
  if (note.type === "id" && (part.type === "audio" || part.type === "reasoning")) return { ...part, id: note.id };
  return part;
}

/** The text that a part grows by in a stream: its words, its input, its sound. */
export function textOf(part: Part): string {
  switch (part.type) {
    case "text":
    case "reasoning":
    case "refusal":
      return part.text;
    case "tool-call":
      return part.input;
    case "audio":
      return part.source.kind === "data" ? part.source.data : "";
    default:
      return "";
  }
}

/** The same part with other text. Parts that have none are returned as they are. */
export function withText(part: Part, text: string): Part {
  switch (part.type) {
    case "text":
    case "reasoning":
    case "refusal":
      return part.text === text ? part : { ...part, text };
    case "tool-call":
      return { ...part, input: text };
    case "audio":
      return part.source.kind === "data" ? { ...part, source: { ...part.source, data: text } } : part;
    default:
      return part;
  }
}

function emptied(part: Part): Part {
  const bare = withText(part, "");
  if (bare.type === "text" && bare.citations) {
    const { citations: _, ...rest } = bare;
    return rest;
  }
  if (bare.type === "reasoning" && bare.signature !== undefined) {
    const { signature: _, ...rest } = bare;
    return rest;
  }
  if (bare.type === "audio" && bare.transcript !== undefined) {
    const { transcript: _, ...rest } = bare;
    return rest;
  }
  return bare;
}

function notesOf(part: Part): readonly PartNote[] {
  if (part.type === "text")
    return (part.citations ?? []).map(({ format, words }) => ({ type: "citation", citation: words, format }));
  if (part.type === "reasoning" && part.signature !== undefined)
    return [{ type: "signature", signature: part.signature }];
  if (part.type === "audio" && part.transcript !== undefined) return [{ type: "transcript", text: part.transcript }];
  return [];
}
