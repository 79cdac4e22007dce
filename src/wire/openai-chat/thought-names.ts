/** Thoughts stand under "reasoning" at some hosts and under "reasoning_content" at others: clients are told both names, the host's own untouched. */

import type { Body } from "../format.ts";
import { type Fields, fieldsOf, isFields, itemsOf } from "../reader.ts";

/** OpenRouter, Groq and vLLM say it so: https://openrouter.ai/docs/use-cases/reasoning-tokens */
const theirs = "reasoning";
const usual = "reasoning_content";

/** The choices with both names, where one of them has only the less usual. Undefined: the answer may stay as it is. */
export function amended(words: unknown): Body | undefined {
  const choices = itemsOf(fieldsOf(words)["choices"]);
  if (!choices.some((choice) => isHalfNamed(messageOf(choice)))) return undefined;
  return { choices: choices.map(named) };
}

const messageOf = (choice: unknown): Fields => fieldsOf(fieldsOf(choice)["message"]);

const isHalfNamed = (message: Fields): boolean => {
  const thought = message[theirs];
  return typeof thought === "string" && thought !== "" && (message[usual] ?? null) === null;
};

function named(choice: unknown): unknown {
  const message = messageOf(choice);
  if (!isFields(choice) || !isHalfNamed(message)) return choice;
  return { ...choice, message: { ...message, [usual]: message[theirs] } };
}

/**
 * The same chunk with both names in its delta, looked for in the text and at the delta's head, where hosts have it.
 * `stringEnd` gives the index after the string that opens at an index.
 */
export function withThought(data: string, stringEnd: (data: string, from: number) => number): string {
  const delta = data.indexOf('"delta"');
  if (delta < 0) return data;
  const head = data.slice(delta, delta + headLength);
  const found = said.exec(head);
  if (!found || head.indexOf(`"${usual}":"`) >= 0) return data;
  const from = delta + found.index + found[0].length - 1;
  const to = stringEnd(data, from);
  return `${data.slice(0, to)},"${usual}":${data.slice(from, to)}${data.slice(to)}`;
}

const headLength = 96;
/** Inside a string the quotes of a key would be escaped. */
const said = /"reasoning"\s*:\s*"/;
