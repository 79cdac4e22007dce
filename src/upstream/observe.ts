/** Watches events go by for what the ledger needs: usage, how it ended, whether it ended. */

import type { ChatEvent } from "../canonical/chat.ts";
import type { Seen } from "../wire/format.ts";

export type Sight = Seen;

export function observer(): { push(event: ChatEvent): void; readonly sight: Sight } {
  const sight: { -readonly [K in keyof Sight]: Sight[K] } = { ended: false, characters: 0 };
  return {
    sight,
    push(event) {
      if (event.type === "part-delta") sight.characters += event.text.length;
      else if (event.type === "start" && event.usage) sight.usage = event.usage;
      else if (event.type === "finish") sight.finish = event.finish;
      else if (event.type === "end") {
        sight.ended = true;
        if (event.usage) sight.usage = event.usage;
        if (event.serviceTier !== undefined) sight.serviceTier = event.serviceTier;
      }
    },
  };
}
