/** What becomes of every field of every client's language in every other one: kept, named as lost, or refused; never dropped in silence. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { configOf, deployed, exchangeOf } from "../../test/house.ts";
import { GatewayError } from "../canonical/error.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import type { Body, Format } from "../wire/format.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { openaiCompletions } from "../wire/openai-completions/index.ts";
import { openaiResponses } from "../wire/openai-responses/index.ts";
import { prepare } from "./prepare.ts";

const formats = [openaiChat, openaiCompletions, openaiResponses, anthropicMessages];

/** Kept, named as lost, refused; or so anyway: nothing is said, because the vendor does it unasked, or we do. */
type Fate = "k" | "n" | "r" | "s";

interface Client {
  readonly format: Format<"chat">;
  /** Where the vendor's SDK lists the fields. */
  readonly sdk: readonly (readonly [file: string, type: string])[];
  /** The fields that make a request, which are there in any case. */
  readonly base: Body;
  /** A value for each other field, and its fate in each of the other languages, in their order. */
  readonly fields: Readonly<Record<string, readonly [value: unknown, fates: string, beside?: Body]>>;
}

const functionTool = { type: "function", function: { name: "f", parameters: { type: "object" } } };
const tool = { tools: [functionTool] };
const labels = { team: "a" };
const openai = "openai/resources";
const anthropic = "@anthropic-ai/sdk/resources";

