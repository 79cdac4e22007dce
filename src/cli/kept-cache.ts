/** Cached answers over reloads: they stay for as long as the settings of the cache do. */

import type { CacheConfig } from "../config/config.ts";
import type { Cache } from "../state/caches/cache.ts";
import { caches } from "../state/caches/index.ts";

export interface KeptCache {
  cacheFor(config: CacheConfig): Cache;
  /** There is none any more. */
  drop(): void;
}

export function createKeptCache(): KeptCache {
  let kept: { readonly settings: string; readonly cache: Cache } | undefined;
  return {
    cacheFor(config) {
      const settings = JSON.stringify(config);
      if (kept?.settings !== settings) kept = { settings, cache: create(config) };
      return kept.cache;
    },
    drop() {
      kept = undefined;
    },
  };
}

function create({ type, maxBytes }: CacheConfig): Cache {
  const kind = caches.find(({ id }) => id === type) ?? caches[0];
  if (!kind) throw new Error("the rack of caches is empty");
  return kind.create({ maxBytes, now: Date.now });
}
