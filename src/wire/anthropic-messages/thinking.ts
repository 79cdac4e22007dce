/** How much the model should think, and how what it thinks is shown: https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking. */

import type { ReasoningSettings } from "../../canonical/chat.ts";
import { type Fields, optionalFields, optionalString, requiredInteger, requiredString } from "../reader.ts";
import type { WireThinking } from "./types.ts";

/** The least that Anthropic accepts as a budget. */
const leastBudget = 1024;

/** The budgets that stand for efforts, for models that know no efforts. */
const budgets: Readonly<Record<string, number>> = {
  minimal: leastBudget,
  low: leastBudget,
  medium: 2048,
  high: 4096,
  xhigh: 8192,
  max: 16_384,
};

/** The effort that a budget stands for: undoes `budgets`. */
export function effortOf(budget: number): string {
  if (budget >= 16_384) return "max";
  if (budget >= 8192) return "xhigh";
  if (budget >= 4096) return "high";
  return budget >= 2048 ? "medium" : "low";
}

/** Undefined: the client said nothing of it, or what we do not know (`thinking.type`), which then stays among its own words. */
export function decodeReasoning(body: Fields): ReasoningSettings | undefined {
  const thinking = optionalFields(body, "thinking");
  const config = optionalFields(body, "output_config");
  const effort = config && optionalString(config, "effort", "output_config");
  const settings = thinking && decodeThinking(thinking);
  if (effort === undefined) return settings;
  return { ...settings, effort };
}

function decodeThinking(thinking: Fields): ReasoningSettings | undefined {
  const mode = requiredString(thinking, "type", "thinking");
  const summary = optionalString(thinking, "display", "thinking");
  const shown = summary === undefined ? undefined : { summary };
  switch (mode) {
    case "enabled":
      return { mode, budget: requiredInteger(thinking, "budget_tokens", "thinking", 1), ...shown };
    case "adaptive":
    case "disabled":
      return { mode, ...shown };
    default:
      return undefined;
  }
}

export interface EncodedReasoning {
  readonly thinking?: WireThinking;
  readonly effort?: string;
}

/** An effort without a mode becomes a budget. `effort` is set only where the client spoke Anthropic's newer words. */
export function encodeReasoning(reasoning: ReasoningSettings): EncodedReasoning {
  const { mode, effort, budget, summary } = reasoning;
  const display = summary === "summarized" || summary === "omitted" ? { display: summary } : undefined;
  switch (mode) {
    case "enabled":
      return {
        thinking: { type: "enabled", budget_tokens: budget ?? budgetOf(effort ?? "high") ?? leastBudget, ...display },
        ...(effort !== undefined && budget !== undefined && { effort }),
      };
    case "adaptive":
      return { thinking: { type: "adaptive", ...display }, ...(effort !== undefined && { effort }) };
    case "disabled":
      return { thinking: { type: "disabled" }, ...(effort !== undefined && { effort }) };
    default:
      return encodeBudget(budget ?? (effort === undefined ? undefined : budgetOf(effort)), display);
  }
}

const encodeBudget = (tokens: number | undefined, display: object | undefined): EncodedReasoning =>
  tokens === undefined
    ? {}
    : { thinking: { type: "enabled", budget_tokens: Math.max(tokens, leastBudget), ...display } };

/** Undefined: not at all, or a word that we do not know. */
const budgetOf = (effort: string): number | undefined => (Object.hasOwn(budgets, effort) ? budgets[effort] : undefined);
