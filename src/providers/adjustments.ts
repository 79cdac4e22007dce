/** Small changes to a body, declared where a vendor needs them. Each gives back the same object when it has nothing to do. */

import type { Body } from "../wire/format.ts";
import type { Adjusting } from "./provider.ts";

export type Adjust = (body: Body, about: Adjusting) => Body;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isList: (value: unknown) => value is readonly unknown[] = Array.isArray;

/** One after the other. */
export function all(...steps: readonly Adjust[]): Adjust {
  const [first, ...rest] = steps;
  if (first && rest.length === 0) return first;
  return (body, about) => {
    let result = body;
    for (const step of steps) result = step(result, about);
    return result;
  };
}

/** Only where it holds for the deployment's model. */
export const forModels =
  (holds: (model: string) => boolean, adjust: Adjust): Adjust =>
  (body, about) =>
    holds(about.model) ? adjust(body, about) : body;

/** The model's name has one of the words in it. */
export const holds =
  (...words: readonly string[]) =>
  (model: string): boolean =>
    words.some((word) => model.includes(word));

/** A value under the new name wins over the one under the old. */
export function rename(from: string, to: string): Adjust {
  return (body) => {
    const value = body[from];
    if (value === undefined) return body;
    const { [from]: _, ...rest } = body;
    return rest[to] === undefined || rest[to] === null ? { ...rest, [to]: value } : rest;
  };
}

export function drop(...names: readonly string[]): Adjust {
  return (body) => {
    if (!names.some((name) => body[name] !== undefined)) return body;
    const rest: Record<string, unknown> = { ...body };
    for (const name of names) delete rest[name];
    return rest;
  };
}

export function setDefault(name: string, value: unknown): Adjust {
  return (body) => (body[name] === undefined || body[name] === null ? { ...body, [name]: value } : body);
}

/** Another value for a field that is there; undefined takes it out. */
export function replace(name: string, other: (value: unknown, body: Body, about: Adjusting) => unknown): Adjust {
  return (body, about) => {
    const value = body[name];
    if (value === undefined || value === null) return body;
    const next = other(value, body, about);
    if (next === value) return body;
    if (next !== undefined) return { ...body, [name]: next };
    const { [name]: _, ...rest } = body;
    return rest;
  };
}

export const clamp = (name: string, least: number, most: number): Adjust =>
  replace(name, (value) => (typeof value === "number" ? Math.min(most, Math.max(least, value)) : value));

/** A list longer than the vendor takes is cut. */
export const atMost = (name: string, count: number): Adjust =>
  replace(name, (value) => (isList(value) && value.length > count ? value.slice(0, count) : value));

/** The same list when no item became another. */
export function mapList<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  let changed: T[] | undefined;
  for (let at = 0; at < list.length; at++) {
    const item = list[at] as T;
    const next = change(item);
    if (next === item && !changed) continue;
    changed ??= list.slice(0, at);
    changed.push(next);
  }
  return changed ?? list;
}

/** The same record when none of the keys is in it. */
export function omit(
  record: Readonly<Record<string, unknown>>,
  ...names: readonly string[]
): Readonly<Record<string, unknown>> {
  if (!names.some((name) => name in record)) return record;
  const rest: Record<string, unknown> = { ...record };
  for (const name of names) delete rest[name];
  return rest;
}
