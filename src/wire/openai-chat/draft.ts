/** A request that is being read, field by field, so that what is not said is not there. */

import type { ChatRequest } from "../../canonical/chat.ts";

export type Draft = { -readonly [K in keyof ChatRequest]: ChatRequest[K] };

export function set<K extends keyof Draft>(draft: Draft, key: K, value: Draft[K] | undefined): void {
  if (value !== undefined) draft[key] = value;
}
