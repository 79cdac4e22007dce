/** Anthropic. */

import { anthropicCount } from "../wire/anthropic-count/index.ts";
import { withoutForeignWords } from "../wire/anthropic-messages/foreign-words.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import type { Body } from "../wire/format.ts";
import { isList, isRecord } from "./adjustments.ts";
import { abilitiesOf, fitted } from "./anthropic-models.ts";
import { mendMessages } from "./mend.ts";
import { type Headers, header, type Parameters, type Provider, type Route } from "./provider.ts";

/** Of the parameters of OpenAI's chat. */
const claudeParameters: Parameters = {
  only: new Set([
    "stream",
    "stream_options",
    "stop",
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "tools",
    "tool_choice",
    "functions",
    "function_call",
    "parallel_tool_calls",
    "response_format",
    "user",
    "metadata",
    "web_search_options",
    "reasoning_effort",
    "thinking",
    "context_management",
    "service_tier",
  ]),
  needs: { reasoning_effort: "reasoning", thinking: "reasoning" },
  names: {
    stop: "stop_sequences",
    max_completion_tokens: "max_tokens",
    reasoning_effort: "thinking",
    response_format: "output_format",
    user: "metadata",
    functions: "tools",
    function_call: "tool_choice",
  },
};

/** Features that have to be announced by header before the body may use them. https://platform.claude.com/docs/en/api/beta-headers */
const betas: readonly (readonly [name: string, used: (body: Body) => boolean])[] = [
  ["structured-outputs-2025-11-13", (body) => body["output_format"] !== undefined],
  ["effort-2025-11-24", (body) => isRecord(body["output_config"]) && body["output_config"]["effort"] !== undefined],
  ["context-management-2025-06-27", (body) => body["context_management"] !== undefined],
  ["mcp-client-2025-11-20", (body) => body["mcp_servers"] !== undefined],
  ["fast-mode-2026-02-01", (body) => body["speed"] === "fast"],
  ["computer-use-2025-11-24", (body) => usesTool(body, "computer_20251124")],
  ["computer-use-2025-01-24", (body) => usesTool(body, "computer_20250124")],
  ["web-fetch-2025-09-10", (body) => usesTool(body, "web_fetch_20250910")],
  ["code-execution-2025-08-25", (body) => usesTool(body, "code_execution_20250825")],
];

function usesTool(body: Body, type: string): boolean {
  const { tools } = body;
  return isList(tools) && tools.some((tool) => isRecord(tool) && tool["type"] === type);
}

/** What the client or the operator announced stays, and is not said twice. */
function withBetas(headers: Headers, body: Body): Headers {
  let said = headers["anthropic-beta"];
  for (const [name, used] of betas) {
    if (!used(body)) continue;
    // "computer-use-…" of another date is the same announcement, made by one who knows.
    if (said?.includes(name.slice(0, -"-2025-11-13".length))) continue;
    said = said ? `${said},${name}` : name;
  }
  return said === headers["anthropic-beta"] || said === undefined ? headers : { ...headers, "anthropic-beta": said };
}

function claudeRoute(model: string, path: string): Route<"chat"> {
  const can = abilitiesOf(model);
  return {
    format: anthropicMessages,
    path,
    parameters: claudeParameters,
    adjust: (body) => fitted(body, can),
    mend: mendMessages,
    adjustHeaders: withBetas,
  };
}

const version = { "anthropic-version": "2023-06-01" };

/** Claude at a cloud that has other models too: what only Anthropic wants to hear is said on this route alone. */
export function hostedClaude(model: string, path: string): Route<"chat"> {
  const route = claudeRoute(model, path);
  return { ...route, adjustHeaders: (headers, body) => withBetas({ ...version, ...headers }, body) };
}

export const anthropic: Provider = {
  id: "anthropic",
  name: "Anthropic",
  baseUrl: "https://api.anthropic.com",
  env: { key: ["ANTHROPIC_API_KEY"], base: ["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"] },
  auth: header("x-api-key"),
  headers: version,
  forwards: ["anthropic-beta", "anthropic-version"],
  serves: {
    chat: (model) => claudeRoute(model, "/v1/messages"),
    count: {
      format: anthropicCount,
      path: "/v1/messages/count_tokens",
      adjust: withoutForeignWords,
      adjustHeaders: withBetas,
    },
  },
  hosts: ["api.anthropic.com"],
  models: ["claude-*"],
  docs: "https://platform.claude.com/docs/en/api/messages",
};
