/** Waits for the first batch, so that a failure before it can still be retried elsewhere. */

import { GatewayError } from "../canonical/error.ts";

/** The same stream, whose first batch has come. Rejects when it fails, or `milliseconds` pass, before that. */
export async function firstThen<T>(source: AsyncIterable<T>, milliseconds: number): Promise<AsyncIterable<T>> {
  const iterator = source[Symbol.asyncIterator]();
  let first: IteratorResult<T> | undefined = await within(iterator, milliseconds);
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

async function within<T>(iterator: AsyncIterator<T>, milliseconds: number): Promise<IteratorResult<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new GatewayError("timeout", "upstream", "the vendor did not begin its answer in time"));
      void iterator.return?.();
    }, milliseconds);
  });
  try {
    return await Promise.race([iterator.next(), late]);
  } finally {
    clearTimeout(timer);
  }
}
