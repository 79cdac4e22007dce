/** A value that remembers the words it came in. Values are immutable: whoever changes one makes a new one, without its quote. */

import type { Frame } from "./format.ts";
import type { Outline } from "./json-text.ts";
import type { Transducer } from "./transducer.ts";

interface Quote<Words = unknown> {
  /** The id of the format. */
  readonly format: string;
  readonly words: Words;
  /** The very text that `words` was parsed from. Absent once somebody has reason not to trust that both say the same. */
  readonly text?: string;
  /** The length of that text in bytes. */
  readonly size?: number;
  /** The same text in bytes, where each of its characters is one. */
  readonly ascii?: Uint8Array;
  /** Where the members stand in `text`, once somebody has looked. */
  readonly outline?: Outline;
}

export interface Quoted<T, Words = unknown> {
  readonly value: T;
  readonly quote?: Quote<Words>;
}

/** A frame of a stream and the events it stands for: none, when we do not know the frame. */
export type Item<E> = Quoted<readonly E[], readonly Frame[]>;

/** Decodes frames and keeps each beside its events. */
export function quoting<E>(format: string, decoder: Transducer<Frame, E>): Transducer<Frame, Item<E>> {
  return {
    // A frame without data is a comment that keeps the connection alive: it passes, and means nothing.
    push: (frame) => [{ value: frame.data === "" ? [] : decoder.push(frame), quote: { format, words: [frame] } }],
    end: () => {
      const value = decoder.end();
      return value.length > 0 ? [{ value, quote: { format, words: [] } }] : [];
    },
  };
}

/** Says items in a format: in their own words where they came in it, else in translation. */
export function saying<E>(format: string, encoder: Transducer<E, Frame>): Transducer<Item<E>, Frame> {
  return {
    push({ value, quote }) {
      // The encoder hears everything, so that it can take over in mid-stream.
      const translated: Frame[] = [];
      for (const event of value) for (const frame of encoder.push(event)) translated.push(frame);
      return quote?.format === format ? quote.words : translated;
    },
    end: () => encoder.end(),
  };
}
