/** Answers in this process's memory: bounded in bytes and number, the oldest goes first. */

import type { Chain, ResponseStore, StoredResponse, StoreLimits } from "./store.ts";

interface Kept {
  readonly owner: string;
  readonly previous: string | undefined;
  readonly expires: number;
  /** The entry as JSON: its size is known, and nobody can change it. */
  readonly text: string;
}

/** About what a map takes for an entry, beside its text. */
const overhead = 300;

export function createMemoryResponses(limits: StoreLimits, now: () => number): ResponseStore {
  // A map remembers the order of insertion: the first is the oldest.
  const entries = new Map<string, Kept>();
  let held = 0;
  const owners = new Map<string, { readonly ids: Set<string>; bytes: number }>();

  const drop = (id: string): void => {
    const kept = entries.get(id);
    if (!kept) return;
    entries.delete(id);
    held -= kept.text.length + overhead;
    const own = owners.get(kept.owner);
    if (!own) return;
    own.ids.delete(id);
    own.bytes -= kept.text.length;
    if (own.ids.size === 0) owners.delete(kept.owner);
  };

  const keepWithin = (owner: string, id: string, bytes: number): void => {
    const own = owners.get(owner) ?? { ids: new Set(), bytes: 0 };
    owners.set(owner, own);
    own.ids.add(id);
    own.bytes += bytes;
    for (const oldest of own.ids) {
      if (own.bytes <= limits.ownerBytes && own.ids.size <= limits.ownerCount) return;
      drop(oldest);
    }
  };

  const find = (id: string): Kept | undefined => {
    const kept = entries.get(id);
    if (!kept || kept.expires > now()) return kept;
    drop(id);
    return undefined;
  };

  const makeRoom = (): void => {
    for (const [id, { expires }] of entries) {
      if (held <= limits.totalBytes && entries.size <= limits.count && expires > now()) return;
      drop(id);
    }
  };

  const put = (entry: StoredResponse): boolean => {
    const text = JSON.stringify(entry);
    if (text.length > Math.min(limits.entryBytes, limits.totalBytes)) return false;
    const known = find(entry.id);
    if (known && known.owner !== entry.owner) return false;
    drop(entry.id);
    entries.set(entry.id, { owner: entry.owner, previous: entry.previous, expires: now() + limits.ttl, text });
    held += text.length + overhead;
    keepWithin(entry.owner, entry.id, text.length);
    makeRoom();
    return true;
  };

  const chain = (id: string, owner: string): Chain => {
    const found: Kept[] = [];
    let bytes = 0;
    for (let next: string | undefined = id; next !== undefined; ) {
      const kept = find(next);
      if (!kept && found.length === 0) return { kind: "unknown" };
      if (kept?.owner !== owner) return { kind: "refused" };
      bytes += kept.text.length;
      if (found.length >= limits.chainLength || bytes > limits.chainBytes) return { kind: "too-long" };
      found.push(kept);
      next = kept.previous;
    }
    return { kind: "found", entries: found.reverse().map(parsed) };
  };

  return {
    put: (entry) => Promise.resolve(put(entry)),
    get(id, owner) {
      const kept = find(id);
      return Promise.resolve(kept?.owner === owner ? parsed(kept) : undefined);
    },
    remove(id, owner) {
      const own = find(id)?.owner === owner;
      if (own) drop(id);
      return Promise.resolve(own);
    },
    chain: (id, owner) => Promise.resolve(chain(id, owner)),
  };
}

const parsed = ({ text }: Kept): StoredResponse => JSON.parse(text) as StoredResponse;
