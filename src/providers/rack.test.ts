/** What must hold of every vendor on the rack. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { providers } from "./index.ts";
import { providersPage } from "./page.ts";
import type { Provider, Route } from "./provider.ts";

/** Every vendor of LiteLLM's that speaks OpenAI, in one accent or another, but for those that `elsewhere` says. */
// biome-ignore format: one list
const wanted = [
  "abliteration", "ai21", "ai21_chat", "aihubmix", "aiml", "aiohttp_openai", "amazon_nova", "anyscale", "apertis", "assemblyai", "azure",
  "azure_ai", "azure_text", "baseten", "bedrock_mantle", "cerebras", "charity_engine", "chatgpt", "chutes", "clarifai", "codestral",
  "cognition", "cometapi", "compactifai", "crusoe", "custom_openai", "darkbloom", "dashscope", "databricks", "datarobot", "deepinfra",
  "deepseek", "docker_model_runner", "empiriolabs", "empower", "featherless_ai", "fireworks_ai", "friendliai", "galadriel", "gdc",
  "github", "github_copilot", "gmi", "gradient_ai", "groq", "helicone", "heroku", "hosted_vllm", "huggingface", "hyperbolic", "inception",
  "lambda_ai", "lemonade", "libertai", "llamafile", "llamagate", "lm_studio", "meta", "meta_llama", "minimax", "mistral", "modelscope",
  "monet", "moonshot", "morph", "nano-gpt", "nebius", "neosantara", "novita", "nscale", "nvidia_nim", "oobabooga", "openai", "openai_like",
  "openrouter", "ovhcloud", "parasail", "perplexity", "pinstripes", "poe", "publicai", "qwen_ai_platform", "qwencloud", "ragflow",
  "sagemaker_chat", "salad_cloud", "sambanova", "sarvam", "scaleway", "scx-ai", "snowflake", "synthetic", "tencent", "tensormesh",
  "text-completion-inception", "text-completion-openai", "together_ai", "v0", "veniceai", "vercel_ai_gateway", "volcengine", "wandb",
  "watsonx", "xai", "xiaomi_mimo", "xinference", "zai",
];
const beside = ["anthropic", "ollama", "ollama_chat", "vllm", "gateway", "mock"];

const settings = { aws_region_name: "us-east-1", region_name: "us-east-1", account_id: "acme", model: "a/model" };
const models = [
  "gpt-4o",
  "o3-mini",
  "gpt-5",
  "gpt-5.4",
  "gpt-3.5-turbo-instruct",
  "claude-sonnet-4-5",
  "vendor/some-model",
  "chat/1/m",
];

const all = [...providers.values()];

function* routesOf({ serves }: Provider): Generator<Route<"chat" | "embed" | "count">> {
  for (const served of Object.values(serves)) {
    for (const model of models) {
      const route = typeof served === "function" ? served(model, settings) : served;
      yield route;
      yield* route.also ?? [];
      yield* Object.values(route.forClients ?? {});
    }
  }
}

it("the rack holds every vendor that is wanted, and the few beside them", () => {
  expect([...providers.keys()].sort()).toEqual([...wanted, ...beside].sort());
});

it("no two vendors claim the same host", () => {
  const hosts = all.flatMap((provider) => provider.hosts ?? []);
  const twice = hosts.filter((host, at) => hosts.indexOf(host) !== at);
  // One account of AI21's under two names, and three of Inception's.
  expect(twice).toEqual(["api.ai21.com"]);
});

describe.each(all.map((provider) => [provider.id, provider] as const))("%s", (id, provider) => {
  it("is called by its own id, which can stand before a slash", () => {
    expect(providers.get(id)).toBe(provider);
    expect(id).toMatch(/^[a-z0-9][a-z0-9_-]*$/);
    expect(provider.name.length).toBeGreaterThan(1);
  });

  it("is reached by https, or on this machine, and without a key in the address", () => {
    const { baseUrl } = provider;
    if (baseUrl === undefined) return;
    expect(baseUrl).toMatch(/^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1)[:/]|mock:\/\/)/);
    expect(baseUrl).not.toMatch(/\/$|\?|@/);
  });

  it("names its environment as environments are named", () => {
    for (const name of [...provider.env.key, ...(provider.env.base ?? [])]) expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/);
    if (provider.auth.scheme === "bearer" || provider.auth.scheme === "header")
      expect(provider.env.key.length).toBeGreaterThan(0);
  });

  it("has paths that fill from the settings it says", () => {
    for (const route of routesOf(provider)) {
      for (const path of [route.path, route.streamPath ?? route.path]) {
        expect(path).toMatch(/^\//);
        expect(
          path.replace(/\{(\w+)\}/g, (_, name: string) => String(settings[name as keyof typeof settings])),
        ).not.toContain("undefined");
      }
    }
  });

  it("leaves a body alone that has nothing to adjust, and bears one that makes no sense", () => {
    for (const route of routesOf(provider)) {
      if (!route.adjust) continue;
      const about = { model: "some-model", settings, stream: false };
      const body = route.adjust({ model: "some-model", messages: [{ role: "user", content: "Hi" }] }, about);
      expect(route.adjust(body, about)).toEqual(body);
      for (const odd of [null, 1, "a", [], [null], {}, [{ role: 1, content: [null, 1, {}] }]])
        route.adjust(
          {
            model: odd,
            messages: odd,
            tools: odd,
            thinking: odd,
            response_format: odd,
            stop: odd,
            tool_choice: odd,
            output_config: odd,
            output_format: odd,
          },
          about,
        );
    }
  });
});

