/** Where a text was changed, and how the changes fall on the pieces that it came in. */

import type { Edit } from "./guardrails/guardrail.ts";

/** One edit that makes `after` of `before`. */
export function editsBetween(before: string, after: string): readonly Edit[] {
  if (before === after) return [];
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before.charCodeAt(head) === after.charCodeAt(head)) head++;
  let tail = 0;
  while (
    tail < shorter - head &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  )
    tail++;
  return [{ from: head, to: before.length - tail, text: after.slice(head, after.length - tail) }];
}

/** The pieces of a text, after its edits: an edit's words stand in the piece where it begins. */
export function spread(pieces: readonly string[], edits: readonly Edit[]): readonly string[] {
  let from = 0;
  return pieces.map((piece) => {
    const start = from;
    from += piece.length;
    return piece === "" ? piece : cut(piece, start, edits);
  });
}

/** What is left of a piece that begins at `start` of the text. Edits are in order and do not overlap. */
export function cut(piece: string, start: number, edits: readonly Edit[]): string {
  const end = start + piece.length;
  let result = "";
  let at = start;
  let touched = false;
  for (const edit of edits) {
    if (edit.to < start || edit.from >= end || (edit.to === start && edit.from < start)) continue;
    touched = true;
    if (edit.from > at) result += piece.slice(at - start, edit.from - start);
    if (edit.from >= start) result += edit.text;
    at = Math.max(at, Math.min(edit.to, end));
  }
  return touched ? result + piece.slice(at - start) : piece;
}
