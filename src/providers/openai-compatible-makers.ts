/** Makers of models that speak OpenAI with an accent of their own: a row each, with what has to be said differently. */

import {
  type Adjust,
  all,
  clamp,
  drop,
  forModels,
  holds,
  isList,
  isRecord,
  rename,
  replace,
  setDefault,
} from "./adjustments.ts";
import {
  blankThought,
  eachMessage,
  eachTool,
  emptyTextForNull,
  flattenText,
  flattenTextOf,
  withoutName,
  withoutSchemaKeys,
  withoutStrict,
} from "./message-adjustments.ts";
import type { Parameters, Provider } from "./provider.ts";
import { byModel, ifKnown, row } from "./row.ts";

/** One field for thinking, on or off; how much is the model's affair. */
const thinkingSwitch = (...modes: readonly string[]): Adjust =>
  replace("thinking", (thinking) => {
    if (!isRecord(thinking)) return undefined;
    const { type } = thinking;
    if (typeof type !== "string" || !modes.includes(type)) return undefined;
    return Object.keys(thinking).length === 1 ? thinking : { type };
  });

const mistralTakes: Parameters = {
  only: new Set([
    "stream",
    "temperature",
    "top_p",
    "n",
    "max_tokens",
    "max_completion_tokens",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "stop",
    "seed",
    "random_seed",
    "response_format",
    "presence_penalty",
    "frequency_penalty",
    "prediction",
    "metadata",
    "reasoning_effort",
  ]),
  needs: { reasoning_effort: "reasoning" },
};

/** https://docs.mistral.ai/api: any tool is "any", and so is a certain one. */
const mistral = row("mistral", "Mistral", "https://api.mistral.ai/v1", ["MISTRAL_API_KEY", "MISTRAL_AZURE_API_KEY"], {
  bases: ["MISTRAL_API_BASE", "MISTRAL_AZURE_API_BASE"],
  maxTokens: true,
  embeddings: true,
  asksUsage: false,
  parameters: mistralTakes,
  embeddingParameters: { never: new Set(["dimensions"]) },
  adjust: all(
    rename("seed", "random_seed"),
    replace("tool_choice", (choice) => (choice === "required" || isRecord(choice) ? "any" : choice)),
    eachMessage(withoutName, flattenText, emptyTextForNull),
    eachTool(withoutSchemaKeys("$schema")),
    forModels(holds("magistral"), (body, about) =>
      body["reasoning_effort"] === undefined ? body : asksReasoning(body, about),
    ),
    drop("stream_options"),
  ),
});

/** Magistral thinks when its prompt says so, and the vendor has that prompt ready. */
const asksReasoning: Adjust = all(drop("reasoning_effort"), setDefault("prompt_mode", "reasoning"));

/** https://api-docs.deepseek.com/guides/thinking_mode: an effort switches thinking on, and then wants earlier thoughts back. */
const deepseekThinking: Adjust = (body, about) => {
  const effort = body["reasoning_effort"] ?? undefined;
  if (effort === undefined) return withThoughts(body, about);
  const switched = setDefault("thinking", { type: effort === "none" ? "disabled" : "enabled" })(body, about);
  // How much was only heard since the fourth generation.
  const heard = effort !== "none" && about.model.includes("v4");
  return withThoughts(heard ? switched : drop("reasoning_effort")(switched, about), about);
};

const withThoughts: Adjust = (body, about) =>
  isRecord(body["thinking"]) && body["thinking"]["type"] === "enabled" ? blankThoughts(body, about) : body;
const blankThoughts = eachMessage(blankThought(true));

const functionsOnly: Adjust = (body) => {
  const { tools } = body;
  if (!isList(tools)) return body;
  const kept = tools.filter((tool) => !isRecord(tool) || (tool["type"] ?? "function") === "function");
  if (kept.length === tools.length) return body;
  const { tools: _, tool_choice: choice, ...rest } = body;
  if (kept.length === 0) return rest;
  return { ...rest, tools: kept, ...(typeof choice === "string" && { tool_choice: choice }) };
};

const deepseek = row("deepseek", "DeepSeek", "https://api.deepseek.com/beta", "DEEPSEEK_API_KEY", {
  bases: ["DEEPSEEK_API_BASE"],
  maxTokens: true,
  flatten: true,
  parameters: { needs: { verbosity: "verbosity" } },
  adjust: all(thinkingSwitch("enabled", "disabled"), deepseekThinking, functionsOnly),
});

