/** What this language can say, and where: for naming what a translation loses. */

import type { Reach } from "../format.ts";
import { encodePart } from "./blocks.ts";
import { saysHosted } from "./tools.ts";

export const reach: Reach = {
  places: {
    toolChoice: ["tool_choice"],
    parallelTools: ["tool_choice.disable_parallel_tool_use", "tool_choice"],
    // Any JSON at all is asked for by a tool that must be called.
    output: ["output_config.format", "output_format", "tool_choice"],
    reasoning: ["thinking", "output_config.effort"],
    summary: ["thinking.display"],
    maxTokens: ["max_tokens"],
    temperature: ["temperature"],
    topP: ["top_p"],
    topK: ["top_k"],
    stop: ["stop_sequences"],
    webSearch: ["tools"],
    user: ["metadata.user_id"],
    serviceTier: ["service_tier"],
  },
  part: (part) => encodePart(part) !== undefined,
  tool: saysHosted,
};
