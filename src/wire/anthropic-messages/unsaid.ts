/** What a request of this language may cost beyond what it says: each hosted tool says itself how often it may be used. https://docs.claude.com/en/docs/agents-and-tools/tool-use/web-search-tool */

import type { ChatRequest } from "../../canonical/chat.ts";
import type { Unsaid } from "../../canonical/unsaid.ts";
import { format } from "./types.ts";

const none: Unsaid = {};

export function unsaid({ tools = [] }: ChatRequest): Unsaid {
  let calls = 0;
  let some = false;
  for (const tool of tools) {
    if (tool.type !== "hosted" || tool.format !== format || !tool.name.includes("search")) continue;
    const uses = tool.words["max_uses"];
    // One that may be used without end leaves the sum without end.
    if (typeof uses !== "number" || uses < 0) return none;
    calls += uses;
    some = true;
  }
  return some ? { calls } : none;
}
