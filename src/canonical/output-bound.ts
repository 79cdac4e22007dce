/** How much a request lets a vendor write: whatever word for it a vendor may know, the largest number counts. */

import type { ChatRequest } from "./chat.ts";

export interface OutputBound {
  /** Tokens of each answer; undefined where the client set no bound. */
  readonly asked: number | undefined;
  /** How many answers are written, also those of which nothing is told. */
  readonly choices: number;
}

type Words = Readonly<Record<string, unknown>>;

const bounds = ["max_tokens", "max_completion_tokens", "max_output_tokens"] as const;
const counts = ["n", "best_of"] as const;

/** `words`: the body as the client said it, where that may be what a vendor gets. */
export function outputBound({ maxTokens, choices = 1, messages, extra }: ChatRequest, words?: Words): OutputBound {
  const asked = largest(bounds, extra, largest(bounds, words, maxTokens ?? 0));
  const each = largest(counts, extra, largest(counts, words, choices));
  // Several prompts in one request are answered one by one.
  const prompts = Array.isArray(extra?.["prompt"]) ? Math.max(1, messages.length) : 1;
  return { asked: asked > 0 || maxTokens !== undefined ? asked : undefined, choices: each * prompts };
}

function largest(names: readonly string[], from: Words | undefined, least: number): number {
  let most = least;
  if (!from) return most;
  for (const name of names) {
    const value = from[name];
    if (typeof value === "number" && value > most) most = value;
  }
  return most;
}
