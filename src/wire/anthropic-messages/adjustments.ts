/** What Anthropic's models and hosts need said differently: for providers, which know the model. Each gives back the same body when it has nothing to do. */

import type { Body } from "../format.ts";
import { fieldsOf, isFields, itemsOf } from "../reader.ts";
import { addOutputTool } from "./output-tool.ts";
import { effortOf } from "./thinking.ts";
import { isForeignSignature } from "./turns.ts";

/** For models without structured outputs: a tool whose input is the answer. */
export function withOutputTool(body: Body): Body {
  const { output_format: output, ...rest } = body;
  if (!isFields(output)) return body;
  const changed: Record<string, unknown> = { ...rest };
  addOutputTool(changed, output["schema"]);
  return changed;
}

/** For models that think by effort and know no budgets. */
export function withEffort(body: Body): Body {
  const thinking = body["thinking"];
  if (!isFields(thinking) || thinking["type"] !== "enabled") return body;
  const { budget_tokens: budget, ...rest } = thinking;
  const config = fieldsOf(body["output_config"]);
  const effort = typeof budget === "number" ? effortOf(budget) : "high";
  return { ...body, thinking: { ...rest, type: "adaptive" }, output_config: { effort, ...config } };
}

/** For models that know neither effort nor adaptive thinking. */
export function withoutEffort(body: Body): Body {
  const config = body["output_config"];
  const adaptive = fieldsOf(body["thinking"])["type"] === "adaptive";
  const effort = isFields(config) && "effort" in config;
  if (!adaptive && !effort) return body;
  const changed: Record<string, unknown> = { ...body };
  if (adaptive) delete changed["thinking"];
  if (effort) {
    const { effort: _, ...rest } = config;
    if (Object.keys(rest).length > 0) changed["output_config"] = rest;
    else delete changed["output_config"];
  }
  return changed;
}

/**
 * Without the thoughts that other vendors thought: an answer of theirs was told with an empty signature or their own seal, and
 * Anthropic refuses the whole conversation for it.
 */
export function withoutForeignThoughts(body: Body): Body {
  const messages = body["messages"];
  if (!Array.isArray(messages)) return body;
  let changed: unknown[] | undefined;
  for (const [index, message] of (messages as readonly unknown[]).entries()) {
    const kept = withoutThoughts(message);
    if (kept === message) continue;
    changed ??= [...(messages as readonly unknown[])];
    changed[index] = kept;
  }
  return changed ? { ...body, messages: changed.filter((message) => message !== undefined) } : body;
}

/** Undefined: nothing else was in it. */
function withoutThoughts(message: unknown): unknown {
  if (!isFields(message) || message["role"] !== "assistant" || !Array.isArray(message["content"])) return message;
  const content = itemsOf(message["content"]);
  if (!content.some(isForeignThought)) return message;
  const kept = content.filter((block) => !isForeignThought(block));
  return kept.length === 0 ? undefined : { ...message, content: kept };
}

const isForeignThought = (block: unknown): boolean => {
  if (!isFields(block) || block["type"] !== "thinking") return false;
  const { signature } = block;
  return typeof signature !== "string" || isForeignSignature(signature);
};
