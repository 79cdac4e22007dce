/** Hosts of other makers' models that speak OpenAI with an accent: a row each, with what has to be said differently. */

import { type Adjust, all, atMost, clamp, forModels, holds, isRecord, replace, setDefault } from "./adjustments.ts";
import { cacheMarkOnLastPart, eachMessage, eachTool, withoutCacheMarks, withoutNulls } from "./message-adjustments.ts";
import type { Provider } from "./provider.ts";
import { byModel, ifKnown, row, schemaByTool } from "./row.ts";

/** "Use any tool" has another name at some. */
const requiredIs = (word: string): Adjust =>
  replace("tool_choice", (choice) => (choice === "required" ? word : choice));

/**
 * https://console.groq.com/docs/openai: null fields in the history are refused.
 * https://console.groq.com/docs/structured-outputs names the models that take a schema; these are refused with one.
 */
const groq = schemaByTool(
  row("groq", "Groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", {
    bases: ["GROQ_API_BASE"],
    maxTokens: true,
    adjust: eachMessage(withoutNulls),
  }),
  holds("llama-3", "llama3-", "gemma", "mixtral", "mistral-saba", "qwen3-32b", "qwen-", "deepseek-r1", "allam"),
);

/** https://openrouter.ai/docs/use-cases/usage-accounting; cache marks are for the models that know them. */
const marksKept = holds("claude", "anthropic/", "gemini", "minimax", "glm");
const openrouter = row(
  "openrouter",
  "OpenRouter",
  "https://openrouter.ai/api/v1",
  ["OPENROUTER_API_KEY", "OR_API_KEY"],
  {
    bases: ["OPENROUTER_API_BASE"],
    embeddings: true,
    responses: true,
    adjust: all(
      setDefault("usage", { include: true }),
      forModels(marksKept, eachMessage(cacheMarkOnLastPart)),
      forModels((model) => !marksKept(model), all(eachMessage(withoutCacheMarks), eachTool(withoutCacheMarks))),
    ),
  },
);

const together = row(
  "together_ai",
  "Together AI",
  "https://api.together.xyz/v1",
  ["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_TOKEN"],
  {
    bases: ["TOGETHER_AI_API_BASE"],
    completions: true,
    embeddings: true,
    adjust: replace("response_format", (format) =>
      isRecord(format) && format["type"] === "text" ? undefined : format,
    ),
  },
);

/** https://docs.fireworks.ai: models are paths, and the short name of one stands for its path. */
const fullName: Adjust = (body) => {
  const { model } = body;
  if (typeof model !== "string" || model.includes("/") || model.includes("#")) return body;
  return { ...body, model: `accounts/fireworks/models/${model}` };
};
const fireworks = row(
  "fireworks_ai",
  "Fireworks AI",
  "https://api.fireworks.ai/inference/v1",
  ["FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY", "FIREWORKS_AI_TOKEN"],
  {
    bases: ["FIREWORKS_API_BASE", "FIREWORKS_AI_API_BASE"],
    maxTokens: true,
    completions: true,
    embeddings: true,
    responses: true,
    adjust: all(fullName, requiredIs("any")),
  },
);

const sambanova = row("sambanova", "SambaNova", "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY", {
  bases: ["SAMBANOVA_API_BASE"],
  maxTokens: true,
  flatten: true,
  embeddings: true,
});

/** https://deepinfra.com/docs/openai_api: a tool may be used, or none, and that is all that can be said. */
const deepinfra = row("deepinfra", "DeepInfra", "https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY", {
  bases: ["DEEPINFRA_API_BASE"],
  maxTokens: true,
  embeddings: true,
  asksUsage: false,
  parameters: {
    ...ifKnown,
    refuses: ({ tool_choice: choice = null }) =>
      choice === null || choice === "auto" || choice === "none" ? [] : ["tool_choice"],
  },
  adjust: forModels(holds("Mistral-7B-Instruct-v0.1"), clamp("temperature", 0.0001, 2)),
});

/** What the models of a catalogue of many makers take differs by the maker. https://docs.api.nvidia.com/nim/reference */
const nvidiaTakes: readonly (readonly [string, ReadonlySet<string>])[] = [
  ["nvidia/nemotron-4-340b-reward", new Set(["stream"])],
  ["nvidia/nemotron-4-340b", new Set(["stream", "temperature", "top_p", "max_tokens", "max_completion_tokens"])],
  [
    "google/codegemma",
    new Set([
      "stream",
      "temperature",
      "top_p",
      "frequency_penalty",
      "presence_penalty",
      "max_tokens",
      "max_completion_tokens",
      "stop",
    ]),
  ],
  [
    "google/recurrentgemma",
    new Set(["stream", "temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "seed"]),
  ],
  [
    "google/gemma-2",
    new Set(["stream", "temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "seed"]),
  ],
];
const nvidia = byModel(
  row("nvidia_nim", "NVIDIA NIM", "https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY", {
    bases: ["NVIDIA_NIM_API_BASE"],
    maxTokens: true,
    completions: true,
    embeddings: true,
    adjust: atMost("stop", 4),
  }),
  (model) => {
    const found = nvidiaTakes.find(([start]) => model.startsWith(start));
    return found ? { only: found[1] } : ifKnown;
  },
);

export const openaiCompatibleHosts: readonly Provider[] = [
  deepinfra,
  fireworks,
  groq,
  nvidia,
  openrouter,
  sambanova,
  together,
];
