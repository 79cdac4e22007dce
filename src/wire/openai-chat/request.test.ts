/** What clients send, in all its spellings, and what is refused with the path of the field at fault. */
import { describe, expect, it } from "vitest";
import type { ChatRequest, Message } from "../../canonical/chat.ts";
import { GatewayError } from "../../canonical/error.ts";
import { openaiChat } from "./index.ts";

const { decode, encode } = openaiChat.request;
const hello = { role: "user", content: "Hi" };
const read = (fields: object): ChatRequest => decode({ model: "m", messages: [hello], ...fields });
const message = (words: object): Message | undefined => decode({ model: "m", messages: [words] }).messages[0];
const said = (parts: Message["parts"], role: Message["role"] = "user"): unknown => {
  const { messages } = encode({ model: "m", stream: false, messages: [{ role, parts }] }) as { messages: unknown[] };
  return messages.length === 1 ? messages[0] : messages;
};

describe("parts of content", () => {
  it.each([
    [
      { type: "image_url", image_url: "https://a/b.png" },
      { type: "image", source: { kind: "url", url: "https://a/b.png" } },
    ],
    [
      { type: "image_url", image_url: { url: "data:image/png;base64,QUJD", detail: "low" } },
      { type: "image", source: { kind: "data", mediaType: "image/png", data: "QUJD" }, detail: "low" },
    ],
    [
      { type: "input_audio", input_audio: { data: "QUJD", format: "mp3" } },
      { type: "audio", source: { kind: "data", mediaType: "audio/mpeg", data: "QUJD" } },
    ],
    [
      { type: "file", file: { file_data: "data:application/pdf;base64,QUJD", filename: "a.pdf" } },
      { type: "document", source: { kind: "data", mediaType: "application/pdf", data: "QUJD" }, name: "a.pdf" },
    ],
    [
      { type: "file", file: { file_id: "file-1" } },
      { type: "document", source: { kind: "file", id: "file-1" } },
    ],
    [
      { type: "file", file: { file_id: "gs://b/c.pdf", format: "application/pdf" } },
      { type: "document", source: { kind: "url", url: "gs://b/c.pdf", mediaType: "application/pdf" } },
    ],
    [
      { type: "video_url", video_url: { url: "https://a/b.mp4" } },
      { type: "video", source: { kind: "url", url: "https://a/b.mp4" } },
    ],
    [
      { type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } },
      { type: "text", text: "a", cache: { ttl: "1h" } },
    ],
    [
      { type: "hologram", x: 1 },
      { type: "opaque", format: "openai-chat", words: { type: "hologram", x: 1 } },
    ],
  ])("%j", (words, part) => {
    expect(message({ role: "user", content: [words] })?.parts).toEqual([part]);
    const again = encode(decode({ model: "m", messages: [{ role: "user", content: [words] }] }));
    expect(decode(again).messages[0]?.parts).toEqual([part]);
  });
});

it("keeps a mark that stands at a message for the message's end", () => {
  const parts = message({ role: "system", content: "Long.", cache_control: { type: "ephemeral" } })?.parts;
  expect(parts).toEqual([{ type: "text", text: "Long.", cache: {} }]);
});

it("reads an assistant's earlier turn, thoughts first", () => {
  const words = {
    role: "assistant",
    content: null,
    thinking_blocks: [
      { type: "thinking", thinking: "hm", signature: "s" },
      { type: "redacted_thinking", data: "x" },
    ],
    reasoning_content: "hm",
    refusal: "no",
    audio: { id: "audio_1" },
    tool_calls: [
      { id: "c1", type: "function", function: { name: "f", arguments: "{}" } },
      { id: "c2", type: "custom", custom: { name: "g", input: "free" } },
    ],
  };
  expect(message(words)?.parts).toEqual([
    { type: "reasoning", text: "hm", signature: "s" },
    { type: "reasoning", text: "", redacted: "x" },
    { type: "refusal", text: "no" },
    { type: "audio", source: { kind: "file", id: "audio_1" }, id: "audio_1" },
    { type: "tool-call", id: "c1", name: "f", input: "{}" },
    { type: "tool-call", id: "c2", name: "g", input: "free", custom: true },
  ]);
  expect(said(message(words)?.parts ?? [], "assistant")).toEqual(words);
});

