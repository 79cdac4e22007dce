/** Follows a stream of this language that passes word for word: finds what the ledger needs by looking for it in the text. */

import { GatewayError } from "../../canonical/error.ts";
import { weightOf } from "../../canonical/text-weight.ts";
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
  const read = (data: string, delta: number): boolean => {
    hasCalls ||= callsIn(data, delta);
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
      const delta = data.indexOf('"delta"');
      seen.characters += answerWeight(data, delta);
      if (!read(data, delta)) return undefined;
      if (name === undefined) return frame;
      seen.model ??= modelIn(data);
      return renamed(thoughtful(frame, delta), name);
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

/**
 * True where a frame tells a finish, usage or an error: those are parsed, the others only looked at. One search for all
 * of them, which is four times as fast as one for each. Inside a string the quotes of a key would be escaped.
 */
const isTelling = (data: string): boolean => telling.test(data);
const telling = /"(?:finish_reason|usage|error)"\s*:\s*[^n\s]|"object"\s*:\s*"error"/;

function parsed(data: string, seen: Draft): Fields | undefined {
  try {
    return parseChunk(data);
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    seen.error = cause;
    return undefined;
  }
}

/** Calls stand at the head of a delta; to search the whole frame for them would cost as much as everything else. */
function callsIn(data: string, delta: number): boolean {
  return delta >= 0 && data.slice(delta, delta + headLength).indexOf('"tool_calls":[') >= 0;
}
const headLength = 96;

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

function thoughtful(frame: Frame, delta: number): Frame {
  const { data, event } = frame;
  const text = withThought(data, delta, stringEnd);
  if (text === data) return frame;
  return event === undefined ? { data: text } : { event, data: text };
}

function renamed(frame: Frame, name: string): Frame {
  const { data, event } = frame;
  const from = modelAt(data);
  if (from < 0) return frame;
  const to = stringEnd(data, from);
  if (to - from === name.length && data.startsWith(name, from)) return frame;
  const text = data.slice(0, from) + name + data.slice(to);
  return event === undefined ? { data: text } : { event, data: text };
}

/** The opening quote of the model's name; -1 where there is none. */
function modelAt(data: string): number {
  for (let at = data.indexOf('"model"'); at >= 0; at = data.indexOf('"model"', at + 7)) {
    const from = valueAt(data, at + 7);
    if (from >= 0 && data.charCodeAt(from) === 34) return from;
  }
  return -1;
}

/** As it is written: a name with an escape in it is in no list of prices. */
function modelIn(data: string): string | undefined {
  const from = modelAt(data);
  return from < 0 ? undefined : data.slice(from + 1, stringEnd(data, from) - 1);
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

/** What the pieces of answer in the frame weigh, as they are written: the strings inside the delta, or the older API's text. */
function answerWeight(data: string, delta: number): number {
  const from = delta >= 0 ? delta : data.indexOf('"text"');
  if (from < 0) return 0;
  let weight = 0;
  let at = data.indexOf('":"', from);
  while (at >= 0) {
    const to = stringEnd(data, at + 2);
    if (!data.startsWith("assistant", at + 3)) weight += weightOf(data, at + 3, to - 1);
    if (data.charCodeAt(to) !== comma || delta < 0) break;
    at = data.indexOf('":"', to);
  }
  return weight;
}
const comma = 44;
