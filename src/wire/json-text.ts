/** JSON as text: where the members of the outermost object stand, and how to change some of them without touching the rest. */

import { GatewayError } from "../canonical/error.ts";
import type { Body } from "./format.ts";

/** Where a member stands: its key's opening quote, its value's first character, and the character after its value. */
interface Span {
  readonly key: number;
  readonly from: number;
  readonly to: number;
}

export interface Outline {
  readonly members: ReadonlyMap<string, Span>;
  /** How many names are said, at any depth. */
  readonly names: number;
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
 * Finds the members of the object that `text` spells, in one pass. It reads structure, not values: JSON.parse judges those.
 * Refuses nesting beyond `depth`, more names and items than any conversation has, because everybody waits while they are
 * read, and a member that stands twice, because two readers may choose differently between them.
 * Undefined when the text is no object.
 */
export function outline(text: string, depth: number): Outline | undefined {
  const members = new Map<string, Span>();
  const within: Within = { names: 0, items: 0 };
  let at = blank(text, 0);
  if (text.charCodeAt(at) !== openBrace) return undefined;
  at = blank(text, at + 1);
  while (at < text.length && text.charCodeAt(at) !== closeBrace) {
    if (text.charCodeAt(at) !== quote) return undefined;
    const key = at;
    const keyEnd = stringEnd(text, at);
    const name = nameOf(text, key, keyEnd);
    at = blank(text, keyEnd);
    if (name === undefined || text.charCodeAt(at) !== colon) return undefined;
    const from = blank(text, at + 1);
    const to = valueEnd(text, from, depth, within);
    if (members.has(name)) throw duplicate(name);
    members.set(name, { key, from, to });
    refuseMany(members.size + within.names, within.items);
    at = blank(text, to);
    if (text.charCodeAt(at) === comma) at = blank(text, at + 1);
    else if (text.charCodeAt(at) !== closeBrace) return undefined;
  }
  return at < text.length ? { members, names: members.size + within.names } : undefined;
}

/**
 * Refuses an object inside of the outermost one in which a name stands twice: the parsed value has fewer names than its text.
 * Counting costs a few hundredths of the parsing; the place is looked for only when something is wrong.
 */
export function refuseTwice(text: string, { members, names }: Outline, words: Body): void {
  if (countNames(words) === names) return;
  for (const [member, { from, to }] of members) {
    const within: Within = { names: 0, items: 0 };
    valueEnd(text.slice(from, to), 0, Number.POSITIVE_INFINITY, within);
    const value = words[member];
    if (within.names !== (isObject(value) ? countNames(value) : 0)) throw twiceWithin(member);
  }
}

function countNames(value: object): number {
  let names = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (isObject(item)) names += countNames(item);
    }
    return names;
  }
  for (const name in value) {
    names++;
    const item = (value as Body)[name];
    if (isObject(item)) names += countNames(item);
  }
  return names;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** The same text with one member of its outermost object set, where it has that member. Reads no further than that member. */
export function stamped(text: string, name: string, value: unknown): string {
  let at = blank(text, 0);
  if (text.charCodeAt(at) !== openBrace) return text;
  at = blank(text, at + 1);
  while (text.charCodeAt(at) === quote) {
    const keyEnd = stringEnd(text, at);
    const key = nameOf(text, at, keyEnd);
    const from = blank(text, blank(text, keyEnd) + 1);
    const to = valueEnd(text, from, Number.POSITIVE_INFINITY, { names: 0, items: 0 });
    if (key === name) return text.slice(0, from) + JSON.stringify(value) + text.slice(to);
    at = blank(text, to);
    if (text.charCodeAt(at) === comma) at = blank(text, at + 1);
  }
  return text;
}

const duplicate = (name: string): GatewayError =>
  new GatewayError("invalid-request", "client", `the field "${name.slice(0, 80)}" stands twice; send it once`, {
    param: name.slice(0, 80),
  });

const twiceWithin = (member: string): GatewayError =>
  new GatewayError(
    "invalid-request",
    "client",
    `a field stands twice in the same object of "${member.slice(0, 80)}"; send it once`,
    { param: member.slice(0, 80) },
  );