it("puts results that follow each other into one turn, and takes the seal from a call's id", () => {
  const { messages } = decode({
    model: "m",
    messages: [
      { role: "tool", tool_call_id: "c1__thought__SEAL", content: "a" },
      { role: "tool", tool_call_id: "c2", content: [{ type: "text", text: "b" }] },
      hello,
      { role: "function", name: "f", content: "c" },
    ],
  });
  expect(messages.map(({ parts }) => parts.map((part) => (part.type === "tool-result" ? part.id : part.type)))).toEqual(
    [["c1", "c2"], ["text"], ["f"]],
  );
  const sealed = message({
    role: "assistant",
    tool_calls: [{ id: "c1__thought__SEAL", type: "function", function: { name: "f", arguments: "{}" } }],
  });
  expect(sealed?.parts).toEqual([{ type: "tool-call", id: "c1", name: "f", input: "{}", signature: "SEAL" }]);
});

it("says results before the words that came with them, and pictures in a result after", () => {
  const picture = { type: "image", source: { kind: "url", url: "https://a/b.png" } } as const;
  const words = said([
    { type: "text", text: "See." },
    { type: "tool-result", id: "c1", parts: [{ type: "text", text: "ok" }, picture] },
    { type: "tool-result", id: "c2", parts: [] },
  ]);
  expect(words).toEqual([
    { role: "tool", tool_call_id: "c1", content: "ok" },
    { role: "tool", tool_call_id: "c2", content: "" },
    {
      role: "user",
      content: [
        { type: "image_url", image_url: { url: "https://a/b.png" } },
        { type: "text", text: "See." },
      ],
    },
  ]);
});

describe("settings", () => {
  it.each([
    [{ max_tokens: 5, max_completion_tokens: 7 }, { maxTokens: 7 }],
    [{ stop: "a" }, { stop: ["a"] }],
    [{ stop: ["a", "b"] }, { stop: ["a", "b"] }],
    [{ logprobs: true, top_logprobs: 3 }, { logprobs: { top: 3 } }],
    [{ logprobs: false }, {}],
    [{ n: 2 }, { choices: 2 }],
    [{ reasoning_effort: "low" }, { reasoning: { effort: "low" } }],
    [{ reasoning_effort: { effort: "high", summary: "auto" } }, { reasoning: { effort: "high", summary: "auto" } }],
    [{ thinking: { type: "enabled", budget_tokens: 1024 } }, { reasoning: { mode: "enabled", budget: 1024 } }],
    [{ response_format: { type: "json_object" } }, { output: { type: "json" } }],
    [{ response_format: { type: "grammar", g: 1 } }, { extra: { response_format: { type: "grammar", g: 1 } } }],
    [{ tool_choice: "any" }, { toolChoice: { type: "required" } }],
    [{ tool_choice: { type: "function", function: { name: "f" } } }, { toolChoice: { type: "tool", name: "f" } }],
    [{ function_call: { name: "f" } }, { toolChoice: { type: "tool", name: "f" } }],
    [{ functions: [{ name: "f" }] }, { tools: [{ type: "function", name: "f" }] }],
    [
      {
        tool_choice: {
          type: "allowed_tools",
          allowed_tools: { mode: "auto", tools: [{ type: "function", function: { name: "f" } }] },
        },
      },
      { toolChoice: { type: "allowed", names: ["f"], required: false } },
    ],
    [
      {
        web_search_options: {
          search_context_size: "low",
          user_location: { type: "approximate", approximate: { city: "Oslo" } },
        },
      },
      { webSearch: { contextSize: "low", location: { type: "approximate", city: "Oslo" } } },
    ],
    [{ metadata: { a: "b", tags: ["x"] } }, { labels: { a: "b" } }],
    [{ safety_identifier: "p" }, { user: "p", extra: { safety_identifier: "p" } }],
    [
      { stream: true, stream_options: { include_usage: true } },
      { stream: true, streamUsage: true },
    ],
    [{ prediction: { type: "content", content: "a" } }, { extra: { prediction: { type: "content", content: "a" } } }],
    [{ temperature: null, tools: null, stop: null, metadata: null }, {}],
  ])("%j", (fields, wanted) => {
    const value = read(fields);
    const { model: _, messages: __, ...rest } = value;
    expect(rest).toEqual({ stream: false, ...wanted });
  });

  it.each([
    [4096, "high"],
    [4095, "medium"],
    [1024, "low"],
    [1, "minimal"],
  ])("tells a budget of %i tokens as the effort %s, which vendors of this language know", (budget, effort) => {
    expect(encode({ ...read({}), reasoning: { mode: "enabled", budget } })["reasoning_effort"]).toBe(effort);
  });
});

