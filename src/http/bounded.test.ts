/** What is told of a failure that says too much. */
import { expect, it } from "vitest";
import { GatewayError } from "../canonical/error.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { bounded } from "./bounded.ts";

const formats = [anthropicMessages, openaiChat];
const large = "x".repeat(900_000);

it.each([
  ["a message without end", { type: "error", error: { type: "invalid_request_error", message: large } }],
  ["a field without end", { type: "error", error: { type: "overloaded_error", message: "no", extra: large } }],
  ["names without end", { type: "error", error: { type: large, message: "no", code: large, param: large } }],
  ["characters of two halves", { type: "error", error: { type: "api_error", message: "💥".repeat(200_000) } }],
])("%s is cut, and is JSON all the same", (_, body) => {
  for (const { error } of formats) {
    const told = JSON.stringify(error.encode(bounded(error.decode(400, body))));
    expect(Buffer.byteLength(told)).toBeLessThan(64 * 1024);
    expect(JSON.parse(told)).toMatchObject({ error: { message: expect.stringMatching(/\S/) } });
    expect(told.isWellFormed()).toBe(true);
  }
});

it("keeps its status, its kind and when to come again", () => {
  const error = new GatewayError("overloaded", "upstream", large, { status: 529, retryAfter: 7, provider: "x" });
  expect(bounded(error)).toMatchObject({
    kind: "overloaded",
    source: "upstream",
    status: 529,
    details: { retryAfter: 7, provider: "x" },
  });
});

it("leaves alone what says no more than it should", () => {
  const error = new GatewayError("invalid-request", "upstream", "no", { words: { format: "f", body: { a: 1 } } });
  expect(bounded(error)).toBe(error);
});
