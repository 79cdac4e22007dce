/** Walks lists and JSON, and yields the same value where nothing changed. */

import { GatewayError } from "../canonical/error.ts";
import type { GuardrailConfig } from "../config/config.ts";
import { editsBetween, spread } from "./guard-edits.ts";
import type { Scope } from "./guardrails/guardrail.ts";

/** Sees a text; says what is to stand in its place. */
export type Visit = (text: string, scope: Scope, path: string) => string;

/** How a walk looks at things. */
export interface Sight {
  readonly visit: Visit;
  readonly opaque: GuardrailConfig["opaque"];
  readonly skipSystem: boolean;
}

export const unreadable = (path: string, what: string): GatewayError =>
  new GatewayError(
    "content-blocked",
    "gateway",
    `${path} is ${what}, which no guardrail can read, and the configuration refuses what cannot be read. Send it as text.`,
    { param: path },
  );

export function mapList<T>(list: readonly T[], change: (item: T, index: number) => T): readonly T[] {
  let changed: T[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = list[index] as T;
    const after = change(item, index);
    if (after === item) continue;
    changed ??= [...list];
    changed[index] = after;
  }
  return changed ?? list;
}

/** No client's body is nested deeper, and no vendor has reason to. */
const deepest = 400;
/** A number with so many digits may be a card's or a person's. */
const tellingNumber = 1_000_000;

/** Every string in it, and every long number: also the names of members. */
export const mapJson = <T>(value: T, visit: Visit, scope: Scope, path: string): T =>
  walk(value, visit, scope, path, 0) as T;

function walk(value: unknown, visit: Visit, scope: Scope, path: string, depth: number): unknown {
  if (typeof value === "string") return visit(value, scope, path);
  if (typeof value === "number") {
    if (Math.abs(value) < tellingNumber) return value;
    const text = String(value);
    const after = visit(text, scope, path);
    return after === text ? value : after;
  }
  if (typeof value !== "object" || value === null) return value;
  if (depth > deepest)
    throw new GatewayError("content-blocked", "gateway", `${path || "the content"} is nested too deep to be checked`);
  if (Array.isArray(value)) return walkItems(value, visit, scope, path, depth + 1);
  return walkMembers(value as Readonly<Record<string, unknown>>, visit, scope, path, depth + 1);
}

/** Pieces of text that stand in one list, as in a message's content, are also read as the one text that a model sees. */
function walkItems(items: readonly unknown[], visit: Visit, scope: Scope, path: string, depth: number): unknown {
  const pieces = items.flatMap((item) => pieceIn(item) ?? []);
  const whole = pieces.length < 2 ? "" : pieces.join("");
  const after = whole === "" ? whole : visit(whole, scope, path);
  const seamless = after === whole ? pieces : spread(pieces, editsBetween(whole, after));
  let next = 0;
  return mapList(items, (item) => {
    const piece = pieceIn(item);
    const walked = walk(item, visit, scope, path, depth);
    if (piece === undefined) return walked;
    const text = seamless[next++] ?? piece;
    // What stands in one piece was found there too.
    return text === piece || pieceIn(walked) !== piece ? walked : { ...(walked as object), text };
  });
}

function pieceIn(item: unknown): string | undefined {
  const { text } = (typeof item === "object" && item !== null ? item : {}) as { readonly text?: unknown };
  return typeof text === "string" ? text : undefined;
}

function walkMembers(
  members: Readonly<Record<string, unknown>>,
  visit: Visit,
  scope: Scope,
  path: string,
  depth: number,
): unknown {
  let same = true;
  const entries: [string, unknown][] = [];
  for (const name of Object.keys(members)) {
    const value = members[name];
    const called = visit(name, scope, path);
    const after = walk(value, visit, scope, path, depth);
    same &&= called === name && after === value;
    entries.push([called, after]);
  }
  return same ? members : Object.fromEntries(entries);
}

/** Adds every string that stands in a value, but no names of members. Undefined names none. */
function addStrings(value: unknown, into: Set<string>, depth = 0): void {
  if (typeof value === "string") {
    if (value !== "") into.add(value);
  } else if (typeof value === "object" && value !== null && depth <= deepest)
    for (const one of Array.isArray(value) ? value : Object.values(value)) addStrings(one, into, depth + 1);
}

/**
 * The strings of a quote's words that our reading of it does not hold: fields we do not know. Plain members at the top
 * are settings, which the reading keeps; bytes of pictures it keeps without their `data:` heads.
 */
export function unreadStrings(words: unknown, value: unknown): readonly string[] {
  if (typeof words !== "object" || words === null) return [];
  const said = new Set<string>();
  for (const member of Object.values(words)) if (typeof member === "object") addStrings(member, said);
  const read = new Set<string>();
  addStrings(value, read);
  const unread: string[] = [];
  for (const text of said) {
    if (read.has(text)) continue;
    if (text.startsWith("data:") && read.has(text.slice(text.indexOf(",") + 1))) continue;
    unread.push(text);
  }
  return unread;
}