function blank(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const byte = text.charCodeAt(at);
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break;
  }
  return at;
}

/** The index after the closing quote of the string that opens at `from`. Searched, not read: long texts cost next to nothing. */
function stringEnd(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) === backslash) before--;
    // An odd number of backslashes makes the quote a part of the string.
    if ((at - before) % 2 === 1) return at + 1;
  }
  return text.length;
}

/** Counts the names and the commas inside of values. */
interface Within {
  names: number;
  items: number;
}

function valueEnd(text: string, from: number, limit: number, within: Within): number {
  const first = text.charCodeAt(from);
  if (first === quote) return stringEnd(text, from);
  return first === openBrace || first === openBracket ? nestEnd(text, from, limit, within) : wordEnd(text, from);
}

/** The index after the bracket that closes the one at `from`. */
function nestEnd(text: string, from: number, limit: number, within: Within): number {
  let depth = 0;
  let names = 0;
  let items = 0;
  for (let at = from; at < text.length; at++) {
    const byte = text.charCodeAt(at);
    if (byte === quote) at = stringEnd(text, at) - 1;
    else if (byte === comma) items++;
    else if (byte === colon) names++;
    else if (opens(byte)) {
      if (++depth > limit) throw tooDeep(limit);
    } else if (closes(byte) && --depth === 0) {
      within.names += names;
      within.items += items;
      return at + 1;
    }
  }
  return text.length;
}

const opens = (byte: number): boolean => byte === openBrace || byte === openBracket;
const closes = (byte: number): boolean => byte === closeBrace || byte === closeBracket;

/** A conversation has some names for each of its messages; numbers stand in lists of tokens. */
const most = { names: 100_000, items: 1_000_000 } as const;

function refuseMany(names: number, items: number): void {
  if (names <= most.names && items <= most.items) return;
  const what = names > most.names ? `${most.names} names` : `${most.items} items`;
  const message = `the JSON holds more than ${what}; send several smaller requests`;
  throw new GatewayError("invalid-request", "client", message);
}

const tooDeep = (limit: number): GatewayError =>
  new GatewayError("invalid-request", "client", `the JSON is nested deeper than ${limit} levels`);

/** The index after a number, true, false or null. */
function wordEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const byte = text.charCodeAt(at);
    if (byte === comma || byte === closeBrace || byte === closeBracket || byte <= 32) break;
  }
  return at;
}

/** The name that a key spells. Undefined for one that JSON.parse would refuse. */
function nameOf(text: string, from: number, to: number): string | undefined {
  const raw = text.slice(from + 1, to - 1);
  if (raw.indexOf("\\") < 0) return raw;
  try {
    return JSON.parse(text.slice(from, to)) as string;
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

/** A stretch of a text that stays as it was written. */
interface Kept {
  readonly from: number;
  readonly to: number;
}

/** The same text with some members set, added or (undefined) removed. Every other member stays as it was written. */
export function splice(text: string, outline: Outline, edits: ReadonlyMap<string, unknown>): string {
  if (edits.size === 0) return text;
  let result = "";
  for (const piece of pieces(outline, edits))
    result += typeof piece === "string" ? piece : text.slice(piece.from, piece.to);
  return result;
}

/** What such a text is made of, in its order: what stays, and what is new. */
export function pieces({ members }: Outline, edits: ReadonlyMap<string, unknown>): readonly (string | Kept)[] {
  const found: (string | Kept)[] = [];
  let before = "{";
  for (const [name, { key, to }] of members) {
    const value = edits.get(name);
    if (!edits.has(name)) found.push(before, { from: key, to });
    else if (value !== undefined) found.push(before + member(name, value));
    else continue;
    before = ",";
  }
  for (const [name, value] of edits) {
    if (members.has(name) || value === undefined) continue;
    found.push(before + member(name, value));
    before = ",";
  }
  found.push(before === "{" ? "{}" : "}");
  return found;
}

const member = (name: string, value: unknown): string => `${JSON.stringify(name)}:${JSON.stringify(value)}`;
