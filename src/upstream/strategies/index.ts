/** Every routing strategy, by the name that the configuration uses. To add one, add it here. */

import type { Strategy } from "./strategy.ts";
import { weightedShuffle } from "./weighted-shuffle.ts";

export const strategies: ReadonlyMap<string, Strategy> = new Map([weightedShuffle].map((one) => [one.id, one]));
