/** Waits for the first batch, so that a failure before it can still be retried elsewhere. */

import { GatewayError } from "../canonical/error.ts";

/**
 * The same stream, whose first batch has come. Rejects when it fails before that; when `milliseconds` pass, `giveUp` must
 * make it fail. To ask a generator to return would not do: while it waits for its own source it hears nothing.
 */
export async function firstThen<T>(
  source: AsyncIterable<T>,
  milliseconds: number,
  giveUp: (reason: GatewayError) => void,
): Promise<AsyncIterable<T>> {
  const iterator = source[Symbol.asyncIterator]();
  const timer = setTimeout(() => giveUp(late()), milliseconds);
  let first: IteratorResult<T> | undefined;
  try {
    first = await iterator.next();
  } finally {
    clearTimeout(timer);
  }
  const rest: AsyncIterator<T> = {
    next() {
      const step = first;
      first = undefined;
      return step ? Promise.resolve(step) : iterator.next();
    },
    return: () => iterator.return?.() ?? Promise.resolve({ done: true, value: undefined }),
  };
  return { [Symbol.asyncIterator]: () => rest };
}

const late = (): GatewayError =>
  new GatewayError("timeout", "upstream", "the provider did not start its response in time");
