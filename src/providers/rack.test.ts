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
