/** What becomes of parameters that a model does not take. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../canonical/error.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { providers } from "./index.ts";
import { withoutPaths } from "./parameter-paths.ts";
import { type ParameterOccasion, parameterPolicy, supportedParameters } from "./parameters.ts";
import type { Parameters } from "./provider.ts";

const messages = [{ role: "user", content: "Hi" }];

function route(name: string) {
  const slash = name.indexOf("/");
  const provider = providers.get(name.slice(0, slash));
  const served = provider?.serves.chat;
  if (!served) throw new Error(name);
  return typeof served === "function" ? served(name.slice(slash + 1), {}) : served;
}

function occasion(name: string, more: Partial<ParameterOccasion> = {}): ParameterOccasion {
  const slash = name.indexOf("/");
  const served = route(name);
  return {
    deployment: {
      provider: name.slice(0, slash),
      model: name.slice(slash + 1),
      additionalDropParams: [],
      allowedParams: [],
    },
    route: served,
    clientFormat: "openai-chat",
    dropParams: false,
    controls: {},
    request: {},
    ...more,
  };
}

/** What is left of what a client of OpenAI's chat asks, before the vendor's adjustments. */
function left(name: string, asked: object, more: Partial<ParameterOccasion> = {}): Readonly<Record<string, unknown>> {
  const body = { model: "m", messages, ...asked };
  const about = occasion(name, more);
  const served = route(name);
  const request = openaiChat.request.decode(body);
  const leaving = served.format.id === "openai-chat" ? body : served.format.request.encode(request);
  return parameterPolicy(leaving, { ...about, request });
}

function refused(act: () => unknown): GatewayError {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a parameter that the model does not take", () => {
  it.each([
    ["openai/o3-mini", { temperature: 0.2 }, "temperature"],
    ["openai/o3-mini", { top_p: 0.5 }, "top_p"],
    ["openai/gpt-5", { temperature: 0.2 }, "temperature"],
    ["openai/gpt-5", { reasoning_effort: "none" }, "reasoning_effort"],
    ["openai/gpt-5.2", { reasoning_effort: "high", top_p: 0.4 }, "top_p"],
    ["anthropic/claude-sonnet-4-5", { n: 2 }, "n"],
    ["anthropic/claude-sonnet-4-5", { logprobs: true, top_logprobs: 1 }, "logprobs"],
    ["anthropic/claude-sonnet-4-5", { frequency_penalty: 0.5 }, "frequency_penalty"],
    ["anthropic/claude-sonnet-4-5", { logit_bias: { "1": 1 } }, "logit_bias"],
    ["anthropic/claude-sonnet-4-5", { seed: 1 }, "seed"],
    ["perplexity/sonar", { tools: [] }, "tools"],
    ["xai/grok-4", { stop: "x" }, "stop"],
    ["deepinfra/some-model", { tool_choice: "required" }, "tool_choice"],
    ["zai/glm-4.7", { seed: 1 }, "seed"],
  ])("is refused by name: %s %j", (name, asked, param) => {
    const error = refused(() => left(name, asked));
    expect(error).toMatchObject({ kind: "unsupported-parameter", status: 400, details: { param } });
    expect(error.message).toContain("drop_params");
  });

  it.each([
    ["openai/gpt-4o", { reasoning_effort: "low" }, "reasoning_effort"],
    ["openai/gpt-4o", { verbosity: "low" }, "verbosity"],
    ["groq/llama-3.3-70b-versatile", { reasoning_effort: "low" }, "reasoning_effort"],
    ["xai/grok-3", { reasoning_effort: "low" }, "reasoning_effort"],
  ])("is refused where the catalogue knows that the model cannot: %s %j", (name, asked, param) => {
    expect(refused(() => left(name, asked, { supports: ["vision"] })).details.param).toBe(param);
    expect(left(name, asked)).toMatchObject(asked);
    expect(left(name, asked, { supports: ["reasoning", "verbosity"] })).toMatchObject(asked);
  });

  it("is dropped when the operator, the deployment or the client says so, the nearest word counting", () => {
    const asked = { temperature: 0.2, top_p: 0.5, logprobs: true };
    const bare = { model: "m", messages };
    expect(left("openai/o3-mini", asked, { dropParams: true })).toEqual(bare);
    expect(left("openai/o3-mini", asked, { controls: { dropParams: true } })).toEqual(bare);
    const { deployment } = occasion("openai/o3-mini");
    expect(left("openai/o3-mini", asked, { deployment: { ...deployment, dropParams: true } })).toEqual(bare);
    expect(() => left("openai/o3-mini", asked, { dropParams: true, controls: { dropParams: false } })).toThrow(
      GatewayError,
    );
    const keeps = { ...deployment, dropParams: false };
    expect(() => left("openai/o3-mini", asked, { dropParams: true, deployment: keeps })).toThrow(GatewayError);
  });

  it("is sent all the same when it is allowed", () => {
    expect(
      left("openai/o3-mini", { temperature: 0.2 }, { controls: { allowedParams: ["temperature"] } }),
    ).toMatchObject({ temperature: 0.2 });
    expect(left("anthropic/claude-sonnet-4-5", { seed: 3 }, { controls: { allowedParams: ["seed"] } })).toMatchObject({
      seed: 3,
    });
    const { deployment } = occasion("anthropic/claude-sonnet-4-5");
    expect(
      left("anthropic/claude-sonnet-4-5", { seed: 3 }, { deployment: { ...deployment, allowedParams: ["seed"] } }),
    ).toMatchObject({ seed: 3 });
  });

  it("is nothing to speak of when it says what goes without saying", () => {
    expect(left("anthropic/claude-sonnet-4-5", { n: 1, user: "ada", temperature: 0.5 })).toMatchObject({
      temperature: 0.5,
    });
    expect(left("openai/gpt-5", { temperature: 1, stop: null })).toMatchObject({ temperature: 1 });
    expect(left("mistral/mistral-large-latest", { user: "ada" })).not.toHaveProperty("user");
  });
});

