/** The share of requests is the share of the weight, also when some deployments rest. */
import { expect, it } from "vitest";
import type { Deployment } from "../deployment.ts";
import type { Pool } from "./strategy.ts";
import { weightedShuffle } from "./weighted-shuffle.ts";

const pool = (weights: readonly number[]): Pool => {
  let sum = 0;
  return {
    deployments: weights.map((_, index) => ({ id: String(index) }) as Deployment),
    weights,
    sums: weights.map((weight) => {
      sum += weight;
      return sum;
    }),
  };
};

/** Evenly spread over [0, 1), so that shares can be counted exactly. */
const even = (steps: number) => {
  let turn = 0;
  return () => (turn++ % steps) / steps;
};

function shares(of: Pool, isFit: (deployment: Deployment) => boolean, turns = 1000): number[] {
  const random = even(turns);
  const counts = of.deployments.map(() => 0);
  for (let turn = 0; turn < turns; turn++) {
    const index = Number(weightedShuffle.pick(of, isFit, random)?.id);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

it("weights are shares", () => expect(shares(pool([1, 2, 7]), () => true)).toEqual([100, 200, 700]));

it("a weight of nothing gets nothing", () => expect(shares(pool([0, 1]), () => true)).toEqual([0, 1000]));

it("who rests is not picked, and the others share", () => {
  const [none, first = 0, second = 0] = shares(pool([98, 1, 1]), ({ id }) => id !== "0");
  expect(none).toBe(0);
  expect(first + second).toBe(1000);
  expect(Math.min(first, second)).toBeGreaterThan(300);
});

it("nobody is picked where nobody is fit", () =>
  expect(weightedShuffle.pick(pool([1, 1]), () => false, even(10))).toBeUndefined());
