/** Why an answer ended: https://docs.anthropic.com/en/api/handling-stop-reasons. */

import type { FinishReason } from "../../canonical/chat.ts";
import type { WireStopReason } from "./types.ts";

const reasons: ReadonlyMap<unknown, FinishReason> = new Map<string, FinishReason>([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["compaction", "length"],
  ["tool_use", "tool-calls"],
  ["pause_turn", "pause"],
  ["refusal", "refusal"],
]);

export const decodeFinish = (reason: unknown): FinishReason => reasons.get(reason) ?? "other";

/** `called`: the answer holds a call of a tool. Clients act on the stop reason, and some vendors say "stop" beside a call. */
export function encodeFinish(finish: FinishReason, stopSequence: string | undefined, called: boolean): WireStopReason {
  switch (finish) {
    case "stop":
      if (stopSequence !== undefined) return "stop_sequence";
      return called ? "tool_use" : "end_turn";
    case "length":
      return "max_tokens";
    case "tool-calls":
      return "tool_use";
    case "content-filter":
    case "refusal":
      return "refusal";
    case "pause":
      return "pause_turn";
    case "other":
      return called ? "tool_use" : "end_turn";
  }
}
