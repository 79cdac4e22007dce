/** What cannot be said in the vendor's language is named, by its place. */
import { expect, it } from "vitest";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import { lossesOf } from "./losses.ts";

const request = anthropicMessages.request.decode({
  model: "m",
  max_tokens: 10,
  tools: [
    { name: "f", input_schema: { type: "object" } },
    { type: "bash_20250124", name: "bash" },
  ],
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "hi" },
        { type: "container_upload", file_id: "file_1" },
      ],
    },
  ],
});

it("a speaker of the same language is told everything", () =>
  expect(lossesOf(request, "anthropic-messages")).toEqual([]));

it("hosted tools and unknown parts are lost on others, and named", () =>
  expect(lossesOf(request, "openai-chat")).toEqual(["tools.1 (bash)", "messages.0.1 (container_upload)"]));

it("a long list is cut and counted", () => {
  const part = { type: "opaque", format: "x", words: { type: "y" } } as const;
  const many = {
    ...request,
    messages: [{ role: "user" as const, parts: Array.from({ length: 50 }, () => part) }],
    tools: [],
  };
  expect(lossesOf(many, "openai-chat")).toHaveLength(21);
  expect(lossesOf(many, "openai-chat").at(-1)).toBe("30 more");
});