const clients: readonly Client[] = [
  {
    format: openaiChat,
    sdk: [[`${openai}/chat/completions/completions.d.ts`, "ChatCompletionCreateParamsBase"]],
    base: { model: "m", messages: [{ role: "user", content: "hi" }] },
    // completions, responses, messages
    fields: {
      audio: [{ voice: "alloy", format: "wav" }, "knn"],
      frequency_penalty: [0.5, "knn"],
      function_call: [{ name: "f" }, "kkk", { functions: [{ name: "f" }] }],
      functions: [[{ name: "f" }], "kkk"],
      logit_bias: [{ "50256": -100 }, "knn"],
      logprobs: [true, "kkn"],
      max_completion_tokens: [7, "kkk"],
      max_tokens: [7, "kkk"],
      metadata: [labels, "kkn"],
      modalities: [["text", "audio"], "knn"],
      moderation: ["auto", "kkk"],
      n: [2, "knn"],
      parallel_tool_calls: [false, "kkk", tool],
      prediction: [{ type: "content", content: "hi" }, "nnn"],
      presence_penalty: [0.5, "knn"],
      prompt_cache_key: ["k", "kkn"],
      prompt_cache_options: [{ ttl: "1h" }, "kkk"],
      prompt_cache_retention: ["24h", "kkk"],
      reasoning_effort: ["high", "kkk"],
      "reasoning_effort.summary": [{ effort: "high", summary: "auto" }, "nkn", { reasoning_effort: "high" }],
      response_format: [{ type: "json_schema", json_schema: { name: "a", schema: {} } }, "kkk"],
      "response_format.json": [{ type: "json_object" }, "kkk"],
      safety_identifier: ["u", "kkk"],
      seed: [1, "knn"],
      service_tier: ["flex", "kkn"],
      stop: [["END"], "knk"],
      store: [true, "kkn"],
      stream: [true, "kkk"],
      stream_options: [{ include_usage: true }, "sss", { stream: true }],
      temperature: [0.5, "kkk"],
      thinking: [{ type: "enabled", budget_tokens: 2048 }, "kkk"],
      tool_choice: ["required", "kkk", tool],
      tools: [[functionTool], "kkk"],
      top_k: [5, "knk"],
      "logprobs.top": [true, "kkn", { top_logprobs: 3 }],
      top_p: [0.5, "kkk"],
      user: ["u", "kkk"],
      verbosity: ["low", "kkn"],
      web_search_options: [{}, "kkk"],
    },
  },
  {
    format: openaiCompletions,
    sdk: [[`${openai}/completions.d.ts`, "CompletionCreateParamsBase"]],
    base: { model: "m", prompt: "hi" },
    // chat, responses, messages
    fields: {
      best_of: [2, "kkk"],
      echo: [true, "kkk"],
      frequency_penalty: [0.5, "knn"],
      logit_bias: [{ "50256": -100 }, "knn"],
      logprobs: [3, "kkn"],
      max_tokens: [7, "kkk"],
      n: [2, "knn"],
      presence_penalty: [0.5, "knn"],
      seed: [1, "knn"],
      stop: ["END", "knk"],
      stream: [true, "kkk"],
      stream_options: [{ include_usage: true }, "sss", { stream: true }],
      suffix: ["bye", "kkk"],
      temperature: [0.5, "kkk"],
      top_p: [0.5, "kkk"],
      user: ["u", "kkk"],
    },
  },
  {
    format: openaiResponses,
    sdk: [[`${openai}/responses/responses.d.ts`, "ResponseCreateParamsBase"]],
    base: { model: "m", input: "hi" },
    // chat, completions, messages
    fields: {
      access_programs: [["a"], "nnn"],
      background: [true, "nnn"],
      client_metadata: [labels, "nnn"],
      context_management: [[{ type: "compaction" }], "nnn"],
      conversation: ["conv_1", "rrr"],
      image: [{}, "nnn"],
      include: [["file_search_call.results"], "nnn"],
      instructions: ["Be brief.", "kkk"],
      max_output_tokens: [7, "kkk"],
      max_tool_calls: [3, "nnn"],
      metadata: [labels, "kkn"],
      moderation: ["auto", "kkk"],
      parallel_tool_calls: [false, "kkk", { tools: [{ type: "function", name: "f" }] }],
      previous_response_id: ["resp_1", "rrr"],
      prompt: [{ id: "pmpt_1" }, "rrr"],
      prompt_cache_key: ["k", "kkn"],
      prompt_cache_options: [{ ttl: "1h" }, "kkk"],
      prompt_cache_retention: ["24h", "kkk"],
      reasoning: [{ effort: "high" }, "kkk"],
      "reasoning.summary": [{ effort: "high", summary: "auto" }, "nnn", { reasoning: { effort: "high" } }],
      safety_identifier: ["u", "kkk"],
      service_tier: ["flex", "kkn"],
      store: [false, "kks"],
      stream: [true, "kkk"],
      stream_options: [{ include_obfuscation: true }, "nnn", { stream: true }],
      temperature: [0.5, "kkk"],
      text: [{ format: { type: "json_schema", name: "a", schema: {} } }, "kkk"],
      "text.verbosity": [{ verbosity: "low" }, "kkn"],
      tool_choice: ["required", "kkk", { tools: [{ type: "function", name: "f" }] }],
      tools: [[{ type: "function", name: "f" }], "kkk"],
      "tools.hosted": [[{ type: "file_search", vector_store_ids: ["vs_1"] }], "nnn"],
      "tools.search": [[{ type: "web_search" }], "kkk"],
      top_logprobs: [3, "kkn"],
      top_p: [0.5, "kkk"],
      truncation: ["auto", "nnn"],
      user: ["u", "kkk"],
    },
  },
  {
    format: anthropicMessages,
    sdk: [
      [`${anthropic}/messages/messages.d.ts`, "MessageCreateParamsBase"],
      [`${anthropic}/beta/messages/messages.d.ts`, "MessageCreateParamsBase"],
    ],
    base: { model: "m", max_tokens: 5000, messages: [{ role: "user", content: "hi" }] },
    // chat, completions, responses
    fields: {
      betas: [["a"], "kkk"],
      billing_policy: ["a", "nnn"],
      cache_control: [{ type: "ephemeral" }, "nnn"],
      compaction: [{ enabled: true }, "rrr"],
      container: ["container_1", "nnn"],
      context_management: [{ edits: [] }, "nnn"],
      diagnostics: [{}, "nnn"],
      fallback_credit_token: ["a", "nnn"],
      fallbacks: [["m"], "nnn"],
      inference_geo: ["eu", "nnn"],
      max_tokens: [7, "kkk"],
      mcp_servers: [[{ type: "url", name: "a", url: "https://a.example" }], "nnn"],
      metadata: [{ user_id: "u" }, "kkk"],
      output_config: [{ effort: "high" }, "kkk"],
      "output_config.format": [{ format: { type: "json_schema", schema: {} } }, "kkk"],
      "output_config.task_budget": [{ task_budget: { type: "tokens", total: 9 } }, "nnn"],
      output_format: [{ type: "json_schema", schema: {} }, "kkk"],
      service_tier: ["standard_only", "kkk"],
      speed: ["fast", "nnn"],
      stop_sequences: [["END"], "kkn"],
      stream: [true, "kkk"],
      system: ["Be brief.", "kkk"],
      temperature: [0.5, "kkk"],
      thinking: [{ type: "enabled", budget_tokens: 2048 }, "kkk"],
      "thinking.adaptive": [{ type: "adaptive" }, "nnn"],
      "thinking.disabled": [{ type: "disabled" }, "nnk"],
      "thinking.display": [
        { type: "enabled", budget_tokens: 2048, display: "summarized" },
        "nnk",
        { thinking: { type: "enabled", budget_tokens: 2048 } },
      ],
      thread: ["thread_1", "rrr"],
      tool_choice: [{ type: "any" }, "kkk", { tools: [{ name: "f", input_schema: { type: "object" } }] }],
      tools: [[{ name: "f", input_schema: { type: "object" } }], "kkk"],
      "tools.hosted": [[{ type: "bash_20250124", name: "bash" }], "nnn"],
      top_k: [5, "kkn"],
      top_p: [0.5, "kkk"],
      user_profile_id: ["a", "nnn"],
      workspace_id: ["a", "nnn"],
    },
  },
];

