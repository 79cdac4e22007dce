/** What cannot be said in the vendor's language is named, by its place. */
import { expect, it } from "vitest";
import { configOf, deployed, exchangeOf } from "../../test/house.ts";
import type { ChatRequest } from "../canonical/chat.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import type { Body, Format } from "../wire/format.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { openaiResponses } from "../wire/openai-responses/index.ts";
import { lossesOf } from "./losses.ts";
import { prepare } from "./prepare.ts";

const lost = (
  from: Format<"chat">,
  to: Format<"chat">,
  words: Body,
  { fields = [] as readonly string[], value = from.request.decode(words) } = {},
) =>
  lossesOf(
    { request: { value, quote: { format: from.id, words } }, format: from, controls: { fields } },
    to,
    to.request.encode(value),
  );

const asked = {
  model: "m",
  max_tokens: 10,
  tools: [
    { name: "f", input_schema: { type: "object" } },
    { type: "bash_20250124", name: "bash" },
  ],
  mcp_servers: [{ type: "url", name: "github", url: "https://mcp.example" }],
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "hi" },
        { type: "container_upload", file_id: "file_1" },
      ],
    },
  ],
};

it("a speaker of the same language is told everything", () =>
  expect(lost(anthropicMessages, anthropicMessages, asked)).toBeUndefined());

it("hosted tools and unknown parts are lost on others, and named by where they stand", () =>
  expect(lost(anthropicMessages, openaiChat, asked)).toEqual([
    "tools.1 (bash)",
    "mcp_servers.0 (github)",
    "messages.0.1 (container_upload)",
  ]));

it("a long list is cut and counted, and a long name is cut", () => {
  const part = { type: "opaque", format: "x", words: { type: "y" } } as const;
  const value: ChatRequest = {
    model: "m",
    stream: false,
    messages: [{ role: "user", parts: Array.from({ length: 50 }, () => part) }],
  };
  const names = lost(anthropicMessages, openaiChat, {}, { value });
  expect(names).toHaveLength(21);
  expect(names?.at(-1)).toBe("30 more");
  const native = { format: anthropicMessages.id, fields: { ["n".repeat(500)]: 1 } };
  const long = lost(anthropicMessages, openaiChat, {}, { value: { ...value, messages: [], native } });
  expect(long?.[0]).toHaveLength(80);
});

const chat = { model: "m", messages: [{ role: "user", content: "hi" }] };

it("what was meant for the gateway is not lost", () =>
  expect(lost(openaiChat, anthropicMessages, { ...chat, seed: 1 }, { fields: ["seed"] })).toBeUndefined());

it("what is so anyway is not lost, nor what our own answers grant", () => {
  expect(lost(openaiChat, anthropicMessages, { ...chat, n: 1, response_format: { type: "text" } })).toBeUndefined();
  const granted = {
    model: "m",
    input: "hi",
    store: true,
    truncation: "disabled",
    background: false,
    include: ["reasoning.encrypted_content"],
    stream_options: { include_obfuscation: false },
    tools: [{ type: "namespace", name: "n", tools: [{ type: "function", name: "f" }] }],
  };
  expect(lost(openaiResponses, openaiChat, granted)).toBeUndefined();
});

it("a hosted tool that has words in the vendor's language is not lost", () => {
  const tools = [
    { type: "mcp", server_label: "docs", server_url: "https://mcp.example" },
    { type: "web_search", filters: { allowed_domains: ["a.example"] } },
    { type: "file_search", vector_store_ids: ["vs_1"] },
  ];
  expect(lost(openaiResponses, anthropicMessages, { model: "m", input: "hi", tools })).toEqual([
    "tools.2 (file_search)",
  ]);
});

it("a sound or a film that the language has no words for is named", () => {
  const content = [
    { type: "text", text: "hi" },
    { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
    { type: "video_url", video_url: { url: "https://a.example/film.mp4" } },
  ];
  const words = { model: "m", messages: [{ role: "user", content }] };
  expect(lost(openaiChat, anthropicMessages, words)).toEqual(["messages.0.1 (audio)", "messages.0.2 (video)"]);
  expect(lost(openaiChat, openaiResponses, words)).toEqual(["messages.0.2 (video)"]);
});

it("what a vendor's model does not take and the operator lets go is named, too", () => {
  const deployment = deployed(configOf("anthropic", "claude-sonnet-4-5"));
  const plan = deployment.plan("chat", openaiChat.id);
  const exchange = exchangeOf(openaiChat, { ...chat, seed: 1, prediction: { type: "content", content: "hi" } });
  const settings = { dropParams: true, mends: false };
  expect(plan && prepare(exchange, deployment, plan, settings).lost).toEqual(["seed", "prediction"]);
});
