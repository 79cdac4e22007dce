/** Completions: prompts in all their shapes, and what is left of an answer when only text has a place. */
import { describe, expect, it } from "vitest";
import type { ChatEvent } from "../../canonical/chat.ts";
import { GatewayError } from "../../canonical/error.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { run } from "../transducer.ts";
import { openaiCompletions } from "./index.ts";

const { request, response, events } = openaiCompletions;
const occasion = { now: 5, id: "fresh" };

describe("prompts", () => {
  it.each([["a"], [["a", "b"]], [[1, 2]], [[[1], [2, 3]]]])("are read and said again: %j", (prompt) => {
    const body = { model: "m", prompt, max_tokens: 5, echo: true, suffix: "z", best_of: 2, logprobs: 1 };
    expect(request.encode(request.decode(body))).toEqual(body);
  });

  it("are a user's words to other languages", () => {
    const { messages } = openaiChat.request.encode(request.decode({ model: "m", prompt: ["a"] }));
    expect(messages).toEqual([{ role: "user", content: "a" }]);
  });

  it.each([[["a", "b"]], [[1, 2]]])("that are no conversation are refused where only one fits: %j", (prompt) => {
    expect(() => openaiChat.request.encode(request.decode({ model: "m", prompt }))).toThrow(/one prompt at a time/);
  });

  it("are sent as they were changed on the way", () => {
    const value = request.decode({ model: "m", prompt: ["secret", "b"] });
    const masked = {
      ...value,
      messages: value.messages.map((one) => ({ ...one, parts: [{ type: "text" as const, text: "***" }] })),
    };
    expect(request.encode(masked)["prompt"]).toEqual(["***", "***"]);
  });

  it.each([
    ["prompt", {}],
    ["prompt", { prompt: [] }],
    ["prompt.1", { prompt: ["a", {}] }],
    ["prompt.1", { prompt: [1, 1.5] }],
    ["logprobs", { prompt: "a", logprobs: true }],
    ["best_of", { prompt: "a", best_of: 0 }],
    ["best_of", { prompt: "a", best_of: 129 }],
    ["echo", { prompt: "a", echo: 1 }],
    ["max_tokens", { prompt: "a", max_tokens: -1 }],
  ])("name %s when it cannot be understood: %j", (param, fields) => {
    try {
      request.decode({ model: "m", ...fields });
      expect.unreachable();
    } catch (failure) {
      expect(failure).toBeInstanceOf(GatewayError);
      expect((failure as GatewayError).details.param).toBe(param);
    }
  });
});

it("answers with the text alone, and log probabilities in columns", () => {
  const content = [
    { token: "Hi", logprob: -0.1, top_logprobs: [{ token: "Hi", logprob: -0.1 }] },
    { token: "!", logprob: -0.2, top_logprobs: [] },
  ];
  const body = response.encode(
    {
      id: "msg_1",
      model: "m",
      choices: [
        {
          parts: [
            { type: "reasoning", text: "hm" },
            { type: "text", text: "Hi!" },
          ],
          finish: "stop",
          logprobs: { content },
        },
      ],
      usage: { input: 1, output: 2 },
    },
    occasion,
  );
  expect(body).toMatchObject({
    id: "chatcmpl-fresh",
    object: "text_completion",
    created: 5,
    model: "m",
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    choices: [
      {
        text: "Hi!",
        index: 0,
        finish_reason: "stop",
        logprobs: {
          tokens: ["Hi", "!"],
          token_logprobs: [-0.1, -0.2],
          top_logprobs: [{ Hi: -0.1 }, {}],
          text_offset: [0, 2],
        },
      },
    ],
  });
});

it("streams the text alone", () => {
  const told: readonly ChatEvent[] = [
    { type: "start", id: "cmpl-1", model: "m" },
    { type: "part-start", choice: 0, part: { type: "reasoning", text: "" } },
    { type: "part-delta", choice: 0, text: "hm" },
    { type: "part-end", choice: 0 },
    { type: "part-start", choice: 0, part: { type: "text", text: "" } },
    { type: "part-delta", choice: 0, text: "Hi" },
    { type: "part-end", choice: 0 },
    { type: "finish", choice: 0, finish: "length" },
    { type: "end" },
  ];
  const encoder = events?.encoder(occasion);
  const frames = encoder ? run(encoder, told).map(({ data }) => data) : [];
  const chunk = (text: string, finish: string | null) => ({
    id: "cmpl-1",
    object: "text_completion",
    created: 5,
    model: "m",
    choices: [{ text, index: 0, logprobs: null, finish_reason: finish }],
  });
  expect(frames.slice(0, 2).map((data) => JSON.parse(data))).toEqual([chunk("Hi", null), chunk("", "length")]);
  expect(frames[2]).toBe("[DONE]");
});
