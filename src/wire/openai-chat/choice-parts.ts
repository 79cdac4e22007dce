/** Puts one choice's loose deltas in order: parts that begin, grow and end, never two at once, though calls may arrive turn about. */

import type { ChatEvent, FinishReason, PartNote } from "../../canonical/chat.ts";
import type { Part } from "../../canonical/part.ts";

interface Piece {
  readonly key: string;
  readonly part: Part;
  text: string;
  logprobs: unknown;
  readonly notes: PartNote[];
}

export class ChoiceParts {
  readonly #choice: number;
  #open: Piece | undefined;
  /** What came while a call was open that had not said all its input. */
  #waiting: Piece[] = [];
  #hasCalls = false;
  #finished = false;

  constructor(choice: number) {
    this.#choice = choice;
  }

  get finished(): boolean {
    return this.#finished;
  }

  get hasCalls(): boolean {
    return this.#hasCalls;
  }

  /** True while the part of this key is open or waits, so that it can still grow. */
  knows(key: string): boolean {
    return this.#find(key) !== undefined;
  }

  grow(key: string, part: Part, text: string, out: ChatEvent[], logprobs?: unknown): void {
    if (this.#finished) return;
    const piece = this.#find(key) ?? this.#add(key, part, out);
    if (piece === this.#open) {
      if (text !== "" || logprobs !== undefined) this.#say(piece, text, logprobs, out);
      if (this.#waiting.length > 0) this.#advance(out);
    } else {
      piece.text += text;
      piece.logprobs ??= logprobs;
    }
  }

  note(key: string, note: PartNote, out: ChatEvent[]): void {
    const piece = this.#find(key);
    if (!piece || this.#finished) return;
    if (piece === this.#open) out.push({ type: "part-note", choice: this.#choice, note });
    else piece.notes.push(note);
  }

  /** A part that comes whole. */
  whole(key: string, part: Part, out: ChatEvent[]): void {
    this.grow(key, part, "", out);
    if (this.#open?.key === key) this.close(out);
  }

  close(out: ChatEvent[]): void {
    if (!this.#open) return;
    this.#open = undefined;
    out.push({ type: "part-end", choice: this.#choice });
  }

  finish(finish: FinishReason, stopSequence: string | undefined, out: ChatEvent[]): void {
    if (this.#finished) return;
    this.close(out);
    for (const piece of this.#waiting) {
      this.#start(piece, out);
      this.close(out);
    }
    this.#waiting = [];
    this.#finished = true;
    const choice = this.#choice;
    out.push(
      stopSequence === undefined
        ? { type: "finish", choice, finish }
        : { type: "finish", choice, finish, stopSequence },
    );
  }

  #find(key: string): Piece | undefined {
    if (this.#open?.key === key) return this.#open;
    return this.#waiting.length === 0 ? undefined : this.#waiting.findLast((piece) => piece.key === key);
  }

  #add(key: string, part: Part, out: ChatEvent[]): Piece {
    if (part.type === "tool-call") this.#hasCalls = true;
    const piece: Piece = { key, part, text: "", logprobs: undefined, notes: [] };
    if (this.#waiting.length > 0 || (this.#open && !isComplete(this.#open))) {
      this.#waiting.push(piece);
      return piece;
    }
    this.close(out);
    this.#start(piece, out);
    return piece;
  }

  #start(piece: Piece, out: ChatEvent[]): void {
    const choice = this.#choice;
    this.#open = piece;
    out.push({ type: "part-start", choice, part: piece.part });
    const { text, logprobs } = piece;
    piece.text = "";
    if (text !== "") this.#say(piece, text, logprobs, out);
    for (const note of piece.notes) out.push({ type: "part-note", choice, note });
  }

  #say(piece: Piece, text: string, logprobs: unknown, out: ChatEvent[]): void {
    // Only of calls we must know what they have said so far.
    if (piece.part.type === "tool-call") piece.text += text;
    const choice = this.#choice;
    out.push(
      logprobs === undefined ? { type: "part-delta", choice, text } : { type: "part-delta", choice, text, logprobs },
    );
  }

  /** Lets those that wait have their turn, as far as the open ones are complete. */
  #advance(out: ChatEvent[]): void {
    while (this.#open && isComplete(this.#open)) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.close(out);
      this.#start(next, out);
    }
  }
}

/** A text may go on in a new part. A call may not: it is over when its input is whole JSON, and one of free text when its choice is. */
function isComplete({ part, text }: Piece): boolean {
  if (part.type !== "tool-call") return true;
  if (part.custom || !text.trimEnd().endsWith("}")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    // More is to come.
    return false;
  }
}
