/** Answers in this process's memory: bounded in bytes, the longest unused goes first. */

import type { CacheKind } from "./cache.ts";

interface Entry {
  readonly bytes: Uint8Array;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** About what a map takes for an entry, beside key and bytes. */
const overhead = 200;
/** One answer may not push out all others. */
const largestShare = 8;

export const memory: CacheKind = {
  id: "memory",
  create({ maxBytes, now }) {
    // A map remembers the order of insertion: the first is the longest unused.
    const entries = new Map<string, Entry>();
    let held = 0;

    const drop = (key: string, { size }: Entry): void => {
      entries.delete(key);
      held -= size;
    };
    const makeRoom = (size: number): void => {
      for (const [key, entry] of entries) {
        if (held + size <= maxBytes) return;
        drop(key, entry);
      }
    };

    return {
      id: "memory",
      read(key) {
        const entry = entries.get(key);
        if (!entry) return undefined;
        if (entry.expires <= now()) {
          drop(key, entry);
          return undefined;
        }
        entries.delete(key);
        entries.set(key, entry);
        return entry.bytes;
      },
      write(key, bytes, ttl) {
        const known = entries.get(key);
        if (known) drop(key, known);
        const size = bytes.length + key.length + overhead;
        if (ttl <= 0 || size > maxBytes / largestShare) return;
        makeRoom(size);
        // A copy of its own: a slice would keep the whole of what it was cut from.
        entries.set(key, { bytes: Uint8Array.from(bytes), size, expires: now() + ttl * 1000 });
        held += size;
      },
    };
  },
};
