/** What a place for answers can do: keep bytes under a key for a while. It may forget anything at any time. */

export interface Cache {
  readonly id: string;
  /** Undefined: not there, or no longer. */
  read(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** `ttl`: seconds. */
  write(key: string, bytes: Uint8Array, ttl: number): void | Promise<void>;
}

interface CacheOptions {
  readonly maxBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** An item of the rack. */
export interface CacheKind {
  readonly id: string;
  create(options: CacheOptions): Cache;
}
