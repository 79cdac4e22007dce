/** Buckets never overlap, so their sums are the totals. */
import { expect, it } from "vitest";
import { inputTokens, outputTokens, totalTokens, type Usage } from "./usage.ts";

const usage: Usage = {
  input: 1,
  cacheRead: 10,
  cacheWrite: 100,
  cacheWriteLong: 1000,
  audioInput: 10_000,
  imageInput: 100_000,
  output: 2,
  reasoning: 20,
  audioOutput: 200,
  imageOutput: 2000,
  acceptedPrediction: 1,
  rejectedPrediction: 1,
  serverTools: { web_search: 9 },
};

it("sums what went in, what came out, and both", () => {
  expect(inputTokens(usage)).toBe(111_111);
  expect(outputTokens(usage)).toBe(2222);
  expect(totalTokens(usage)).toBe(113_333);
});

it("takes buckets that are not told as empty", () => {
  expect(totalTokens({ input: 3, output: 4 })).toBe(7);
});
