/** Texts, or the tokens that stand for them: the input of OpenAI's embeddings and the prompt of its completions. */

import { invalid } from "../../canonical/error.ts";
import { pathOf } from "../reader.ts";

export type TextOrTokens = string | readonly number[];

/** A text, a list of texts, a list of tokens, or a list of such lists. */
export function decodeTexts(value: unknown, field: string): { texts: readonly TextOrTokens[]; single: boolean } {
  if (typeof value === "string") return { texts: [value], single: true };
  if (!Array.isArray(value) || value.length === 0)
    throw invalid(field, `${field} must be a string, or a list of strings or of tokens with something in it`);
  if (typeof value[0] === "number") return { texts: [tokensAt(value, field)], single: true };
  const texts = value.map((one, index) => (typeof one === "string" ? one : tokensAt(one, pathOf(field, index))));
  return { texts, single: false };
}

function tokensAt(value: unknown, path: string): readonly number[] {
  if (!Array.isArray(value)) throw invalid(path, `${path} must be a string or a list of tokens`);
  for (let index = 0; index < value.length; index++)
    if (!Number.isSafeInteger(value[index]) || (value[index] as number) < 0)
      throw invalid(pathOf(path, index), `${pathOf(path, index)} must be a token: a whole number of at least 0`);
  return value as number[];
}
