/** JSON answers from models that have no way to be asked for them: a tool whose input is the answer. Decoders give its input back as text. */

import type { WireTool, WireToolChoice } from "./types.ts";

/** What no client calls a tool of its own. */
export const outputTool = "json_tool_call";

const anything = { type: "object", additionalProperties: true };

/** The model must use the tool, unless there are others to choose from, or it thinks: a thinking model cannot be made to. */
export function addOutputTool(body: Record<string, unknown>, schema: unknown): void {
  const others = Array.isArray(body["tools"]) ? (body["tools"] as readonly unknown[]) : [];
  const tool: WireTool = {
    name: outputTool,
    description: "Answers in JSON.",
    input_schema: schema ?? anything,
  };
  body["tools"] = [...others, tool];
  const thinking = body["thinking"] as { readonly type?: unknown } | undefined;
  const free = others.length > 0 || thinking?.type === "enabled" || thinking?.type === "adaptive";
  const forced: WireToolChoice = { type: "tool", name: outputTool };
  if (!free) body["tool_choice"] = forced;
}
