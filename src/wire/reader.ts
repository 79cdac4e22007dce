/** Reads the fields of parsed JSON: strictly for what clients send (a wrong type is refused by its path), tolerantly for what vendors answer. */

import { GatewayError, invalid } from "../canonical/error.ts";

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The path of a field inside the thing at `at`; "" is the body itself. */
export const pathOf = (at: string, key: string | number): string => (at === "" ? String(key) : `${at}.${key}`);

// Strict: null stands for absent where a field is optional. `at` is the path of `from`.

export function bodyFields(body: unknown): Fields {
  if (!isFields(body)) throw new GatewayError("invalid-request", "client", "the body must be a JSON object");
  return body;
}

export function fieldsAt(value: unknown, path: string): Fields {
  if (!isFields(value)) throw wrong(path, "an object", value);
  return value;
}

export function listAt(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(path, "a list", value);
  return value;
}

export function stringAt(value: unknown, path: string): string {
  if (typeof value !== "string") throw wrong(path, "a string", value);
  return value;
}

export function requiredString(from: Fields, key: string, at = ""): string {
  const value = from[key];
  return typeof value === "string" ? value : stringAt(value, pathOf(at, key));
}

export function optionalString(from: Fields, key: string, at = ""): string | undefined {
  const value = from[key];
  if (typeof value === "string") return value;
  return absent(value) ? undefined : stringAt(value, pathOf(at, key));
}

export function requiredFields(from: Fields, key: string, at = ""): Fields {
  return fieldsAt(from[key], pathOf(at, key));
}

export function optionalFields(from: Fields, key: string, at = ""): Fields | undefined {
  const value = from[key];
  return absent(value) ? undefined : fieldsAt(value, pathOf(at, key));
}

export function requiredList(from: Fields, key: string, at = ""): readonly unknown[] {
  return listAt(from[key], pathOf(at, key));
}

export function optionalList(from: Fields, key: string, at = ""): readonly unknown[] | undefined {
  const value = from[key];
  return absent(value) ? undefined : listAt(value, pathOf(at, key));
}

export function optionalStrings(from: Fields, key: string, at = ""): readonly string[] | undefined {
  const list = optionalList(from, key, at);
  if (!list) return undefined;
  const path = pathOf(at, key);
  for (let index = 0; index < list.length; index++) stringAt(list[index], pathOf(path, index));
  return list as readonly string[];
}

export function optionalNumberMap(from: Fields, key: string, at = ""): Readonly<Record<string, number>> | undefined {
  const map = optionalFields(from, key, at);
  if (!map) return undefined;
  for (const name of Object.keys(map)) numberAt(map[name], pathOf(pathOf(at, key), name));
  return map as Readonly<Record<string, number>>;
}

export function optionalBoolean(from: Fields, key: string, at = ""): boolean | undefined {
  const value = from[key];
  if (typeof value === "boolean") return value;
  if (absent(value)) return undefined;
  throw wrong(pathOf(at, key), "true or false", value);
}

export function optionalNumber(from: Fields, key: string, at = ""): number | undefined {
  const value = from[key];
  return absent(value) ? undefined : numberAt(value, pathOf(at, key));
}

/** A whole number that is at least `least`. */
export function optionalInteger(
  from: Fields,
  key: string,
  at = "",
  least = 0,
  most = Number.POSITIVE_INFINITY,
): number | undefined {
  const value = from[key];
  if (absent(value)) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const bounds = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
  throw wrong(pathOf(at, key), `a whole number ${bounds}`, value);
}

export function requiredInteger(from: Fields, key: string, at = "", least = 0): number {
  const value = optionalInteger(from, key, at, least);
  if (value === undefined) throw wrong(pathOf(at, key), `a whole number of at least ${least}`, value);
  return value;
}

/** One of a few words. */
export function optionalWord<const W extends string>(
  from: Fields,
  key: string,
  words: readonly W[],
  at = "",
): W | undefined {
  const value = from[key];
  if (absent(value)) return undefined;
  const word = words.find((known) => known === value);
  if (word === undefined) throw wrong(pathOf(at, key), `one of ${words.map((one) => `"${one}"`).join(", ")}`, value);
  return word;
}

/** The fields that a format does not know, or undefined where there are none. `__proto__` is nobody's field. */
export function unknownFields(from: Fields, known: ReadonlySet<string>): Fields | undefined {
  let extra: Record<string, unknown> | undefined;
  for (const key of Object.keys(from)) {
    if (known.has(key) || key === "__proto__") continue;
    extra ??= {};
    extra[key] = from[key];
  }
  return extra;
}

export const wrong = (path: string, wanted: string, value: unknown): GatewayError =>
  invalid(path, absent(value) ? `${path} is missing; it must be ${wanted}` : `${path} must be ${wanted}`);

const absent = (value: unknown): value is null | undefined => value === undefined || value === null;

function numberAt(value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrong(path, "a number", value);
  return value;
}

// Tolerant: what is not of the type counts as not said.

const nothing: Fields = Object.freeze({});
const noItems: readonly unknown[] = Object.freeze([]);

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : nothing);
export const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : noItems);
export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
export const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
/** A number of tokens or calls: zero where nothing sensible is said. */
export const countOf = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? Math.trunc(value) : 0;
