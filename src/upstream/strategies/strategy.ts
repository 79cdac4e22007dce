/** The socket of a routing strategy: picks one of the deployments that are fit to serve. Pure. */

import type { Deployment } from "../deployment.ts";

/** Deployments of one group and one order, made ready for picking when the configuration is read. */
export interface Pool {
  readonly deployments: readonly Deployment[];
  /** As long as `deployments`. */
  readonly weights: readonly number[];
  /** Running sums of the weights. */
  readonly sums: readonly number[];
}

export interface Strategy {
  readonly id: string;
  /** Undefined when none is fit. `random` yields numbers in [0, 1). */
  pick(pool: Pool, isFit: (deployment: Deployment) => boolean, random: () => number): Deployment | undefined;
}