/** https://docs.x.ai/docs/api-reference: models that think refuse what would bend their sampling. */
const grokThinks = holds("grok-3-mini", "grok-4", "grok-code", "grok-build");
const grokPlain: Parameters = { ...ifKnown, never: new Set(["thinking"]) };
const grokThinking: Parameters = {
  ...ifKnown,
  never: new Set(["thinking", "stop", "presence_penalty", "frequency_penalty"]),
};

const xaiRow = {
  bases: ["XAI_API_BASE"],
  maxTokens: true,
  responses: true,
  adjust: all(eachMessage(withoutName), eachTool(withoutStrict), drop("web_search_options")),
};
const xai = byModel(
  row("xai", "xAI", "https://api.x.ai/v1", "XAI_API_KEY", { ...xaiRow, parameters: grokPlain }),
  (model) => (grokThinks(model) ? grokThinking : grokPlain),
);

/** https://docs.perplexity.ai/api-reference: it searches by itself and calls nobody's tools. */
const perplexity = row(
  "perplexity",
  "Perplexity",
  "https://api.perplexity.ai",
  ["PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"],
  {
    bases: ["PERPLEXITY_API_BASE"],
    asksUsage: false,
    parameters: {
      ...ifKnown,
      never: new Set([
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "functions",
        "function_call",
        "n",
        "seed",
        "logit_bias",
      ]),
    },
    adjust: drop("stream_options"),
  },
);

/** https://platform.moonshot.ai/docs/api/chat: no "required", temperatures up to 1, and 0 only for one answer. */
const kimiThinks = holds("thinking", "kimi-k2.5", "kimi-k2.6", "kimi-k3");
const chooseTool: Adjust = (body) => {
  const { tool_choice: choice, messages, ...rest } = body;
  if (choice !== "required" || !isList(messages)) return body;
  return { ...rest, messages: [...messages, { role: "user", content: "Answer by calling one of the tools." }] };
};
const warmForMany: Adjust = (body) => {
  const { n, temperature } = body;
  return typeof n === "number" && n > 1 && typeof temperature === "number" && temperature < 0.3
    ? { ...body, temperature: 0.3 }
    : body;
};
const moonshot = row("moonshot", "Moonshot AI", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY", {
  bases: ["MOONSHOT_API_BASE"],
  maxTokens: true,
  flatten: true,
  completions: true,
  parameters: { ...ifKnown, never: new Set(["functions", "function_call"]) },
  adjust: all(
    chooseTool,
    clamp("temperature", 0, 1),
    warmForMany,
    forModels(kimiThinks, all(drop("temperature"), eachMessage(blankThought(false)))),
  ),
});

/** https://docs.z.ai/api-reference/llm/chat-completion */
const zai = row("zai", "Z.AI", "https://api.z.ai/api/paas/v4", "ZAI_API_KEY", {
  bases: ["ZAI_API_BASE"],
  maxTokens: true,
  parameters: {
    only: new Set([
      "max_tokens",
      "max_completion_tokens",
      "temperature",
      "top_p",
      "stop",
      "tools",
      "tool_choice",
      "stream",
      "stream_options",
      "thinking",
      "response_format",
    ]),
  },
  adjust: eachMessage(flattenTextOf("tool", "assistant")),
});

const minimax = row("minimax", "MiniMax", "https://api.minimax.io/v1", "MINIMAX_API_KEY", {
  bases: ["MINIMAX_API_BASE"],
});

const volcengine = row(
  "volcengine",
  "Volcengine Ark",
  "https://ark.cn-beijing.volces.com/api/v3",
  ["VOLCENGINE_API_KEY", "ARK_API_KEY"],
  {
    bases: ["VOLCENGINE_API_BASE"],
    maxTokens: true,
    embeddings: true,
    responses: true,
    parameters: { needs: { verbosity: "verbosity" } },
    adjust: thinkingSwitch("enabled", "disabled", "auto"),
  },
);

const sarvam = row("sarvam", "Sarvam AI", "https://api.sarvam.ai/v1", "SARVAM_API_KEY", {
  maxTokens: true,
  auth: { scheme: "header", name: "api-subscription-key" },
});

export const openaiCompatibleMakers: readonly Provider[] = [
  deepseek,
  minimax,
  mistral,
  moonshot,
  perplexity,
  sarvam,
  volcengine,
  xai,
  zai,
];
