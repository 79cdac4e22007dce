/** A credential that ends: fetched once for all who wait, renewed before its end, and at hand without waiting in between. */

export interface Token<V> {
  readonly value: V;
  /** Milliseconds from now for which it holds. */
  readonly lifetime: number;
}

export interface TokenSource<V> {
  /** At once where one is at hand. */
  get(): V | Promise<V>;
  /** The one at hand, however old. */
  held(): V | undefined;
  /** It was refused: the next who asks gets another. False: it was new, and a further one would fare no better. */
  forget(value: V): boolean;
}

/** The source for all who show the same, so that a thousand deployments of one account fetch one token. The first word of what is shown is the scheme. */
export type SharedTokens = <V>(shown: readonly unknown[], fetch: () => Promise<Token<V>>) => TokenSource<V>;

/** Milliseconds before the end from which a new one is fetched in the background: a few minutes, less of what is short-lived. */
const ahead = (lifetime: number): number => Math.min(300_000, lifetime / 4);
/** Milliseconds before the end from which it is not used any more: calls take time, and clocks differ. */
const margin = (lifetime: number): number => Math.min(10_000, lifetime / 10);
/** Milliseconds between two attempts in the background. */
const pause = 30_000;
/** Milliseconds: one that is refused so soon was no good from the beginning. */
const youngest = 10_000;
/** Milliseconds: whoever promises more is asked again anyway. */
const longest = 24 * 3_600_000;

interface Held<V> {
  readonly value: V;
  readonly since: number;
  readonly renewAt: number;
  readonly endsAt: number;
}

export function keepToken<V>(fetch: () => Promise<Token<V>>, now: () => number): TokenSource<V> {
  let held: Held<V> | undefined;
  let pending: Promise<V> | undefined;
  let nextTry = 0;

  const renewed = async (): Promise<V> => {
    try {
      const { value, lifetime } = await fetch();
      const since = now();
      const length = Math.min(Math.max(lifetime, 0), longest);
      held = { value, since, renewAt: since + length - ahead(length), endsAt: since + length - margin(length) };
      return value;
    } finally {
      pending = undefined;
    }
  };
  const renew = (): Promise<V> => {
    pending ??= renewed();
    return pending;
  };

  return {
    get() {
      const at = now();
      if (!held || at >= held.endsAt) return renew();
      if (at >= held.renewAt && at >= nextTry && !pending) {
        nextTry = at + pause;
        renew().catch(() => {
          // The one at hand is good for a while yet; who comes after its end is told.
        });
      }
      return held.value;
    },
    held: () => held?.value,
    forget(value) {
      if (held?.value !== value) return true;
      if (now() - held.since < youngest) return false;
      held = undefined;
      return true;
    },
  };
}