it("what nobody knows is the vendor's own and passes", () => {
  const asked = { frobnicate: { level: 3 }, min_p: 0.1, top_k: 40 };
  for (const name of [
    "openai/gpt-4o",
    "openai/gpt-5",
    "groq/some-model",
    "mistral/some-model",
    "hosted_vllm/some-model",
  ])
    expect(left(name, asked)).toMatchObject(asked);
});

it("a body with nothing to drop is the same object", () => {
  const body = { model: "m", messages, temperature: 0.5, max_tokens: 5 };
  expect(parameterPolicy(body, occasion("openai/gpt-4o"))).toBe(body);
  expect(parameterPolicy(body, occasion("hosted_vllm/some-model"))).toBe(body);
});

it("a client of another language is held to what would leave", () => {
  const body = { model: "m", input: "Hi", reasoning: { effort: "low" } };
  const served = route("openai/responses/gpt-4o");
  const about = occasion("openai/gpt-4o", { route: served, clientFormat: "anthropic-messages", supports: ["vision"] });
  expect(refused(() => parameterPolicy(body, about)).details.param).toBe("reasoning");
  expect(parameterPolicy(body, { ...about, dropParams: true })).toEqual({ model: "m", input: "Hi" });
});

it("the list of what a model takes is in the order of OpenAI's own", () => {
  const parameters: Parameters = { only: new Set(["tools", "temperature"]), needs: { tools: "function_calling" } };
  expect(supportedParameters(parameters, undefined)).toEqual(["temperature", "tools"]);
  expect(supportedParameters(parameters, [])).toEqual(["temperature"]);
  expect(supportedParameters(undefined, [])).toContain("logit_bias");
});

describe("fields named for dropping", () => {
  const body = {
    seed: 1,
    metadata: { trace: "a", keep: 1 },
    tools: [
      { name: "a", input_examples: [1], schema: { strict: true } },
      { name: "b", input_examples: [2] },
    ],
    stop: ["x", "y"],
  };

  it.each<[string, object]>([
    ["seed", { ...body, seed: undefined }],
    ["metadata.trace", { ...body, metadata: { keep: 1 } }],
    ["tools[*].input_examples", { ...body, tools: [{ name: "a", schema: { strict: true } }, { name: "b" }] }],
    ["tools[0].schema.strict", { ...body, tools: [{ name: "a", input_examples: [1], schema: {} }, body.tools[1]] }],
    ["stop[0]", { ...body, stop: ["y"] }],
    ["stop[*]", { ...body, stop: [] }],
  ])("%s", (path, expected) => {
    expect(withoutPaths(body, [path])).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  it.each([
    "nothing",
    "seed.deeper",
    "tools[9].name",
    "tools[x]",
    "tools.name",
    "[0]",
    "",
    ".",
    "a..b",
    "stop[-1]",
    "__proto__.x",
    "constructor.prototype",
  ])("%s leads nowhere, and the body stays the same", (path) => {
    expect(withoutPaths(body, [path])).toBe(body);
  });

  it("never throws, and never changes what it was given, whatever the path", () => {
    const before = JSON.stringify(body);
    fc.assert(
      fc.property(fc.string(), (path) => {
        withoutPaths(body, [path, `tools${path}`, `tools[*].${path}`]);
        expect(JSON.stringify(body)).toBe(before);
      }),
    );
  });

  it("go by the deployment's word and the client's, under the vendor's name for them too", () => {
    const { deployment } = occasion("openai/gpt-4o");
    expect(
      left(
        "openai/gpt-4o",
        { temperature: 0.2, seed: 1, top_p: 1 },
        {
          deployment: { ...deployment, additionalDropParams: ["temperature"] },
          controls: { additionalDropParams: ["seed"] },
        },
      ),
    ).toEqual({ model: "m", messages, top_p: 1 });
    expect(
      left("anthropic/claude-sonnet-4-5", { stop: "END" }, { controls: { additionalDropParams: ["stop"] } }),
    ).not.toHaveProperty("stop_sequences");
  });
});

it("what a client of the Responses API says on every call is dropped in silence where the vendor has no use for it", () => {
  const body = { model: "m", messages, store: false, prompt_cache_key: "k" };
  const about = occasion("mistral/some-model", { clientFormat: "openai-responses" });
  expect(parameterPolicy(body, about)).toEqual({ model: "m", messages });
  expect(refused(() => parameterPolicy(body, { ...about, clientFormat: "openai-chat" })).details.param).toBe("store");
});
