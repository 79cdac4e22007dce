/** The built-in vendor keeps what a request bounds, so that budgets tried out on it hold. */
import { expect, it } from "vitest";
import { mockSend } from "./mock.ts";

const ask = async (body: object, url = "mock://gateway/chat/completions") => {
  const answer = await mockSend(
    { method: "POST", url, headers: {}, body: JSON.stringify(body) },
    { headTimeout: 1000, idleTimeout: 1000, maxBytes: 1_000_000, egress: "configured" },
  );
  return Buffer.from(await answer.bytes()).toString();
};
const messages = [{ role: "user", content: "/tokens 100" }];

it.each(["max_tokens", "max_completion_tokens"])("an answer is cut at %s, and says so", async (name) => {
  const { choices, usage } = JSON.parse(await ask({ messages, [name]: 5 }));
  expect(choices[0].message.content).toHaveLength(20);
  expect(choices[0].finish_reason).toBe("length");
  expect(usage.completion_tokens).toBe(5);
});

it("a stream is cut as well", async () => {
  const text = await ask({ messages, max_tokens: 2, stream: true, stream_options: { include_usage: true } });
  expect(text).toContain('"finish_reason":"length"');
  expect(text).toContain('"completion_tokens":2');
});

it("an answer that is short enough, or fixed by the configuration, is whole", async () => {
  expect(JSON.parse(await ask({ messages, max_tokens: 5000 })).choices[0].finish_reason).toBe("stop");
  const fixed = JSON.parse(await ask({ messages, max_tokens: 1 }, "mock://gateway/chat/completions?answer=all+of+it"));
  expect(fixed.choices[0]).toMatchObject({ message: { content: "all of it" }, finish_reason: "stop" });
});
