/** What of a request reaches a vendor. */
import { describe, expect, it } from "vitest";
import { configOf, deployed, exchangeOf } from "../../test/house.ts";
import { GatewayError } from "../canonical/error.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import type { Body, Format } from "../wire/format.ts";
import { outline } from "../wire/json-text.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { openaiCompletions } from "../wire/openai-completions/index.ts";
import { prepare } from "./prepare.ts";

const config = configOf("anthropic", "claude-sonnet-4-5");

function sent(format: Format<"chat">, words: Body, fields: readonly string[] = []): Body {
  const deployment = deployed(config, { maxOutput: 64 });
  const plan = deployment.plan("chat", format.id);
  if (!plan) throw new Error("it offers chat");
  const { body } = prepare(exchangeOf(format, words, { controls: { fields } }), deployment, plan, {
    dropParams: false,
    mends: false,
  });
  return JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body)) as Body;
}

describe("a body in another language", () => {
  const question = { model: "m", messages: [{ role: "user", content: "Why?" }] };

  it("has the client's unknown fields, but none that was meant for the gateway", () => {
    const body = sent(openaiChat, { ...question, drop_params: true, top_k: 5, tags: ["a"] }, ["drop_params", "tags"]);
    expect(body).toMatchObject({ top_k: 5, max_tokens: 64 });
    expect(Object.keys(body)).not.toContain("drop_params");
    expect(Object.keys(body)).not.toContain("tags");
  });

  it("is not made of several prompts, which are no conversation", () => {
    for (const prompt of [
      ["The sky is", "The sea is"],
      [1, 2],
    ]) {
      const refused = (): Body => sent(openaiCompletions, { model: "m", prompt });
      expect(refused).toThrow(GatewayError);
      expect(refused).toThrow(/prompt must be one text/);
    }
    expect(sent(openaiCompletions, { model: "m", prompt: ["The sky is"] })).not.toHaveProperty("prompt");
  });
});

describe("a body in the vendor's own language", () => {
  it.each(["short", "long ".repeat(10_000)])("is sent as it was written, but for what was changed: %.5s", (content) => {
    const deployment = deployed(configOf("openai", "gpt-fake"));
    const plan = deployment.plan("chat", openaiChat.id);
    if (!plan) throw new Error("it offers chat");
    for (const [model, mark] of [
      ["gpt-fake", "plain"],
      ["m", "plain"],
      ["m", "ünï"],
    ] as const) {
      const text = `{ "messages": [{"role":"user","content":${JSON.stringify(mark + content)}}], "top_p":1.0, "model":"${model}", "tags":[] }`;
      const words = JSON.parse(text) as Body;
      const members = outline(text, 64);
      const ascii = mark === "plain" ? new TextEncoder().encode(text) : undefined;
      const quote = {
        format: openaiChat.id,
        words,
        text,
        ...(members && { outline: members }),
        ...(ascii && { ascii }),
      };
      const request = { value: openaiChat.request.decode(words), quote };
      for (const fields of [[], ["tags"]]) {
        const exchange = exchangeOf(openaiChat, words, { request, controls: { fields } });
        const { body } = prepare(exchange, deployment, plan, { dropParams: false, mends: false });
        const said = typeof body === "string" ? body : new TextDecoder().decode(body);
        expect(said).toContain(`"messages": [{"role":"user","content":${JSON.stringify(mark + content)}}]`);
        expect(said).toContain('"top_p":1.0');
        expect(Object.keys(JSON.parse(said))).toEqual([
          "messages",
          "top_p",
          "model",
          ...(fields.length > 0 ? [] : ["tags"]),
        ]);
        expect(JSON.parse(said).model).toBe("gpt-fake");
      }
    }
  });
});

describe("a client's headers", () => {
  it("travel only where the vendor's declaration names them, and lists of features add up with the operator's", () => {
    const deployment = deployed({ ...config, headers: { "anthropic-beta": "ours" } });
    const plan = deployment.plan("chat", anthropicMessages.id);
    if (!plan) throw new Error("it offers chat");
    const words = { model: "m", max_tokens: 5, messages: [{ role: "user", content: "hi" }] };
    const headers = {
      "anthropic-beta": "theirs",
      authorization: "Bearer sk-key",
      "x-api-key": "sk-key",
      cookie: "a=b",
    };
    const exchange = exchangeOf(anthropicMessages, words, { headers });
    const sent = prepare(exchange, deployment, plan, { dropParams: false, mends: false }).headers;
    expect(sent["anthropic-beta"]).toBe("ours,theirs");
    expect(JSON.stringify(sent)).not.toContain("sk-key");
    expect(sent).not.toHaveProperty("cookie");
    expect(plan.headers["anthropic-beta"]).toBe("ours");
  });
});
