/** Guards a streaming answer: events wait until nothing that is still to come can change what is found in them. */

import type { ChatEvent } from "../canonical/chat.ts";
import type { EventOf, Operation } from "../canonical/operation.ts";
import type { Item } from "../exchange.ts";
import { Holdback } from "./guard-holdback.ts";
import type { Run } from "./guard-run.ts";

type Batches<O extends Operation> = AsyncIterable<readonly Item<EventOf<O>>[]>;

/**
 * No event leaves before its text is judged, with as many characters after it as a finding can span. Items lose their
 * quotes, because those say more than the events that we read, and because what a guard has changed must not be told
 * another way; where content that nobody reads may pass ("pass"), they keep them until something is changed.
 */
export function guardStream<O extends Operation>(source: Batches<O>, run: Run): Batches<O> {
  // Of all operations only chat streams.
  const inner = source[Symbol.asyncIterator]() as AsyncIterator<readonly Item<ChatEvent>[]>;
  const holdback = new Holdback(run);
  let over = false;

  const step = async (): Promise<IteratorResult<readonly Item<ChatEvent>[]>> => {
    while (!over) {
      const next = await inner.next();
      if (next.done) over = true;
      const judging = next.done ? holdback.end() : holdback.push(next.value);
      if (judging) await judging;
      const free = holdback.take();
      if (free.length > 0) return { done: false, value: free };
    }
    return { done: true, value: undefined };
  };

  const iterator: AsyncIterator<readonly Item<ChatEvent>[]> = {
    async next() {
      try {
        return await step();
      } catch (error) {
        over = true;
        // Nobody will ask for more: the vendor is called off.
        await inner.return?.();
        throw error;
      }
    },
    async return() {
      over = true;
      await inner.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator as AsyncIterator<readonly Item<EventOf<O>>[]> };
}
