/** Follows a stream of this language that passes word for word: finds what the ledger needs by looking for it in the text. */

import { GatewayError } from "../../canonical/error.ts";
import type { Frame, Seen, Skimmer, SkimOptions } from "../format.ts";
import { type Fields, fieldsOf, isFields, itemsOf, textOf } from "../reader.ts";
import { parseChunk, usageOf } from "./decoder.ts";
import { decodeFinish } from "./response.ts";
import { withThought } from "./thought-names.ts";

type Draft = { -readonly [K in keyof Seen]: Seen[K] };

export function chunkSkimmer({ model, usage }: SkimOptions): Skimmer {
  const seen: Draft = { ended: false, characters: 0 };
  const name = model === undefined ? undefined : JSON.stringify(model);
  let hasCalls = false;

  /** False: the frame is to be withheld. */
  const read = (data: string): boolean => {
    if (!hasCalls && data.indexOf('"tool_calls"') >= 0) hasCalls = holds(data, '"tool_calls"');
    if (!isTelling(data)) return true;
    const chunk = parsed(data, seen);
    if (!chunk) return true;
    note(chunk, seen, hasCalls);
    return usage || itemsOf(chunk["choices"]).length > 0 || !isFields(chunk["usage"]);
  };

  return {
    seen,
    push(frame) {
      const { data } = frame;
      if (data === "") return frame;
      if (data.startsWith("[DONE]")) {
        seen.ended = true;
        return frame;
      }
      seen.characters += answerLength(data);
      if (!read(data)) return undefined;
      return name === undefined ? frame : thoughtful(renamed(frame, name));
    },
  };
}

function note(chunk: Fields, seen: Draft, hasCalls: boolean): void {
  const told = usageOf(chunk);
  if (told) seen.usage = told;
  const tier = textOf(chunk["service_tier"]);
  if (tier !== undefined) seen.serviceTier = tier;
  for (const choice of itemsOf(chunk["choices"])) {
    const reason = fieldsOf(choice)["finish_reason"];
    if (typeof reason === "string" && reason !== "") seen.finish ??= decodeFinish(reason, hasCalls);
  }
  // A host that forgets [DONE] has told everything by now.
  if (seen.usage && seen.finish !== undefined) seen.ended = true;
}

const isTelling = (data: string): boolean =>
  holds(data, '"finish_reason"') ||
  holds(data, '"usage"') ||
  holds(data, '"error"') ||
  data.indexOf('"object":"error"') >= 0;

function parsed(data: string, seen: Draft): Fields | undefined {
  try {
    return parseChunk(data);
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    seen.error = cause;
    return undefined;
  }
}

/** True where the text has the member and its value is not null. Inside a string its quotes would be escaped. */
function holds(data: string, key: string): boolean {
  for (let at = data.indexOf(key); at >= 0; at = data.indexOf(key, at + key.length)) {
    const value = valueAt(data, at + key.length);
    if (value >= 0 && data.charCodeAt(value) !== 110) return true;
  }
  return false;
}

/** Where the value begins after the key that ends at `from`; -1 where that was no key. */
function valueAt(data: string, from: number): number {
  let at = blank(data, from);
  if (data.charCodeAt(at) !== 58) return -1;
  at = blank(data, at + 1);
  return at;
}

function blank(data: string, from: number): number {
  let at = from;
  while (data.charCodeAt(at) === 32) at++;
  return at;
}

function thoughtful(frame: Frame): Frame {
  const { data, event } = frame;
  const text = withThought(data, stringEnd);
  if (text === data) return frame;
  return event === undefined ? { data: text } : { event, data: text };
}

function renamed(frame: Frame, name: string): Frame {
  const { data, event } = frame;
  for (let at = data.indexOf('"model"'); at >= 0; at = data.indexOf('"model"', at + 7)) {
    const from = valueAt(data, at + 7);
    if (from < 0 || data.charCodeAt(from) !== 34) continue;
    const to = stringEnd(data, from);
    if (to - from === name.length && data.startsWith(name, from)) return frame;
    const text = data.slice(0, from) + name + data.slice(to);
    return event === undefined ? { data: text } : { event, data: text };
  }
  return frame;
}

/** The index after the closing quote of the string that opens at `from`. */
function stringEnd(data: string, from: number): number {
  let at = data.indexOf('"', from + 1);
  while (at >= 0 && isEscaped(data, at)) at = data.indexOf('"', at + 1);
  return at < 0 ? data.length : at + 1;
}

function isEscaped(data: string, at: number): boolean {
  let slashes = 0;
  while (data.charCodeAt(at - 1 - slashes) === 92) slashes++;
  return slashes % 2 === 1;
}

const answers = ['"content":"', '"reasoning_content":"', '"reasoning":"', '"arguments":"', '"text":"', '"refusal":"'];

/** How long the pieces of answer in the frame are, as they are written. */
function answerLength(data: string): number {
  let length = 0;
  for (const key of answers) {
    const at = data.indexOf(key);
    if (at < 0) continue;
    const from = at + key.length - 1;
    length += stringEnd(data, from) - from - 2;
  }
  return length;
}
