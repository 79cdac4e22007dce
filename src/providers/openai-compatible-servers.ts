/** Servers that people run themselves and that speak OpenAI: found by the address they are given. */

import { anthropicCount } from "../wire/anthropic-count/index.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { type Adjust, all, isRecord } from "./adjustments.ts";
import { customAsFunction, eachTool, withoutSchemaKeys, withoutStrict } from "./message-adjustments.ts";
import type { Provider, Route } from "./provider.ts";
import { chatRoute, embedRoute, ifKnown, type Row, row } from "./row.ts";

/** vLLM knows efforts, not budgets. */
const effortForBudget: Adjust = (body) => {
  const { thinking, ...rest } = body;
  if (!isRecord(thinking)) return body;
  if (thinking["type"] !== "enabled" || (body["reasoning_effort"] ?? undefined) !== undefined) return rest;
  const budget = typeof thinking["budget_tokens"] === "number" ? thinking["budget_tokens"] : 0;
  return { ...rest, reasoning_effort: effortOf(budget) };
};

function effortOf(budget: number): string {
  if (budget >= 10_000) return "high";
  if (budget >= 5000) return "medium";
  return budget >= 2000 ? "low" : "minimal";
}

/** https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html */
const vllm: Row = {
  completions: true,
  embeddings: true,
  responses: true,
  keyless: true,
  parameters: {},
  adjust: all(
    effortForBudget,
    eachTool(customAsFunction, withoutStrict, withoutSchemaKeys("additionalProperties", "strict")),
  ),
};

/** https://docs.ollama.com/api/openai-compatibility */
const ollama: Row = { prefix: "/v1", embeddings: true, completions: true, keyless: true, bases: ["OLLAMA_API_BASE"] };
const ollamaBase = "http://localhost:11434";

/** "chat/{id}/{model}" and "agent/{id}/{model}": https://ragflow.io/docs/http_api_reference */
function ragflowRoute(name: string): Route<"chat"> {
  const [kind, id = "", ...model] = name.split("/");
  const place = kind === "agent" ? "agents_openai" : "chats_openai";
  return {
    format: openaiChat,
    path: `/api/v1/${place}/${encodeURIComponent(id)}/chat/completions`,
    parameters: ifKnown,
    adjust: (body) => ({ ...body, model: model.join("/") || "model" }),
  };
}

/** Another gateway: it decides itself what to do with a parameter, and speaks its clients' languages. */
const gateway: Row = {
  prefix: "/v1",
  completions: true,
  responses: true,
  embeddings: true,
  keyless: true,
  parameters: {},
};
const gatewayChat = chatRoute(gateway);

export const openaiCompatibleServers: readonly Provider[] = [
  row("hosted_vllm", "vLLM", undefined, "HOSTED_VLLM_API_KEY", { ...vllm, bases: ["HOSTED_VLLM_API_BASE"] }),
  row("vllm", "vLLM, by its own name", undefined, "HOSTED_VLLM_API_KEY", { ...vllm, bases: ["HOSTED_VLLM_API_BASE"] }),
  row("ollama", "Ollama", ollamaBase, "OLLAMA_API_KEY", ollama),
  row("ollama_chat", "Ollama, chat", ollamaBase, "OLLAMA_API_KEY", ollama),
  row("oobabooga", "Text generation web UI", undefined, "OOBABOOGA_API_KEY", {
    prefix: "/v1",
    embeddings: true,
    auth: { scheme: "header", name: "authorization", prefix: "Token ", optional: true },
  }),
  row("heroku", "Heroku Inference", undefined, "HEROKU_API_KEY", {
    bases: ["HEROKU_API_BASE"],
    prefix: "/v1",
    flatten: true,
  }),
  row("ragflow", "RAGFlow", "http://localhost:9380", "RAGFLOW_API_KEY", {
    bases: ["RAGFLOW_API_BASE"],
    more: { serves: { chat: ragflowRoute } },
  }),
  row("gateway", "Another gateway", undefined, "GATEWAY_API_KEY", {
    keyless: true,
    bases: ["GATEWAY_API_BASE"],
    more: {
      forwards: ["anthropic-beta", "anthropic-version"],
      serves: {
        chat: {
          format: gatewayChat.format,
          path: gatewayChat.path,
          also: [...(gatewayChat.also ?? []), { format: anthropicMessages, path: "/v1/messages" }],
        },
        embed: embedRoute(gateway),
        count: { format: anthropicCount, path: "/v1/messages/count_tokens" },
      },
    },
  }),
];
