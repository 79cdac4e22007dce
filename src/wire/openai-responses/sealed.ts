/** The seal on a thought: `encrypted_content` here, a signature or a redacted block elsewhere. */

import type { ReasoningPart } from "../../canonical/part.ts";
import { put, type Words } from "../words.ts";

/** Marks the seal of a block that is nothing but sealed, which must go back to its vendor as such a block. */
const redactedMark = "redacted:";

export function openThought(text: string, sealed: string | undefined, id: string | undefined): ReasoningPart {
  return {
    type: "reasoning",
    text,
    ...(sealed !== undefined && openSeal(sealed)),
    ...(id !== undefined && { id }),
  };
}

export const isRedacted = (sealed: string | undefined): boolean => sealed?.startsWith(redactedMark) === true;

const openSeal = (sealed: string): Pick<ReasoningPart, "signature" | "redacted"> =>
  sealed.startsWith(redactedMark) ? { redacted: sealed.slice(redactedMark.length) } : { signature: sealed };

const sealOf = ({ signature, redacted }: ReasoningPart): string | undefined =>
  redacted === undefined ? signature : redactedMark + redacted;

/** An item as it is asked back or told; without `id` where the thought has none. */
export function encodeThought(part: ReasoningPart, id: string | undefined): Words {
  const words: Words = {};
  put(words, "id", id);
  words["type"] = "reasoning";
  words["summary"] = part.text === "" ? [] : [{ type: "summary_text", text: part.text }];
  put(words, "encrypted_content", sealOf(part));
  return words;
}
