/** Whole answers: what vendors say, and what a chat client gets of answers that were made in other languages. */
import { describe, expect, it } from "vitest";
import type { ChatResponse } from "../../canonical/chat.ts";
import { GatewayError } from "../../canonical/error.ts";
import type { Part } from "../../canonical/part.ts";
import type { Usage } from "../../canonical/usage.ts";
import { openaiChat } from "./index.ts";
import { decodeUsage, encodeUsage } from "./usage.ts";

const { decode, encode } = openaiChat.response;
const occasion = { now: 1_700_000_000, id: "fresh" };
const answered = (parts: readonly Part[], more: Partial<ChatResponse> = {}) =>
  encode({ id: "x", model: "m", choices: [{ parts, finish: "stop" }], ...more }, occasion) as {
    choices: { message: Record<string, unknown>; finish_reason: string }[];
    usage?: Record<string, unknown>;
  } & Record<string, unknown>;
const message = (parts: readonly Part[]) => answered(parts).choices[0]?.message;
const read = (words: object, choice: object = {}) =>
  decode({
    id: "x",
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", ...words }, finish_reason: "stop", ...choice }],
  });

describe("an answer of another language", () => {
  it("shows its thoughts as text, and as blocks with their seals", () => {
    const block = { type: "thinking", thinking: "hm", signature: "s" };
    const redacted = { type: "redacted_thinking", data: "x" };
    expect(
      message([
        { type: "reasoning", text: "hm", signature: "s" },
        { type: "reasoning", text: "", redacted: "x" },
        { type: "text", text: "Hi." },
      ]),
    ).toEqual({
      role: "assistant",
      content: "Hi.",
      reasoning_content: "hm",
      thinking_blocks: [block, redacted],
      provider_specific_fields: { thinking_blocks: [block, redacted] },
    });
  });

  it("has no content where it only calls tools, and brings a seal in the call's id", () => {
    expect(message([{ type: "tool-call", id: "c1", name: "f", input: "{}", signature: "S" }])).toEqual({
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c1__thought__S", type: "function", function: { name: "f", arguments: "{}" } }],
    });
  });

  it("shows citations with an address as annotations, and all in their own words", () => {
    const web = { type: "web_search_result_location", url: "https://a.example/", title: "A", cited_text: "a" };
    const page = { type: "char_location", document_index: 0, cited_text: "b" };
    const cited = message([
      { type: "text", text: "One. " },
      {
        type: "text",
        text: "Two.",
        citations: [
          { format: "f", words: web },
          { format: "f", words: page },
        ],
      },
    ]);
    expect(cited).toMatchObject({
      content: "One. Two.",
      annotations: [
        { type: "url_citation", url_citation: { url: "https://a.example/", title: "A", start_index: 5, end_index: 9 } },
      ],
      provider_specific_fields: { citations: [[web, page]] },
    });
  });

  it.each([
    ["msg_1", "chatcmpl-fresh"],
    ["resp_1", "chatcmpl-fresh"],
    ["", "chatcmpl-fresh"],
    ["gen-1", "gen-1"],
  ])("with the id %j is called %s", (id, wanted) => expect(answered([], { id })["id"]).toBe(wanted));

  it.each([
    ["length", "length"],
    ["tool-calls", "tool_calls"],
    ["content-filter", "content_filter"],
    ["refusal", "content_filter"],
    ["pause", "stop"],
    ["other", "stop"],
  ] as const)("that finished by %s is told as %s", (finish, word) =>
    expect(answered([], { choices: [{ parts: [], finish }] }).choices[0]?.finish_reason).toBe(word),
  );

  it("tells a tier that this language has no word for in the usage", () => {
    const usage = { input: 1, output: 1 };
    expect(answered([], { usage, serviceTier: "standard" })).toMatchObject({ usage: { service_tier: "standard" } });
    expect(answered([], { usage, serviceTier: "standard" })["service_tier"]).toBeUndefined();
    expect(answered([], { usage, serviceTier: "flex" })["service_tier"]).toBe("flex");
  });
});

describe("a vendor's answer", () => {
  it("that stopped with calls stopped for them", () => {
    const call = { id: "c", type: "function", function: { name: "f", arguments: { a: 1 } } };
    expect(read({ content: "", tool_calls: [call] }).choices[0]).toEqual({
      parts: [{ type: "tool-call", id: "c", name: "f", input: '{"a":1}' }],
      finish: "tool-calls",
    });
  });

  it("keeps what it says beside the known fields", () => {
    expect(decode({ ...answered([]), citations: ["u"], system_fingerprint: "fp" }).extra).toEqual({
      citations: ["u"],
      system_fingerprint: "fp",
    });
  });

  it("tells the sequence that ended it, where the host does", () =>
    expect(read({ content: "a" }, { stop_reason: "END" }).choices[0]?.stopSequence).toBe("END"));

  it.each([[{}], [[]], ["<html>"], [null], [{ choices: [] }], [{ choices: "x" }]])(
    "without a choice is none: %j",
    (body) => expect(() => decode(body)).toThrow(GatewayError),
  );

  it("with status 200 may be an error all the same", () => {
    expect(() => decode({ error: { message: "Provider returned error", code: 502 } })).toThrow(
      expect.objectContaining({ kind: "bad-gateway", message: "Provider returned error", source: "upstream" }),
    );
  });
});

