/** Takes fields out of a body by path: "seed", "metadata.trace", "tools[*].strict", "messages[0].name". */

import type { Body } from "../wire/format.ts";
import { isList, isRecord, mapList, omit } from "./adjustments.ts";

/** A key, a place in a list, or "*" for every place: no key is called so. */
type Step = string | number;

const limits = { steps: 16, path: 512 };

/** Paths that lead nowhere, or that nobody can read, take nothing out. The same body when nothing was taken. */
export function withoutPaths(body: Body, paths: readonly string[]): Body {
  let result = body;
  for (const path of paths) {
    if (path.indexOf(".") < 0 && path.indexOf("[") < 0) {
      result = omit(result, path);
      continue;
    }
    const steps = stepsOf(path);
    if (steps) result = removed(result, steps, 0) as Body;
  }
  return result;
}

function removed(value: unknown, steps: readonly Step[], at: number): unknown {
  const step = steps[at];
  const last = at === steps.length - 1;
  if (isList(value)) return removedFromList(value, step, last, (item) => removed(item, steps, at + 1));
  if (!isRecord(value) || typeof step !== "string") return value;
  if (last) return omit(value, step);
  const child = Object.hasOwn(value, step) ? value[step] : undefined;
  const next = removed(child, steps, at + 1);
  return next === child ? value : { ...value, [step]: next };
}

function removedFromList(
  list: readonly unknown[],
  step: Step | undefined,
  last: boolean,
  within: (item: unknown) => unknown,
): readonly unknown[] {
  if (step === "*") return last ? [] : mapList(list, within);
  if (typeof step !== "number" || step >= list.length) return list;
  if (last) return list.toSpliced(step, 1);
  const next = within(list[step]);
  return next === list[step] ? list : list.with(step, next);
}

/** Undefined for what is no path. */
function stepsOf(path: string): readonly Step[] | undefined {
  if (path.length > limits.path) return undefined;
  const steps: Step[] = [];
  for (const piece of path.split(".")) {
    const more = stepsOfPiece(piece);
    if (!more) return undefined;
    steps.push(...more);
  }
  return steps.length > limits.steps ? undefined : steps;
}

const piece = /^([^[\]*]+)((?:\[(?:\*|\d{1,6})\])*)$/;

/** "tools[*][0]": a key, and places in it. */
function stepsOfPiece(text: string): readonly Step[] | undefined {
  const found = piece.exec(text);
  if (!found?.[1]) return undefined;
  const places = found[2] ? found[2].slice(1, -1).split("][") : [];
  return [found[1], ...places.map((place) => (place === "*" ? place : Number(place)))];
}
