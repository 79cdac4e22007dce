/** Hosts put thoughts in three places: clients are told them where they look for them, and the host's own name for them stays beside it. */

import type { Body } from "../format.ts";
import { type Fields, fieldsOf, isFields, itemsOf } from "../reader.ts";
import { readPiece } from "./answer.ts";

/** OpenRouter, Groq and vLLM say it so: https://openrouter.ai/docs/use-cases/reasoning-tokens */
const theirs = "reasoning";
const usual = "reasoning_content";

/** The choices, with their thoughts in the usual place. Undefined: the answer may stay as it is. */
export function amended(words: unknown): Body | undefined {
  const choices = itemsOf(fieldsOf(words)["choices"]);
  const anew = choices.map((choice) => said(choice, "message"));
  return anew.some((choice, index) => choice !== choices[index]) ? { choices: anew } : undefined;
}

/** The same choice where nothing is to be said otherwise. */
function said(choice: unknown, member: "message" | "delta"): unknown {
  const message = fieldsOf(choice)[member];
  if (!isFields(choice) || !isFields(message)) return choice;
  const anew = isHalfNamed(message) ? { ...message, [usual]: message[theirs] } : unlisted(message);
  return anew ? { ...choice, [member]: anew } : choice;
}

const isHalfNamed = (message: Fields): boolean => {
  const thought = message[theirs];
  return typeof thought === "string" && thought !== "" && (message[usual] ?? null) === null;
};

/** Mistral lists thoughts and texts in the content, where clients of this language expect one text: https://docs.mistral.ai/capabilities/reasoning/ */
function unlisted(message: Fields): Fields | undefined {
  const { content } = message;
  if (!Array.isArray(content)) return undefined;
  let text = "";
  let thought = "";
  for (const piece of content) {
    const { type } = fieldsOf(piece);
    if (type !== "text" && type !== "thinking") return undefined;
    const part = readPiece(piece);
    if (part?.type === "text") text += part.text;
    else thought += part?.text ?? "";
  }
  return { ...message, content: text, ...(thought !== "" && { [usual]: thought }) };
}

/**
 * The same chunk with its thought in the usual place, looked for in the text and at the delta's head, where hosts have it.
 * `delta` is where the delta stands, -1 where there is none; `stringEnd` gives the index after the string that opens at an index.
 */
export function withThought(data: string, delta: number, stringEnd: (data: string, from: number) => number): string {
  // Nearly every delta is a piece of text: only others are read on.
  if (delta < 0 || (data.startsWith(plain, delta) && data.charCodeAt(delta + plain.length) !== quote)) return data;
  const head = data.slice(delta, delta + headLength);
  const found = unusual.exec(head);
  if (!found) return data;
  if (found[0].endsWith("[")) return rewritten(data);
  if (head.indexOf(`"${usual}":"`) >= 0) return data;
  const from = delta + found.index + found[0].length - 1;
  const to = stringEnd(data, from);
  return `${data.slice(0, to)},"${usual}":${data.slice(from, to)}${data.slice(to)}`;
}

const headLength = 96;
const plain = '"delta":{"content":"';
const quote = 34;
/** Inside a string the quotes of a key would be escaped. */
const unusual = /"reasoning"\s*:\s*"|"content"\s*:\s*\[/;

function rewritten(data: string): string {
  try {
    const chunk = fieldsOf(JSON.parse(data));
    return JSON.stringify({ ...chunk, choices: itemsOf(chunk["choices"]).map((choice) => said(choice, "delta")) });
  } catch {
    // No JSON: it passes as it came.
    return data;
  }
}
