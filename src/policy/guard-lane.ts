/** One text of a streaming answer: what has come of it, what is found in it, and how much of it may go. */

import { cut } from "./guard-edits.ts";
import type { Edit, Scope } from "./guardrails/guardrail.ts";

export class Lane {
  readonly scope: Scope;
  /** The text as far as it is still needed; its first character is number `start` of the whole. */
  text = "";
  start = 0;
  /** How much of the whole is final: nothing that is still to come can change what was found before it. */
  safe = 0;
  /** How much of the whole has gone out. */
  released = 0;
  /** More has come since it was last judged. */
  dirty = false;
  /** For the time being no more will come, and what is there need not wait for it. */
  closing = false;
  #edits: readonly Edit[] = [];

  constructor(scope: Scope) {
    this.scope = scope;
  }

  get unjudged(): boolean {
    return this.dirty || (this.closing && this.safe < this.length);
  }

  get length(): number {
    return this.start + this.text.length;
  }

  /** Yields where the text begins. */
  add(text: string): number {
    const from = this.length;
    this.text += text;
    this.dirty = true;
    return from;
  }

  /** Where the text begins that a finding can still lie in. */
  windowFrom(reach: number): number {
    return this.#back(this.released, reach);
  }

  window(reach: number): string {
    return this.text.slice(this.windowFrom(reach) - this.start);
  }

  /** Takes what a judge found in a window that begins at `from`. `reach`: how far a finding can span; 0 when no more will come. */
  found(edits: readonly Edit[], from: number, reach: number): void {
    this.dirty = false;
    this.closing = false;
    if (edits.length > 0 || this.#edits.length > 0) {
      const final = this.#edits.filter((edit) => edit.from < this.safe);
      const fresh = edits.flatMap((edit) => this.#fresh(edit, from, final));
      this.#edits = [...final, ...fresh].sort((a, b) => a.from - b.from);
    }
    this.safe = Math.max(this.safe, reach === 0 ? this.length : this.#back(this.length, reach - 1));
  }

  /** So many characters that a reader sees before `at`: others could stretch what is looked for beyond any window. */
  #back(at: number, reach: number): number {
    let place = at - this.start;
    const last = Math.max(0, place - reach - longestStretch);
    for (let left = reach; left > 0 && place > last; place--) if (!isUnseen(this.text.charCodeAt(place - 1))) left--;
    return this.start + place;
  }

  /** What has gone out cannot be changed, and what is final stays so; the rest of a finding that reaches into them is still hidden. */
  #fresh({ from, to, text }: Edit, offset: number, final: readonly Edit[]): readonly Edit[] {
    let begin = Math.max(from + offset, this.released);
    const end = to + offset;
    const pieces: Edit[] = [];
    for (const one of final) {
      if (one.to <= begin || one.from >= end) continue;
      if (one.from > begin) pieces.push({ from: begin, to: one.from, text });
      begin = one.to;
    }
    if (begin < end) pieces.push({ from: begin, to: end, text });
    return pieces;
  }

  /** What goes out in place of the piece that begins at `from`. */
  release(piece: string, from: number): string {
    this.released = Math.max(this.released, from + piece.length);
    return this.#edits.length === 0 ? piece : cut(piece, from, this.#edits);
  }

  /** Forgets what lies further back than a finding can reach. */
  forget(reach: number): void {
    const keep = this.#back(Math.min(this.released, this.length), reach);
    // In big steps: each one copies the text.
    if (keep - this.start < 1024) return;
    this.text = this.text.slice(keep - this.start);
    this.start = keep;
    this.#edits = this.#edits.filter(({ to }) => to > this.released);
  }
}

/** Characters that nobody sees, in one finding. */
const longestStretch = 1024;

/** The usual ones of what `plain-sight.ts` takes out, by their code units: marks on letters, and characters without a shape. */
function isUnseen(code: number): boolean {
  if (code < 0xad) return false;
  return (
    code === 0xad ||
    (code >= 0x300 && code <= 0x36f) ||
    code === 0x61c ||
    code === 0x115f ||
    code === 0x1160 ||
    (code >= 0x180b && code <= 0x180f) ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0x3164 ||
    // Tags and selectors beyond the first plane; of other letters there, half is counted.
    (code >= 0xdc00 && code <= 0xdfff) ||
    code === 0xdb40 ||
    (code >= 0xfe00 && code <= 0xfe0f) ||
    code === 0xfeff ||
    code === 0xffa0
  );
}