describe("usage", () => {
  const full: Usage = {
    input: 1,
    cacheRead: 2,
    cacheWrite: 3,
    cacheWriteLong: 4,
    audioInput: 5,
    imageInput: 6,
    output: 7,
    reasoning: 8,
    audioOutput: 9,
    imageOutput: 10,
    acceptedPrediction: 1,
    rejectedPrediction: 2,
    serverTools: { web_search: 3 },
  };

  it("is told so that every bucket can be read again", () => {
    expect(encodeUsage(full)).toMatchObject({ prompt_tokens: 21, completion_tokens: 34, total_tokens: 55 });
    expect(decodeUsage(encodeUsage(full))).toEqual(full);
  });

  it.each([
    [
      "cached in the prompt",
      { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 4 } },
      { input: 6, cacheRead: 4, output: 1 },
    ],
    [
      "hits beside it",
      { prompt_tokens: 10, completion_tokens: 1, prompt_cache_hit_tokens: 4 },
      { input: 6, cacheRead: 4, output: 1 },
    ],
    [
      "thoughts inside",
      { prompt_tokens: 1, completion_tokens: 9, total_tokens: 10, completion_tokens_details: { reasoning_tokens: 8 } },
      { input: 1, output: 1, reasoning: 8 },
    ],
    [
      "thoughts beside",
      {
        prompt_tokens: 32,
        completion_tokens: 5,
        total_tokens: 231,
        completion_tokens_details: { reasoning_tokens: 194 },
      },
      { input: 32, output: 5, reasoning: 194 },
    ],
    [
      "thoughts only in the total",
      { prompt_tokens: 50, completion_tokens: 15, total_tokens: 165 },
      { input: 50, output: 15, reasoning: 100 },
    ],
    ["nonsense", { prompt_tokens: -5, completion_tokens: "x", prompt_tokens_details: 7 }, { input: 0, output: 0 }],
    [
      "more details than total",
      { prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 9 } },
      { input: 0, cacheRead: 9, output: 1 },
    ],
  ])("is read with %s", (_, words, usage) => expect(decodeUsage(words)).toEqual(usage));

  it("that nobody told is none", () => expect(decodeUsage(null)).toBeUndefined());
});

describe("errors", () => {
  const { error } = openaiChat;

  it.each([
    [400, { error: { message: "m", code: "context_length_exceeded" } }, "context-too-long"],
    [400, { error: { message: "This model's maximum context length is 5" } }, "context-too-long"],
    [400, { error: { message: "m", code: "content_policy_violation" } }, "content-blocked"],
    [400, { error: { message: "m", innererror: { code: "ResponsibleAIPolicyViolation" } } }, "content-blocked"],
    [429, { error: { message: "m", code: "insufficient_quota" } }, "rate-limited"],
    [401, { error: { message: "m", type: "invalid_request_error" } }, "unauthenticated"],
    [500, { error: { message: "maximum context length" } }, "internal"],
    [422, { detail: [{ loc: ["body", "messages"], msg: "field required" }] }, "unprocessable"],
    [502, "<html>Bad Gateway</html>", "bad-gateway"],
    [529, undefined, "overloaded"],
  ])("of status %i are understood: %j", (status, body, kind) => {
    const failure = error.decode(status, body);
    expect(failure).toMatchObject({ kind, status, source: "upstream" });
    expect(failure.details.words).toEqual({ format: "openai-chat", body });
  });

  it.each([
    [400, "invalid_request_error"],
    [401, "authentication_error"],
    [403, "permission_error"],
    [429, "throttling_error"],
    [503, "internal_server_error"],
  ])("of status %i are told as %s, the status being the code", (status, type) =>
    expect(error.encode(error.decode(status, { error: { message: "m", code: "x", param: "p" } }))).toEqual({
      error: { message: "m", type, param: "p", code: String(status) },
    }),
  );

  it("of the gateway's own keep the words that it chose", () => {
    const failure = new GatewayError("not-found", "gateway", "m", { code: "model_not_found", type: "t" });
    expect(error.encode(failure)).toEqual({ error: { message: "m", type: "t", param: null, code: "model_not_found" } });
  });
});
