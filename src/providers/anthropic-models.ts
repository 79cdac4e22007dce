/** What Claude's generations take of the newer settings. A name that nobody knows is taken for a newer model. */

import { withoutForeignWords } from "../wire/anthropic-messages/foreign-words.ts";
import { addOutputTool } from "../wire/anthropic-messages/output-tool.ts";
import { effortOf } from "../wire/anthropic-messages/thinking.ts";
import type { Body } from "../wire/format.ts";
import { isRecord } from "./adjustments.ts";

/** https://platform.claude.com/docs/en/build-with-claude/effort and …/adaptive-thinking and …/structured-outputs */
export interface Abilities {
  readonly effort: boolean;
  readonly adaptive: boolean;
  /** Takes a budget of thoughts. */
  readonly budget: boolean;
  readonly schema: boolean;
}

const newest: Abilities = { effort: true, adaptive: true, budget: false, schema: true };

export function abilitiesOf(model: string): Abilities {
  const found = generationOf(model);
  if (!found) return /claude-(?:instant|v?[12])/.test(model) ? abilities("", 2) : newest;
  return abilities(found.family, found.generation);
}

const abilities = (family: string, generation: number): Abilities => ({
  effort: generation >= 4.6 || (family === "opus" && generation >= 4.5),
  adaptive: generation >= 4.6,
  budget: generation < 4.7,
  schema: generation >= 4.5 || (family === "opus" && generation >= 4.1),
});

/** "claude-opus-4-6", "claude-3-5-sonnet-20241022", "claude-sonnet-4-20250514", "us.anthropic.claude-…". */
function generationOf(model: string): { readonly family: string; readonly generation: number } | undefined {
  const now = /claude-(opus|sonnet|haiku|fable)-(\d{1,2})(?:[-.](\d{1,2})(?!\d))?/.exec(model);
  if (now) return { family: now[1] ?? "", generation: number(now[2], now[3]) };
  const once = /claude-(\d{1,2})(?:[-.](\d{1,2}))?-(opus|sonnet|haiku|fable)/.exec(model);
  return once ? { family: once[3] ?? "", generation: number(once[1], once[2]) } : undefined;
}

const number = (major = "0", minor = "0"): number => Number(major) + Number(minor) / 10;

/** The body in the words that this model understands, without other vendors'; the same object where it is so already. */
export function fitted(body: Body, can: Abilities): Body {
  let result = withoutForeignWords(body);
  if (!can.effort || !can.adaptive) result = withoutNewer(result, can);
  if (!can.budget) result = withEffort(result);
  if (!can.schema) result = withOutputTool(result);
  return result;
}

function withoutNewer(body: Body, { effort, adaptive }: Abilities): Body {
  let result = body;
  const config = body["output_config"];
  if (!effort && isRecord(config) && "effort" in config) {
    const { effort: _, ...rest } = config;
    const { output_config: __, ...bare } = result;
    result = Object.keys(rest).length > 0 ? { ...bare, output_config: rest } : bare;
  }
  const thinking = result["thinking"];
  if (!adaptive && isRecord(thinking) && thinking["type"] === "adaptive") {
    const { thinking: _, ...rest } = result;
    return rest;
  }
  return result;
}

/** A budget, for a model that sets its own: said as the effort that it stands for. */
function withEffort(body: Body): Body {
  const thinking = body["thinking"];
  if (!isRecord(thinking) || thinking["type"] !== "enabled") return body;
  const { budget_tokens: budget, type: _, ...rest } = thinking;
  const config = isRecord(body["output_config"]) ? body["output_config"] : {};
  const effort = config["effort"] ?? (typeof budget === "number" ? effortOf(budget) : "high");
  return { ...body, thinking: { type: "adaptive", ...rest }, output_config: { ...config, effort } };
}

function withOutputTool(body: Body): Body {
  const wanted = body["output_format"];
  if (!isRecord(wanted) || wanted["type"] !== "json_schema") return body;
  const { output_format: _, ...rest } = body;
  const result: Record<string, unknown> = { ...rest };
  addOutputTool(result, wanted["schema"]);
  return result;
}
