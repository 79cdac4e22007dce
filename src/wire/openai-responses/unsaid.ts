/** What a request of this language may cost beyond what it says. https://platform.openai.com/docs/api-reference/responses/create */

import type { ChatRequest } from "../../canonical/chat.ts";
import type { Unsaid } from "../../canonical/unsaid.ts";

const none: Unsaid = {};

const holders = ["previous_response_id", "conversation", "prompt"] as const;

export function unsaid({ extra }: ChatRequest): Unsaid {
  if (!extra) return none;
  const calls = extra["max_tool_calls"];
  return {
    ...(typeof calls === "number" && { calls }),
    ...(holders.some((name) => (extra[name] ?? undefined) !== undefined) && { held: true }),
    ...(extra["background"] === true && { background: true }),
  };
}