/** Any vendor: what it is like does not matter here, only what its language can say. */
const deployment = deployed(configOf("openai", "any"));
const settings = { dropParams: false, mends: false };

function told(from: Format<"chat">, to: Format<"chat">, words: Body) {
  const plan = deployment.plan("chat", to.id);
  if (!plan) throw new Error("it offers chat");
  const { body, lost = [] } = prepare(
    exchangeOf(from, words),
    deployment,
    { ...plan, route: { format: to, path: "/" } },
    settings,
  );
  return { body: String(body), lost };
}

function fateOf({ format, base, fields }: Client, to: Format<"chat">, name: string): Fate {
  const [field = ""] = name.split(".");
  const [value, , beside] = fields[name] ?? [];
  const before = told(format, to, { ...base, ...beside });
  let after: ReturnType<typeof told>;
  try {
    after = told(format, to, { ...base, ...beside, [field]: value });
  } catch (error) {
    if (error instanceof GatewayError && error.details.param === field) return "r";
    throw error;
  }
  if (after.lost.some((one) => one.startsWith(field) && !before.lost.includes(one))) return "n";
  return after.body === before.body ? "s" : "k";
}

describe.each(clients.map((client) => [client.format.id, client] as const))("a client of %s", (_, client) => {
  const others = formats.filter((format) => format !== client.format);

  it.each(Object.keys(client.fields))("%s", (name) =>
    expect(others.map((to) => fateOf(client, to, name)).join("")).toBe(client.fields[name]?.[1]),
  );

  it("has no other fields, says its vendor's SDK", () => {
    const beside = Object.values(client.fields).flatMap(([, , more = {}]) => Object.keys(more));
    const known = new Set([...Object.keys(client.base), ...Object.keys(client.fields), ...beside]);
    for (const [file, type] of client.sdk) {
      const fields = fieldsOf(readFileSync(new URL(`../../node_modules/${file}`, import.meta.url), "utf8"), type);
      expect(fields.length).toBeGreaterThan(10);
      expect(fields.filter((field) => !known.has(field))).toEqual([]);
    }
  });
});

/** The members of an interface, of those that stand in its first level of indentation. */
function fieldsOf(text: string, type: string): string[] {
  const from = text.indexOf(`export interface ${type} {`);
  return [...text.slice(from, text.indexOf("\n}", from)).matchAll(/^ {4}(\w+)\??:/gm)].map(([, name = ""]) => name);
}
