/** JSON as bytes: where the members of the outermost object stand, and how to change some of them without touching the rest. */

import { GatewayError } from "../canonical/error.ts";
import type { Body } from "./format.ts";

/** Where a member stands: its key's opening quote, its value's first byte, and the byte after its value. */
interface Span {
  readonly key: number;
  readonly from: number;
  readonly to: number;
}

export interface Outline {
  readonly members: ReadonlyMap<string, Span>;
}

const quote = 34;
const backslash = 92;
const comma = 44;
const colon = 58;
const openBrace = 123;
const closeBrace = 125;
const openBracket = 91;
const closeBracket = 93;

/**
 * Finds the members of the object that `bytes` spell, in one pass. It reads structure, not values: JSON.parse judges those.
 * Refuses nesting beyond `depth` and a member that stands twice, because two readers may choose differently between them.
 * Undefined when the text is no object.
 */
export function outline(bytes: Uint8Array, depth: number): Outline | undefined {
  const members = new Map<string, Span>();
  let at = blank(bytes, 0);
  if (bytes[at] !== openBrace) return undefined;
  at = blank(bytes, at + 1);
  while (at < bytes.length && bytes[at] !== closeBrace) {
    if (bytes[at] !== quote) return undefined;
    const key = at;
    const keyEnd = stringEnd(bytes, at);
    const name = textOf(bytes, key, keyEnd);
    at = blank(bytes, keyEnd);
    if (name === undefined || bytes[at] !== colon) return undefined;
    const from = blank(bytes, at + 1);
    const to = valueEnd(bytes, from, depth);
    if (members.has(name)) throw duplicate(name);
    members.set(name, { key, from, to });
    at = blank(bytes, to);
    if (bytes[at] === comma) at = blank(bytes, at + 1);
    else if (bytes[at] !== closeBrace) return undefined;
  }
  return at < bytes.length ? { members } : undefined;
}

/** The same text with one member of its outermost object set, where it has that member. Reads no further than that member. */
export function stamped(bytes: Uint8Array, name: string, value: unknown): Uint8Array {
  let at = blank(bytes, 0);
  if (bytes[at] !== openBrace) return bytes;
  at = blank(bytes, at + 1);
  while (bytes[at] === quote) {
    const keyEnd = stringEnd(bytes, at);
    const key = textOf(bytes, at, keyEnd);
    const from = blank(bytes, blank(bytes, keyEnd) + 1);
    const to = valueEnd(bytes, from, Number.POSITIVE_INFINITY);
    if (key === name) return joined([bytes.subarray(0, from), JSON.stringify(value), bytes.subarray(to)]);
    at = blank(bytes, to);
    if (bytes[at] === comma) at = blank(bytes, at + 1);
  }
  return bytes;
}

const duplicate = (name: string): GatewayError =>
  new GatewayError("invalid-request", "client", `the field "${name.slice(0, 80)}" stands twice; send it once`, {
    param: name.slice(0, 80),
  });

function blank(bytes: Uint8Array, from: number): number {
  let at = from;
  for (; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break;
  }
  return at;
}

/** The index after the closing quote of the string that opens at `from`. */
function stringEnd(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  for (; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) return at + 1;
    if (byte === backslash) at++;
  }
  return at;
}

function valueEnd(bytes: Uint8Array, from: number, limit: number): number {
  const first = bytes[from];
  if (first === quote) return stringEnd(bytes, from);
  return first === openBrace || first === openBracket ? nestEnd(bytes, from, limit) : wordEnd(bytes, from);
}

/** The index after the bracket that closes the one at `from`. */
function nestEnd(bytes: Uint8Array, from: number, limit: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) at = stringEnd(bytes, at) - 1;
    else if (byte === openBrace || byte === openBracket) {
      if (++depth > limit) throw tooDeep(limit);
    } else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) return at + 1;
  }
  return bytes.length;
}

const tooDeep = (limit: number): GatewayError =>
  new GatewayError("invalid-request", "client", `the JSON is nested deeper than ${limit} levels`);

/** The index after a number, true, false or null. */
function wordEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  for (; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === comma || byte === closeBrace || byte === closeBracket || byte <= 32) break;
  }
  return at;
}

/** The text of a key. Undefined for one that JSON.parse would refuse. */
function textOf(bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = "";
  for (let at = from + 1; at < to - 1; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === backslash || byte > 126 || byte < 32) return decoded(bytes.subarray(from, to));
    text += String.fromCharCode(byte);
  }
  return text;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as string;
  } catch {
    // Not JSON: the whole body will be refused by its parser, with the place.
    return undefined;
  }
}

/** What it takes to make `before` into `after`: only members that are not the very same value. Undefined values are removals. */
export function changes(before: Body, after: Body): Map<string, unknown> {
  const edits = new Map<string, unknown>();
  for (const key of Object.keys(after)) if (after[key] !== before[key]) edits.set(key, after[key]);
  for (const key of Object.keys(before))
    if (!Object.hasOwn(after, key) || after[key] === undefined) edits.set(key, undefined);
  return edits;
}

/** The same text with some members set, added or (undefined) removed. The bytes of every other member stay. */
export function splice(bytes: Uint8Array, { members }: Outline, edits: ReadonlyMap<string, unknown>): Uint8Array {
  if (edits.size === 0) return bytes;
  const pieces: (Uint8Array | string)[] = [];
  const add = (piece: Uint8Array | string) => pieces.push(pieces.length === 0 ? "{" : ",", piece);
  for (const [name, span] of members)
    if (!edits.has(name)) add(bytes.subarray(span.key, span.to));
    else if (edits.get(name) !== undefined) add(member(name, edits.get(name)));
  for (const [name, value] of edits) if (!members.has(name) && value !== undefined) add(member(name, value));
  pieces.push(pieces.length === 0 ? "{}" : "}");
  return joined(pieces);
}

const member = (name: string, value: unknown): string => `${JSON.stringify(name)}:${JSON.stringify(value)}`;

function joined(pieces: readonly (Uint8Array | string)[]): Uint8Array {
  const encoder = new TextEncoder();
  const parts = pieces.map((piece) => (typeof piece === "string" ? encoder.encode(piece) : piece));
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
