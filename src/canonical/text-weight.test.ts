/** About how many tokens a text has, by its script. */

import { expect, it } from "vitest";
import { tokensOfWeight, weightOf } from "./text-weight.ts";

it.each([
  ["English", "The quick brown fox jumps over the lazy dog.", 11],
  ["Russian", "Быстрая лиса", 6],
  ["Chinese", "敏捷的棕色狐狸", 7],
  ["Japanese", "すばやいきつね", 7],
  ["Korean", "빠른 여우", 5],
  ["emoji", "🦊", 2],
  ["nothing", "", 0],
])("%s", (_, text, tokens) => {
  expect(tokensOfWeight(weightOf(text))).toBe(tokens);
});

it("weighs a part of a text, as pieces of streams do", () => {
  const text = "abc 狐狸 лиса";
  const parts = weightOf(text, 0, 5) + weightOf(text, 5);
  expect(parts).toBe(weightOf(text));
});
