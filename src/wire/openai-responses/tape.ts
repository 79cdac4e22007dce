/** The frames of a stream that is being written, each with its number. */

import type { Frame } from "../format.ts";
import type { Words } from "../words.ts";

export interface Tape {
  say(type: string, fields: Words): void;
  /** For the event that comes by the thousand: `head` and `tail` are JSON text around the number. */
  splice(type: string, head: string, tail: string): void;
  /** What was written since the last cut. */
  cut(): Frame[];
}

export function createTape(): Tape {
  let frames: Frame[] = [];
  let number = 0;
  return {
    say(type, fields) {
      frames.push({ event: type, data: JSON.stringify({ type, sequence_number: number, ...fields }) });
      number += 1;
    },
    splice(type, head, tail) {
      frames.push({ event: type, data: head + number + tail });
      number += 1;
    },
    cut() {
      const cut = frames;
      frames = [];
      return cut;
    },
  };
}
