/** The fields of a body that are for the gateway. */
import { describe, expect, it } from "vitest";
import { GatewayError } from "../canonical/error.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { controlsOf, withErrorClass } from "./compat.ts";

const read = (body: Readonly<Record<string, unknown>>, format = "openai-chat") => controlsOf(body, format, {});

function refusal(body: Readonly<Record<string, unknown>>): GatewayError {
  try {
    read(body);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("a client", () => {
  it("steers its call, by fields that do not travel on", () => {
    expect(
      read({ model: "m", drop_params: true, num_retries: 99, mock_response: "x", cache: { ttl: 5 } }),
    ).toMatchObject({
      fields: ["drop_params", "num_retries", "mock_response", "cache"],
      dropParams: true,
      retries: 10,
      cache: { ttl: 5 },
    });
  });

  it("has metadata of its own only where its language knows none", () => {
    const metadata = { tags: ["a"] };
    expect(read({ metadata })).toMatchObject({ fields: ["metadata"], tags: ["a"] });
    expect(read({ metadata }, "anthropic-messages").fields).toEqual([]);
  });

  it("does not order failures", () => {
    for (const name of ["mock_timeout", "mock_testing_fallbacks", "mock_testing_rate_limit_error"]) {
      expect(refusal({ [name]: true })).toMatchObject({ status: 400, details: { param: name } });
      for (const not of [false, null]) expect(read({ [name]: not }).fields).toEqual([name]);
    }
  });

  it("does not choose where the operator's keys travel to", () => {
    for (const name of ["api_base", "base_url", "api_key", "user_config"])
      expect(refusal({ [name]: "https://elsewhere.example" })).toMatchObject({ status: 400, details: { param: name } });
  });

  it("takes nothing out that budgets and guardrails have looked at", () => {
    const name = "additional_drop_params";
    for (const path of ["max_tokens", "max_completion_tokens", "n", "messages[0].content[1]", "input[0]", "system"])
      expect(refusal({ [name]: ["seed", path] })).toMatchObject({ status: 400, details: { param: name } });
    const paths = ["seed", "tools[*].strict", "metadata.trace", "maximum"];
    expect(read({ [name]: paths }).additionalDropParams).toEqual(paths);
  });

  it("is told which field is of the wrong kind", () => {
    for (const [name, value] of [
      ["timeout", Number.NaN],
      ["num_retries", -1],
      ["tags", [1]],
      ["drop_params", "yes"],
    ] as const)
      expect(refusal({ [name]: value }).details.param).toBe(name);
    expect(refusal({ cache: { ttl: "5" } }).details.param).toBe("cache.ttl");
  });
});

describe("an error", () => {
  const told = (error: GatewayError) =>
    (withErrorClass(openaiChat.error.encode(error), error) as { error: Record<string, unknown> }).error;

  it.each([
    [400, "prompt is too long: 203431 tokens > 200000 maximum", "litellm.ContextWindowExceededError"],
    [400, "the prompt triggered the content management policy", "litellm.ContentPolicyViolationError"],
    [404, "no such model", "litellm.NotFoundError"],
  ])("of a vendor names the exception that LiteLLM's SDK makes of it: %i %s", (status, message, name) => {
    const error = openaiChat.error.decode(status, { error: { message } });
    expect(told(error)).toMatchObject({ message, provider_specific_fields: { error_class: name } });
  });

  it("whose status says it all, or which is the gateway's own, has no more fields than OpenAI's", () => {
    for (const error of [
      openaiChat.error.decode(429, { error: { message: "slow down" } }),
      openaiChat.error.decode(400, { error: { message: "bad" } }),
      new GatewayError("content-blocked", "gateway", "a guardrail said no"),
      new GatewayError("not-found", "client", "there is nothing here"),
    ])
      expect(Object.keys(told(error))).toEqual(["message", "type", "param", "code"]);
  });

  it("of a window that the gateway itself found too small names its exception too", () => {
    const error = new GatewayError("context-too-long", "gateway", "too long");
    expect(told(error)).toMatchObject({
      provider_specific_fields: { error_class: "litellm.ContextWindowExceededError" },
    });
  });

  it("tells what a filter found where both kinds of clients look for it", () => {
    const content_filter_result = { violence: { filtered: true, severity: "medium" } };
    const innererror = { code: "ResponsibleAIPolicyViolation", content_filter_result };
    const error = openaiChat.error.decode(400, {
      error: { message: "filtered", code: "content_filter", innererror: { ...innererror, trace: "sk-operator" } },
    });
    expect(told(error)).toMatchObject({
      innererror,
      provider_specific_fields: { innererror, error_class: "litellm.ContentPolicyViolationError" },
    });
    expect(JSON.stringify(told(error))).not.toContain("sk-operator");
  });

  it("in Anthropic's envelope stays as Anthropic says it", () => {
    const error = anthropicMessages.error.decode(404, {
      type: "error",
      error: { type: "not_found_error", message: "no" },
    });
    const body = anthropicMessages.error.encode(error);
    expect(withErrorClass(body, error)).toBe(body);
  });
});
