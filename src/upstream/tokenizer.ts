/** Counts tokens on the spot, where no vendor does: OpenAI's newest vocabulary, near enough for the others'. Loaded when first needed. */

import type { ChatRequest } from "../canonical/chat.ts";
import { textsOf } from "../canonical/prompt-bound.ts";

export interface Tokenizer {
  count(texts: readonly string[]): Promise<number>;
  /** A whole conversation, with what vendors add around messages. */
  countRequest(request: ChatRequest): Promise<number>;
}

/** Every encoder of this kind takes quadratic time for one long word: longer ones are cut. */
const longestWord = 256;
/** Of all texts together. Beyond this many characters the rest is taken to be like the beginning. */
const mostCharacters = 262_144;

/** Tokens that a message brings besides its text, one of them its role: https://github.com/openai/openai-cookbook, "How to count tokens". */
const around = { message: 4, answer: 3 } as const;

/** Counts tokens of prompts. Nothing is loaded before the first count. */
export function createTokenizer(): Tokenizer {
  let encoder: Promise<(text: string) => number> | undefined;
  const load = async (): Promise<(text: string) => number> => {
    const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
    return countTokens;
  };
  const count = async (texts: readonly string[]): Promise<number> => {
    encoder ??= load();
    const countOf = await encoder;
    let sum = 0;
    let characters = 0;
    let rest = 0;
    for (const text of texts) {
      // Everybody waits while one counts.
      if (characters >= mostCharacters) rest += text.length;
      else sum += counted(text, countOf);
      characters += text.length;
    }
    return rest === 0 ? sum : sum + Math.ceil((sum * rest) / (characters - rest));
  };
  return {
    count,
    async countRequest(request) {
      const { messages } = request;
      return (await count(textsOf(request))) + messages.length * around.message + around.answer;
    },
  };
}

function counted(text: string, countOf: (text: string) => number): number {
  if (text.length > mostCharacters)
    return Math.ceil((counted(text.slice(0, mostCharacters), countOf) * text.length) / mostCharacters);
  let sum = 0;
  let from = 0;
  for (const word of text.matchAll(longWords)) {
    sum += countOf(text.slice(from, word.index));
    for (let at = 0; at < word[0].length; at += longestWord) sum += countOf(word[0].slice(at, at + longestWord));
    from = word.index + word[0].length;
  }
  return sum + (from < text.length ? countOf(text.slice(from)) : 0);
}

const longWords = new RegExp(`\\S{${longestWord + 1},}`, "g");
