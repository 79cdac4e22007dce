/** Keeps what is stored of answers within its bounds, by key and in all: the oldest go first. Looks only after much was written, and never on a request's path. */

import type { Database } from "../database/open.ts";
import { heldResponses, pruneResponses, trimOwner } from "../database/responses.ts";
import type { StoreLimits } from "./store.ts";

export interface Quota {
  /** To be told of each entry that was written. */
  written(owner: string, bytes: number): Promise<void>;
}

interface Written {
  count: number;
  bytes: number;
}

/** Looked at when so much of what is allowed was written since. */
const share = 1 / 8;
/** Keys whose writes are counted; of more, the one that began longest ago is counted anew. */
const mostOwners = 10_000;
/** How many rows go at once, and how often in a row. */
const atOnce = 500;
const rounds = 40;

export function createQuota(db: Database["db"], limits: StoreLimits): Quota {
  const owners = new Map<string, Written>();
  const ofOwner = { count: limits.ownerCount, bytes: limits.ownerBytes };
  const ofTable = { count: limits.tableCount, bytes: limits.tableBytes };
  let all: Written = { count: 0, bytes: 0 };

  const exceeds = (one: Written, most: Written): boolean => one.count > most.count || one.bytes > most.bytes;
  const isMuch = ({ count, bytes }: Written, most: Written): boolean =>
    count >= most.count * share || bytes >= most.bytes * share;

  const count = (owner: string): Written => {
    const known = owners.get(owner);
    if (known) return known;
    if (owners.size >= mostOwners) {
      const [oldest] = owners.keys();
      if (oldest !== undefined) owners.delete(oldest);
    }
    const fresh = { count: 0, bytes: 0 };
    owners.set(owner, fresh);
    return fresh;
  };

  const trim = async (owner: string): Promise<void> => {
    if (!exceeds(await heldResponses(db, owner), ofOwner)) return;
    for (let round = 0; round < rounds; round++) if ((await trimOwner(db, owner, ofOwner, atOnce)) < atOnce) return;
  };

  const trimTable = async (): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      if (!exceeds(await heldResponses(db), ofTable)) return;
      await pruneResponses(db, Number.MAX_SAFE_INTEGER, atOnce);
    }
  };

  return {
    async written(owner, bytes) {
      const own = count(owner);
      own.count += 1;
      own.bytes += bytes;
      all.count += 1;
      all.bytes += bytes;
      if (isMuch(own, ofOwner)) {
        owners.delete(owner);
        await trim(owner);
      }
      if (isMuch(all, ofTable)) {
        all = { count: 0, bytes: 0 };
        await trimTable();
      }
    },
  };
}