it("the page of docs is what the rack says", () => {
  const page = readFileSync(new URL("../../docs/providers.md", import.meta.url), "utf8");
  expect(page).toBe(providersPage(providers.values()));
});

describe("a vendor's accent", () => {
  const about = (model: string) => ({ model, settings, stream: false });
  const said = (name: string, body: object, client = "openai-chat") => {
    const [id = "", ...rest] = name.split("/");
    const model = rest.join("/");
    const served = providers.get(id)?.serves.chat;
    const route = typeof served === "function" ? served(model, settings) : served;
    const chosen = route?.forClients?.[client] ?? route;
    const leaving = { model, ...body };
    return chosen?.adjust?.(leaving, about(model)) ?? leaving;
  };
  const user = { role: "user", content: "Hi" };
  const tool = (more: object = {}) => ({
    type: "function",
    function: {
      name: "f",
      strict: true,
      parameters: { $schema: "x", type: "object", additionalProperties: false },
      ...more,
    },
  });

  it.each<[string, object, object]>([
    ["openai/o3-mini", { max_tokens: 64 }, { max_completion_tokens: 64 }],
    ["openai/gpt-4o", { max_tokens: 64 }, { max_tokens: 64 }],
    ["openai/gpt-4o", { stop: ["a", "b", "c", "d", "e"] }, { stop: ["a", "b", "c", "d"] }],
    [
      "openai/gpt-4o",
      { messages: [{ role: "developer", content: "x" }] },
      { messages: [{ role: "system", content: "x" }] },
    ],
    [
      "openai/gpt-5",
      { messages: [{ role: "developer", content: "x" }] },
      { messages: [{ role: "developer", content: "x" }] },
    ],
    [
      "openai/o1-mini",
      { messages: [{ role: "system", content: "x" }] },
      { messages: [{ role: "user", content: "x" }] },
    ],
    [
      "openai/gpt-4o",
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "image_url", image_url: { url: "data:", format: "image/png" } },
              { type: "image_url", image_url: "data:" },
            ],
          },
        ],
      },
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "image_url", image_url: { url: "data:" } },
              { type: "image_url", image_url: { url: "data:" } },
            ],
          },
        ],
      },
    ],
    [
      "openai/responses/gpt-4o",
      { input: "x", max_output_tokens: 3 },
      { model: "gpt-4o", input: "x", max_output_tokens: 16 },
    ],
    [
      "groq/m",
      { max_completion_tokens: 64, messages: [{ role: "assistant", content: null, tool_calls: [] }] },
      { max_tokens: 64, messages: [{ role: "assistant", tool_calls: [] }] },
    ],
    [
      "mistral/m",
      { seed: 1, tool_choice: "required", messages: [{ ...user, name: "ada" }], tools: [tool()] },
      {
        random_seed: 1,
        tool_choice: "any",
        messages: [user],
        tools: [tool({ parameters: { type: "object", additionalProperties: false } })],
      },
    ],
    ["deepseek/deepseek-chat", { reasoning_effort: "none" }, { thinking: { type: "disabled" } }],
    [
      "deepseek/deepseek-chat",
      {
        thinking: { type: "enabled", budget_tokens: 5 },
        messages: [
          {
            role: "assistant",
            content: [
              { type: "text", text: "a" },
              { type: "text", text: "b" },
            ],
          },
        ],
      },
      { thinking: { type: "enabled" }, messages: [{ role: "assistant", content: "ab", reasoning_content: " " }] },
    ],
    [
      "xai/grok-3",
      { web_search_options: {}, tools: [tool()] },
      {
        tools: [
          {
            type: "function",
            function: { name: "f", parameters: { $schema: "x", type: "object", additionalProperties: false } },
          },
        ],
      },
    ],
    [
      "openrouter/openai/gpt-4o",
      {
        messages: [{ role: "user", content: [{ type: "text", text: "a", cache_control: {} }] }],
        tools: [{ ...tool(), cache_control: {} }],
      },
      {
        messages: [{ role: "user", content: [{ type: "text", text: "a" }] }],
        tools: [tool()],
        usage: { include: true },
      },
    ],
    [
      "openrouter/anthropic/claude-sonnet-4.5",
      { messages: [{ ...user, cache_control: { type: "ephemeral" } }] },
      {
        messages: [{ role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }] }],
        usage: { include: true },
      },
    ],
    ["together_ai/m", { response_format: { type: "text" } }, {}],
    ["fireworks_ai/m", { tool_choice: "required" }, { model: "accounts/fireworks/models/m", tool_choice: "any" }],
    ["moonshot/kimi-k2", { temperature: 1.7, n: 1 }, { temperature: 1, n: 1 }],
    ["moonshot/kimi-k2", { temperature: 0, n: 2 }, { temperature: 0.3, n: 2 }],
    ["hosted_vllm/m", { thinking: { type: "enabled", budget_tokens: 6000 } }, { reasoning_effort: "medium" }],
    [
      "hosted_vllm/m",
      { tools: [tool()] },
      { tools: [{ type: "function", function: { name: "f", parameters: { $schema: "x", type: "object" } } }] },
    ],
    [
      "anthropic/claude-sonnet-4-5",
      { thinking: { type: "adaptive" }, output_config: { effort: "low", x: 1 } },
      { output_config: { x: 1 } },
    ],
    ["anthropic/claude-opus-4-5", { output_config: { effort: "low" } }, { output_config: { effort: "low" } }],
    [
      "anthropic/claude-opus-4-6",
      { thinking: { type: "enabled", budget_tokens: 2048 } },
      { thinking: { type: "enabled", budget_tokens: 2048 } },
    ],
    [
      "anthropic/claude-opus-5-5",
      { thinking: { type: "enabled", budget_tokens: 2048 } },
      { thinking: { type: "adaptive" }, output_config: { effort: "medium" } },
    ],
    [
      "watsonx/ibm/m",
      { messages: [user], tool_choice: "auto", stream: true },
      { model: undefined, model_id: "ibm/m", messages: [user], tool_choice_option: "auto" },
    ],
    ["ragflow/chat/1/m", { messages: [user] }, { model: "m", messages: [user] }],
    ["azure/o_series/mine", { max_tokens: 5 }, { model: "mine", max_completion_tokens: 5 }],
  ])("%s: %j", (name, body, expected) => {
    const model = name.slice(name.indexOf("/") + 1);
    expect(said(name, body)).toEqual({ model, ...expected });
  });

  it("asks OpenAI for sealed thoughts when a client of Anthropic's wants to send them back", () => {
    expect(said("openai/gpt-5", { input: "Hi" }, "anthropic-messages")).toMatchObject({
      include: ["reasoning.encrypted_content"],
    });
  });

  it("asks an old Claude for JSON by a tool, a newer one by its schema, and announces that", () => {
    const wanted = { output_format: { type: "json_schema", schema: { type: "object" } } };
    expect(said("anthropic/claude-3-5-sonnet-20241022", wanted)).toMatchObject({
      tool_choice: { name: "json_tool_call" },
    });
    expect(said("anthropic/claude-sonnet-4-5", wanted)).toMatchObject(wanted);
    const served = providers.get("anthropic")?.serves.chat;
    const route = typeof served === "function" ? served("claude-sonnet-4-5", {}) : served;
    expect(route?.adjustHeaders?.({}, wanted)).toEqual({ "anthropic-beta": "structured-outputs-2025-11-13" });
    expect(route?.adjustHeaders?.({ "anthropic-beta": "context-1m" }, wanted)).toEqual({
      "anthropic-beta": "context-1m,structured-outputs-2025-11-13",
    });
    const told = { "anthropic-beta": "structured-outputs-2026-01-01" };
    expect(route?.adjustHeaders?.(told, wanted)).toBe(told);
  });

  it.each([
    ["mine", {}, "/openai/deployments/mine/chat/completions?api-version=2025-02-01-preview"],
    ["mine", { api_version: "2024-10-21" }, "/openai/deployments/mine/chat/completions?api-version=2024-10-21"],
    ["a/../b", { api_version: "1&x=2" }, "/openai/deployments/a%2F..%2Fb/chat/completions?api-version=1%26x%3D2"],
    ["mine", { api_version: "v1" }, "/openai/v1/chat/completions"],
    ["mine", { api_version: "preview" }, "/openai/v1/chat/completions?api-version=preview"],
    ["responses/mine", { api_version: "2025-04-01-preview" }, "/openai/responses?api-version=2025-04-01-preview"],
    ["claude-opus-4-6", {}, "/anthropic/v1/messages"],
  ])("finds Azure's %s with %j at %s", (model, given, path) => {
    const served = providers.get("azure")?.serves.chat;
    expect(typeof served === "function" && served(model, given).path).toBe(path);
  });
});
