/** Watches events go by for what the ledger needs: usage, how it ended, whether it ended. */

import type { ChatEvent } from "../canonical/chat.ts";
import { weightOf } from "../canonical/text-weight.ts";
import type { Seen } from "../wire/format.ts";

export type Sight = Seen;

type Draft = { -readonly [K in keyof Sight]: Sight[K] };

export function observer(): { push(event: ChatEvent): void; readonly sight: Sight } {
  const sight: Draft = { ended: false, characters: 0 };
  return {
    sight,
    push(event) {
      if (event.type === "part-delta") sight.characters += weightOf(event.text);
      else if (event.type === "start") begun(sight, event);
      else if (event.type === "finish") sight.finish = event.finish;
      else if (event.type === "end") ended(sight, event);
    },
  };
}

function begun(sight: Draft, { model, usage }: Extract<ChatEvent, { type: "start" }>): void {
  sight.model = model;
  if (usage) sight.usage = usage;
}

function ended(sight: Draft, { usage, serviceTier }: Extract<ChatEvent, { type: "end" }>): void {
  sight.ended = true;
  if (usage) sight.usage = usage;
  if (serviceTier !== undefined) sight.serviceTier = serviceTier;
}
