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
    return Math.max(this.start, this.released - reach);
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
    this.safe = Math.max(this.safe, reach === 0 ? this.length : this.length - reach + 1);
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
    const keep = Math.min(this.released, this.length) - reach;
    // In big steps: each one copies the text.
    if (keep - this.start < 1024) return;
    this.text = this.text.slice(keep - this.start);
    this.start = keep;
    this.#edits = this.#edits.filter(({ to }) => to > this.released);
  }
}