it("refuses several prompts of a completions client, which are no conversation", () => {
  expect(() => encode({ ...read({}), extra: { prompt: ["a", "b"] } })).toThrow(/one prompt at a time/);
});

it("leaves out what belongs to another language", () => {
  const value = read({});
  const body = encode({ ...value, tools: [{ type: "hosted", format: "other", name: "x", words: {} }] });
  expect(body["tools"]).toBeUndefined();
  expect(said([{ type: "opaque", format: "other", words: {} }])).toEqual({ role: "user", content: "" });
});

it.each([
  ["model", { model: 5 }],
  ["messages", { messages: "Hi" }],
  ["messages.0", { messages: ["Hi"] }],
  ["messages.0.role", { messages: [{ role: "wizard", content: "" }] }],
  ["messages.0.content", { messages: [{ role: "user", content: 5 }] }],
  ["messages.0.content.0.text", { messages: [{ role: "user", content: [{ type: "text", text: 5 }] }] }],
  ["messages.0.content.0.type", { messages: [{ role: "user", content: [{}] }] }],
  [
    "messages.0.content.0.image_url.url",
    { messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
  ],
  ["messages.0.content.0.file", { messages: [{ role: "user", content: [{ type: "file", file: {} }] }] }],
  ["messages.0.tool_call_id", { messages: [{ role: "tool", content: "" }] }],
  ["messages.0.tool_calls.0.id", { messages: [{ role: "assistant", tool_calls: [{}] }] }],
  [
    "messages.0.tool_calls.0.function.arguments",
    { messages: [{ role: "assistant", tool_calls: [{ id: "a", function: { name: "f", arguments: {} } }] }] },
  ],
  ["tools.0.function.name", { tools: [{ type: "function", function: {} }] }],
  ["tools.0.function", { tools: [{ type: "function" }] }],
  ["tools.0.function.parameters", { tools: [{ type: "function", function: { name: "f", parameters: "x" } }] }],
  ["tool_choice", { tool_choice: "perhaps" }],
  ["temperature", { temperature: "hot" }],
  ["temperature", { temperature: Number.NaN }],
  ["max_tokens", { max_tokens: 1.5 }],
  ["max_tokens", { max_tokens: -1, max_completion_tokens: 5 }],
  ["n", { n: 0 }],
  ["n", { n: 129 }],
  ["stop", { stop: 5 }],
  ["stop.1", { stop: ["a", 5] }],
  ["logit_bias.50256", { logit_bias: { 50256: "x" } }],
  ["stream", { stream: "yes" }],
  ["stream_options.include_usage", { stream_options: { include_usage: 1 } }],
  ["thinking.type", { thinking: { type: "deep" } }],
  ["response_format.json_schema", { response_format: { type: "json_schema" } }],
])("names %s when it cannot be understood: %j", (param, fields) => {
  try {
    read(fields);
    expect.unreachable();
  } catch (failure) {
    expect(failure).toBeInstanceOf(GatewayError);
    expect((failure as GatewayError).details.param).toBe(param);
    expect((failure as GatewayError).message).toContain(param);
  }
});
