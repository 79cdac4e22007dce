/** Random by weight: the share of requests is the share of the weight. */

import type { Deployment } from "../deployment.ts";
import type { Pool, Strategy } from "./strategy.ts";

/** Throws that may land on an unfit deployment before all are looked at. */
const throws = 4;

export const weightedShuffle: Strategy = {
  id: "simple-shuffle",
  pick(pool, isFit, random) {
    const total = pool.sums[pool.sums.length - 1] ?? 0;
    for (let turn = 0; turn < throws; turn++) {
      const chosen = pool.deployments[indexOf(pool.sums, random() * total)];
      if (chosen && isFit(chosen)) return chosen;
    }
    return amongFit(pool, isFit, random);
  },
};

/** The first index whose running sum is beyond `at`. */
function indexOf(sums: readonly number[], at: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

function amongFit(
  pool: Pool,
  isFit: (deployment: Deployment) => boolean,
  random: () => number,
): Deployment | undefined {
  const weightAt = (index: number): number => pool.weights[index] ?? 0;
  const able = pool.deployments.flatMap((deployment, index) => (isFit(deployment) ? [{ deployment, index }] : []));
  let at = random() * able.reduce((sum, { index }) => sum + weightAt(index), 0);
  for (const { deployment, index } of able) {
    at -= weightAt(index);
    if (at < 0) return deployment;
  }
  return able[able.length - 1]?.deployment;
}
