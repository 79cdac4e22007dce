/** The fields of a body that are for the gateway. */
import { describe, expect, it } from "vitest";
import { GatewayError } from "../canonical/error.ts";
import { controlsOf } from "./compat.ts";

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
