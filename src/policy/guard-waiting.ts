/** An event of an answer that waits for its verdict, and what goes out in its place. */

import type { ChatEvent } from "../canonical/chat.ts";
import { textOf, withText } from "../canonical/collect.ts";
import type { Lane } from "./guard-lane.ts";

export interface Waiting {
  readonly event: ChatEvent;
  /** Where the event's text lies. */
  readonly lane: Lane | undefined;
  readonly from: number;
  /** Something of it that is in no lane is still to be judged. */
  held: boolean;
  /** What takes its place, before the lane has its say. */
  replacement?: ChatEvent;
}

export function textIn(event: ChatEvent): string {
  if (event.type === "part-delta") return event.text;
  if (event.type === "part-start") return textOf(event.part);
  return event.type === "part-note" && event.note.type === "transcript" ? event.note.text : "";
}

export const isFree = ({ event, lane, from, held }: Waiting): boolean =>
  !held && (lane === undefined || from + textIn(event).length <= lane.safe);

/** Undefined when nothing is left of it. The very event when nothing was changed. */
export function released({ event, lane, from, replacement = event }: Waiting): ChatEvent | undefined {
  const text = lane ? textIn(event) : "";
  if (!lane || text === "") return replacement;
  const after = lane.release(text, from);
  if (after === text) return replacement;
  switch (replacement.type) {
    case "part-start":
      return { ...replacement, part: withText(replacement.part, after) };
    // Log probabilities spell the text that is no longer there.
    case "part-delta":
      return after === "" ? undefined : { type: "part-delta", choice: replacement.choice, text: after };
    case "part-note":
      return after === "" ? undefined : { ...replacement, note: { type: "transcript", text: after } };
    default:
      return replacement;
  }
}
