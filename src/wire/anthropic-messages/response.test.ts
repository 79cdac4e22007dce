/** Whole answers and errors, as they should be and as they should not. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../../canonical/error.ts";
import { anthropicCount } from "../anthropic-count/index.ts";
import { anthropicMessages } from "./index.ts";

const { response, error } = anthropicMessages;
const occasion = { now: 0, id: "fresh1" };

describe("a whole answer", () => {
  it("has what an Anthropic client needs, whoever answered", () => {
    const parts = [
      { type: "reasoning", text: "hm" },
      { type: "text", text: "Hi" },
    ] as const;
    const usage = { input: 21, audioInput: 2, output: 9, reasoning: 10 };
    expect(
      response.encode(
        {
          id: "resp_1",
          model: "m",
          choices: [{ parts, finish: "length" }],
          usage,
          serviceTier: "default",
          extra: { system_fingerprint: "fp" },
        },
        occasion,
      ),
    ).toEqual({
      id: "msg_fresh1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [
        { type: "thinking", thinking: "hm", signature: "" },
        { type: "text", text: "Hi" },
      ],
      stop_reason: "max_tokens",
      stop_sequence: null,
      stop_details: null,
      usage: {
        input_tokens: 23,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        output_tokens: 19,
        output_tokens_details: { thinking_tokens: 10 },
      },
    });
  });

  it.each([undefined, null, "<html>", 7, [], {}, { content: "x" }])("%j is no answer", (body) => {
    expect(() => response.decode(body)).toThrow(expect.objectContaining({ kind: "bad-gateway", source: "upstream" }));
  });

  it("an error that came with a good status is an error", () => {
    const body = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    expect(() => response.decode(body)).toThrow(expect.objectContaining({ kind: "overloaded" }));
  });

  it("no JSON makes it throw anything but a gateway's error", () => {
    const block = fc.dictionary(
      fc.constantFrom("type", "text", "citations", "input", "name", "thinking", "data"),
      fc.oneof(fc.jsonValue(), fc.constantFrom("text", "tool_use", "thinking", "redacted_thinking")),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record({
            content: fc.array(fc.oneof(block, fc.jsonValue())),
            usage: fc.jsonValue(),
            stop_reason: fc.jsonValue(),
            id: fc.jsonValue(),
          }),
        ),
        (body) => {
          try {
            response.encode(response.decode(body), occasion);
          } catch (failure) {
            expect(failure).toBeInstanceOf(GatewayError);
          }
        },
      ),
    );
  });
});

describe("an error", () => {
  it("of a thread that nobody can hold lets the SDKs go on without one", () => {
    expect(error.encode(new GatewayError("invalid-request", "client", "no threads", { param: "thread" }))).toEqual({
      type: "error",
      error: {
        type: "invalid_request_error",
        message: "no threads",
        details: { error_code: "thread_unsupported_request", unsupported: ["model"] },
      },
    });
    const other = error.encode(new GatewayError("invalid-request", "client", "no", { param: "tools" }));
    expect(other).toEqual({ type: "error", error: { type: "invalid_request_error", message: "no" } });
  });

  const said = (status: number, type: string, message = "no") =>
    error.decode(status, { type: "error", error: { type, message } });

  it.each([
    [400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum", "context-too-long"],
    [400, "invalid_request_error", "input length and `max_tokens` exceed context limit: 9 + 9 > 8", "context-too-long"],
    [400, "invalid_request_error", "Output blocked by content filtering policy", "content-blocked"],
    [400, "invalid_request_error", "no", "invalid-request"],
    [401, "authentication_error", "no", "unauthenticated"],
    [402, "billing_error", "no", "forbidden"],
    [403, "permission_error", "no", "forbidden"],
    [404, "not_found_error", "no", "not-found"],
    [413, "request_too_large", "no", "too-large"],
    [422, "invalid_request_error", "no", "unprocessable"],
    [429, "rate_limit_error", "no", "rate-limited"],
    [500, "api_error", "no", "internal"],
    [503, "api_error", "no", "overloaded"],
    [504, "timeout_error", "no", "timeout"],
    [529, "overloaded_error", "no", "overloaded"],
  ])("%i %s (%s) is %s and keeps its status", (status, type, message, kind) => {
    expect(said(status, type, message)).toMatchObject({ kind, status, message, source: "upstream" });
  });

  it("a proxy's page is told by its beginning", () => {
    const failure = error.decode(502, `<html>${"x".repeat(9000)}`);
    expect(failure).toMatchObject({ kind: "bad-gateway", status: 502 });
    expect(failure.message.length).toBeLessThanOrEqual(2000);
    expect(error.decode(500, undefined).message).toBe("the provider returned status 500");
  });

  it.each([
    [new GatewayError("invalid-request", "client", "no"), "invalid_request_error"],
    [new GatewayError("unauthenticated", "client", "no"), "authentication_error"],
    [new GatewayError("forbidden", "client", "no"), "permission_error"],
    [new GatewayError("too-large", "client", "no"), "request_too_large"],
    [new GatewayError("budget-exceeded", "gateway", "no"), "rate_limit_error"],
    [new GatewayError("overloaded", "upstream", "no", { status: 529 }), "overloaded_error"],
    [new GatewayError("bad-gateway", "upstream", "no"), "api_error"],
    [new GatewayError("internal", "gateway", "no"), "api_error"],
    [
      new GatewayError("rate-limited", "upstream", "no", {
        words: { format: "another", body: { error: { type: "x" } } },
      }),
      "rate_limit_error",
    ],
  ])("%o is told as %s", (failure, type) => {
    expect(error.encode(failure)).toEqual({ type: "error", error: { type, message: "no" } });
  });
});

describe("the counter", () => {
  const asked = {
    model: "m",
    system: "Be brief.",
    messages: [{ role: "user", content: "Hi" }],
    tools: [{ name: "a", input_schema: { type: "object" } }],
  };

  it("needs no limit of tokens and sends none", () => {
    const { request } = anthropicCount;
    expect(request.encode(request.decode({ ...asked, temperature: 1, stop_sequences: ["x"] }))).toEqual({
      model: "m",
      system: [{ type: "text", text: "Be brief." }],
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
      tools: asked.tools,
    });
  });

  it("takes what the fixture asks", () => {
    const path = new URL("../../../fixtures/anthropic-messages/count-tokens/", import.meta.url);
    const json = (file: string): unknown => JSON.parse(readFileSync(new URL(file, path), "utf8"));
    const { request, response: counted } = anthropicCount;
    const understood = request.decode(json("request.json"));
    expect(request.decode(request.encode(understood))).toEqual(understood);
    expect(counted.decode(json("response.json"))).toEqual({ inputTokens: 403, source: "vendor" });
  });

  it("reads the count, or says that there is none", () => {
    expect(anthropicCount.response.decode({ input_tokens: 403 })).toEqual({ inputTokens: 403, source: "vendor" });
    expect(anthropicCount.response.encode({ inputTokens: 4, source: "estimate" }, occasion)).toEqual({
      input_tokens: 4,
    });
    for (const body of [{}, null, { input_tokens: "4" }, { input_tokens: -1 }])
      expect(() => anthropicCount.response.decode(body)).toThrow(expect.objectContaining({ kind: "bad-gateway" }));
  });
});
