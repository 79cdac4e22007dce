/** What is mended of conversations that a vendor would refuse, where the operator wants that. */
import { describe, expect, it } from "vitest";
import { mendChat, mendMessages, mendResponses } from "./mend.ts";

const about = { model: "m", settings: {}, stream: false, maxOutput: 100 };
const call = (id: string) => ({ id, type: "function", function: { name: "f", arguments: "{}" } });
const result = (id: string) => ({ role: "tool", tool_call_id: id, content: "1" });
const use = (id: string) => ({ type: "tool_use", id, name: "f", input: {} });
const answer = (id: string) => ({ type: "tool_result", tool_use_id: id, content: "1" });
const user = { role: "user", content: "hi" };

describe("any body", () => {
  it("asks for no more output than the model has", () => {
    expect(mendChat({ max_completion_tokens: 101, max_tokens: 99 }, about)).toEqual({
      max_completion_tokens: 100,
      max_tokens: 99,
    });
    expect(mendMessages({ messages: [user], max_tokens: 1000 }, about)["max_tokens"]).toBe(100);
    expect(mendResponses({ max_output_tokens: 1000 }, about)).toEqual({ max_output_tokens: 100 });
  });

  it("in which nothing is amiss stays the same object", () => {
    const chat = {
      max_tokens: 100,
      messages: [user, { role: "assistant", tool_calls: [call("a"), call("b")] }, result("b"), result("a"), user],
    };
    expect(mendChat(chat, about)).toBe(chat);
    const messages = {
      max_tokens: 100,
      tools: [{ name: "f" }],
      messages: [user, { role: "assistant", content: [use("a")] }, { role: "user", content: [answer("a")] }],
    };
    expect(mendMessages(messages, about)).toBe(messages);
    for (const odd of [{}, { messages: 7 }, { messages: [null, 3, "x"] }]) {
      expect(mendChat(odd, about)).toBe(odd);
      expect(mendMessages(odd, about)).toBe(odd);
    }
  });
});

describe("a conversation in OpenAI's language", () => {
  it("gets a result for every call, and loses results without one", () => {
    const { messages } = mendChat(
      { messages: [result("x"), user, { role: "assistant", tool_calls: [call("a"), call("b")] }, result("b"), user] },
      about,
    ) as { messages: { role: string; tool_call_id?: string }[] };
    expect(messages.map(({ role, tool_call_id: id }) => id ?? role)).toEqual(["user", "assistant", "b", "a", "user"]);
    const last = mendChat({ messages: [{ role: "assistant", tool_calls: [call("a")] }] }, about)["messages"];
    expect(last).toMatchObject([{}, { role: "tool", tool_call_id: "a" }]);
  });
});

describe("a conversation in Anthropic's language", () => {
  const turns = (messages: readonly unknown[]) => mendMessages({ messages }, about)["messages"];

  it("gets a result for every call, and loses results without one", () => {
    expect(
      turns([user, { role: "assistant", content: [use("a"), use("b")] }, { role: "user", content: [answer("b")] }]),
    ).toMatchObject([
      {},
      {},
      { role: "user", content: [{ type: "tool_result", tool_use_id: "a", is_error: true }, { tool_use_id: "b" }] },
    ]);
    expect(turns([user, { role: "assistant", content: [use("a")] }, user])).toMatchObject([
      {},
      {},
      { role: "user", content: [{ tool_use_id: "a" }, { type: "text", text: "hi" }] },
    ]);
    expect(turns([user, { role: "assistant", content: [use("a")] }])).toMatchObject([{}, {}, { role: "user" }]);
    expect(turns([user, { role: "user", content: [answer("x")] }])).toEqual([user]);
  });

  it("has no text without a letter", () => {
    expect(turns([{ role: "user", content: " " }])).toEqual([{ role: "user", content: "(no text)" }]);
    const blank = { type: "text", text: "" };
    expect(turns([{ role: "user", content: [blank, { type: "text", text: "a" }] }])).toEqual([
      { role: "user", content: [{ type: "text", text: "a" }] },
    ]);
    expect(turns([{ role: "user", content: [blank] }])).toEqual([
      { role: "user", content: [{ type: "text", text: "(no text)" }] },
    ]);
  });

  it("has a tool where tools were called", () => {
    const messages = [user, { role: "assistant", content: [use("a")] }, { role: "user", content: [answer("a")] }];
    expect(mendMessages({ messages }, about)["tools"]).toMatchObject([{ name: "dummy_tool" }]);
    expect(mendMessages({ messages: [user] }, about)["tools"]).toBeUndefined();
  });

  it("gives up thoughts where the turn that called tools had none, and keeps their budget below the answer's", () => {
    const thinking = { type: "enabled", budget_tokens: 5000 };
    const called = [user, { role: "assistant", content: [use("a")] }, { role: "user", content: [answer("a")] }];
    const roomy = { ...about, maxOutput: 9000 };
    expect(mendMessages({ messages: called, thinking, max_tokens: 8000 }, roomy)["thinking"]).toBeUndefined();
    const kept = mendMessages({ messages: [user], thinking, max_tokens: 5000 }, roomy);
    expect(kept["thinking"]).toEqual({ type: "enabled", budget_tokens: 4999 });
    expect(mendMessages({ messages: [user], thinking, max_tokens: 1024 }, roomy)["thinking"]).toBeUndefined();
    const fit = { messages: [user], thinking, max_tokens: 8000 };
    expect(mendMessages(fit, roomy)).toBe(fit);
  });
});
