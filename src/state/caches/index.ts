/** Where answers can be kept. A new place is a file beside this one and a word in the list. */

import type { CacheKind } from "./cache.ts";
import { memory } from "./memory.ts";

export const caches: readonly CacheKind[] = [memory];
