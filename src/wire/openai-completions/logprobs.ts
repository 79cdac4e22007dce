/** Log probabilities, column by column, as the older API has them, made from chat's list of tokens. */

import { fieldsOf, isFields, itemsOf, numberOf, textOf } from "../reader.ts";

/** What is in the older shape already stays as it is. */
export function encodeLogprobs(logprobs: unknown): unknown {
  const { content } = fieldsOf(logprobs);
  if (!Array.isArray(content)) return isFields(logprobs) && "tokens" in logprobs ? logprobs : null;
  const tokens: string[] = [];
  const chances: (number | null)[] = [];
  const tops: Record<string, number>[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const item of content) {
    const { token, logprob, top_logprobs: alternatives } = fieldsOf(item);
    const text = textOf(token) ?? "";
    tokens.push(text);
    chances.push(numberOf(logprob) ?? null);
    tops.push(topOf(alternatives));
    offsets.push(offset);
    offset += text.length;
  }
  return { tokens, token_logprobs: chances, top_logprobs: tops, text_offset: offsets };
}

function topOf(alternatives: unknown): Record<string, number> {
  const entries = itemsOf(alternatives).map((one): [string, number] => {
    const { token, logprob } = fieldsOf(one);
    return [textOf(token) ?? "", numberOf(logprob) ?? 0];
  });
  return Object.fromEntries(entries);
}
