/** What Claude is spared of a conversation that began elsewhere. */
import { expect, it } from "vitest";
import type { Body } from "../wire/format.ts";
import { anthropic } from "./anthropic.ts";
import type { Route } from "./provider.ts";

const about = { model: "claude-sonnet-4-5", settings: {}, stream: false };
const { chat, count } = anthropic.serves;
const chatRoute = typeof chat === "function" ? chat(about.model, {}) : chat;
const countRoute = typeof count === "function" ? count(about.model, {}) : count;
const adjusted = (route: Route<"chat"> | Route<"count"> | undefined, body: Body) => route?.adjust?.(body, about);

const turn = (signature: string) => ({
  role: "assistant",
  content: [
    { type: "thinking", thinking: "hm", signature },
    { type: "text", text: "Hello." },
  ],
});

it.each([
  ["a call", chatRoute],
  ["a count", countRoute],
])("another vendor's seal is not sent with %s, and Anthropic's own is", (_, route) => {
  const question = { role: "user", content: "Hi" };
  expect(adjusted(route, { messages: [question, turn("gAAAAforeign")] })?.["messages"]).toEqual([
    question,
    { role: "assistant", content: [{ type: "text", text: "Hello." }] },
  ]);
  const own = { messages: [question, turn("EqQBown")] };
  expect(adjusted(route, own)).toBe(own);
});
