/** The stage of the guardrails: requests and answers in the languages that clients speak. */

import { describe, expect, it } from "vitest";
import { answer, asked, base, chat, exchangeOf, log, mask, own, text, warnings } from "../../test/guarding.ts";
import type { Operation } from "../canonical/operation.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import type { Body, Format } from "../wire/format.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { openaiEmbeddings } from "../wire/openai-embeddings/index.ts";
import { guard } from "./guard.ts";
import type { Guardrail } from "./guardrails/guardrail.ts";
import { createGuards } from "./guards.ts";

const placed = (city: string) => ({ user_location: { type: "approximate", approximate: { city } } });

describe("a forbidden word is found", () => {
  const image = `data:image/png;base64,${"forbidden".repeat(3)}`;
  it.each<[string, Format<Operation>, Body]>([
    ["in a user's text", openaiChat, chat(text)],
    [
      "in a list of pieces",
      openaiChat,
      chat([
        { type: "text", text: "say for" },
        { type: "text", text: "bidden" },
      ]),
    ],
    [
      "in a system prompt",
      openaiChat,
      {
        model: "m",
        messages: [
          { role: "system", content: text },
          { role: "user", content: "x" },
        ],
      },
    ],
    ["in a developer's", openaiChat, { model: "m", messages: [{ role: "developer", content: text }] }],
    [
      "in an earlier answer",
      openaiChat,
      {
        model: "m",
        messages: [
          { role: "assistant", content: text },
          { role: "user", content: "x" },
        ],
      },
    ],
    [
      "in the result of a tool",
      openaiChat,
      {
        model: "m",
        messages: [
          {
            role: "assistant",
            content: null,
            tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
          },
          { role: "tool", tool_call_id: "c", content: text },
        ],
      },
    ],
    [
      "in the input of a tool, behind escapes",
      openaiChat,
      {
        model: "m",
        messages: [
          {
            role: "assistant",
            content: null,
            tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: '{"a":"\\u0066orbidden"}' } }],
          },
          { role: "tool", tool_call_id: "c", content: "x" },
        ],
      },
    ],
    [
      "in a tool's description",
      openaiChat,
      chat("x", { tools: [{ type: "function", function: { name: "f", description: text } }] }),
    ],
    [
      "deep in a tool's schema",
      openaiChat,
      chat("x", {
        tools: [
          {
            type: "function",
            function: {
              name: "f",
              parameters: { type: "object", properties: { a: { type: "string", description: text } } },
            },
          },
        ],
      }),
    ],
    [
      "in a schema of the answer",
      openaiChat,
      chat("x", {
        response_format: { type: "json_schema", json_schema: { name: "n", schema: { description: text } } },
      }),
    ],
    ["in a field that nobody knows", openaiChat, chat("x", { novelty: { deep: [text] } })],
    [
      "in an unknown field of a message",
      openaiChat,
      { model: "m", messages: [{ role: "user", content: "x", novelty: text }] },
    ],
    [
      "in an address",
      openaiChat,
      chat([{ type: "image_url", image_url: { url: "https://example.org/forbidden.png" } }]),
    ],
    ["in Anthropic's system", anthropicMessages, { ...chat("x"), max_tokens: 9, system: [{ type: "text", text }] }],
    [
      "in a document",
      anthropicMessages,
      {
        ...chat([{ type: "document", source: { type: "text", media_type: "text/plain", data: text } }]),
        max_tokens: 9,
      },
    ],
    [
      "in the result of a tool, as a block",
      anthropicMessages,
      { ...chat([{ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text }] }]), max_tokens: 9 },
    ],
    [
      "in a block that nobody knows",
      anthropicMessages,
      { ...chat([{ type: "novelty", payload: { a: text } }]), max_tokens: 9 },
    ],
    ["in an embedding's input", openaiEmbeddings, { model: "m", input: ["x", text] }],
  ] as never)("%s", async (_, format: Format<Operation>, body: Body) => {
    await expect(asked(exchangeOf(format, body), {})).rejects.toMatchObject({ kind: "content-blocked", status: 400 });
    const request = await asked(exchangeOf(format, body), { options: mask });
    expect(JSON.stringify(format.request.encode(request.value))).not.toContain("forbidden");
    expect(request.quote).toBeUndefined();
  });

  const hi = { model: "m", messages: [{ role: "user", content: "hi" }] };
  const tool = { type: "function", function: { name: "forbidden", parameters: { type: "object" } } };
  const base64Of = (said: string, letters: BufferEncoding = "utf8") => Buffer.from(said, letters).toString("base64");
  const base64 = base64Of(text);
  const percent = (letter: string) => `%${letter.charCodeAt(0).toString(16)}`;
  const file = (data: string) => chat([{ type: "file", file: { filename: "a", file_data: data } }]);
  it.each<[string, Format<Operation>, Body]>([
    ["in the name of a tool", openaiChat, { ...hi, tools: [tool] }],
    ["in the name of the tool to be called", openaiChat, { ...hi, tool_choice: tool }],
    [
      "in the name of a schema",
      openaiChat,
      { ...hi, response_format: { type: "json_schema", json_schema: { name: "forbidden", schema: {} } } },
    ],
    ["in the place where the person is", openaiChat, { ...hi, web_search_options: placed("forbidden") }],
    ["in a text whose type is written large", openaiChat, file(`data:TEXT/Plain;base64,${base64}`)],
    ["in a text that is said to be bytes", openaiChat, file(`data:application/octet-stream;base64,${base64}`)],
    ["in a text of a type that few know", openaiChat, file(`data:application/javascript;base64,${base64}`)],
    ["in a text with a zero in it", openaiChat, file(`data:text/plain;base64,${base64Of(`${text}\0`)}`)],
    ["in a text of sixteen bits", openaiChat, file(`data:text/plain;base64,${base64Of(`\ufeff${text}`, "utf16le")}`)],
    ["in a text of old letters", openaiChat, file(`data:text/plain;base64,${base64Of(`\u00e9 ${text}`, "latin1")}`)],
    ["in a text in an address", openaiChat, file(`data:text/plain,${Array.from(text, percent).join("")}`)],
    [
      "in a drawing in an address",
      openaiChat,
      chat([
        { type: "image_url", image_url: { url: `data:image/svg+xml,%3Csvg%3E${Array.from(text, percent).join("")}` } },
      ]),
    ],
    [
      "in pieces of something that is not known here",
      openaiChat,
      {
        ...hi,
        prediction: {
          type: "content",
          content: [
            { type: "text", text: "for" },
            { type: "text", text: "bidden" },
          ],
        },
      },
    ],
    [
      "in a member that stands twice, behind escapes",
      openaiChat,
      {
        model: "m",
        messages: [
          {
            role: "assistant",
            content: null,
            tool_calls: [
              { id: "c", type: "function", function: { name: "f", arguments: '{"a":"f\\u006frbidden","a":"x"}' } },
            ],
          },
        ],
      },
    ],
    ["in letters of another alphabet", openaiChat, chat("f\u043erbidden")],
    ["between characters that nobody sees", openaiChat, chat("for\u200bbid\u00adden\u{e0041}")],
    ["in wide letters", openaiChat, chat("ｆｏｒｂｉｄｄｅｎ")],
  ])("%s", async (_, format, body) => {
    await expect(asked(exchangeOf(format, body), {})).rejects.toMatchObject({ kind: "content-blocked", status: 400 });
  });

  it("with what nobody sees in it, and all of that is masked", async () => {
    const { value } = await asked(exchangeOf(openaiChat, chat("is \u200bfor\u200bbidden\u200b? 👩‍🚀")), {
      options: mask,
    });
    expect(JSON.stringify(value)).toContain("is \u200b[KEYWORD_REDACTED]\u200b? 👩‍🚀");
  });

  it("but not in the bytes of a picture", async () => {
    const body = chat([{ type: "image_url", image_url: { url: image } }]);
    const request = await asked(exchangeOf(openaiChat, body), {});
    expect(request.quote?.words).toEqual(body);
  });
});

it("what is allowed keeps its words, but not its text: that could say a member twice", async () => {
  const { quote } = await asked(exchangeOf(openaiChat, chat("harmless", { novelty: 1 })), {});
  expect(quote).toEqual({ format: "openai-chat", words: chat("harmless", { novelty: 1 }) });
});

it("more texts than there can be in a conversation are refused and not checked one by one", async () => {
  const input = JSON.stringify(Array.from({ length: 200_001 }, () => "a"));
  const call = { id: "c", type: "function", function: { name: "f", arguments: input } };
  const body = { model: "m", messages: [{ role: "assistant", content: null, tool_calls: [call] }] };
  await expect(asked(exchangeOf(openaiChat, body), {})).rejects.toMatchObject({ status: 413 });
});

it("system texts are passed over where the operator wants that", async () => {
  const body = { model: "m", messages: [{ role: "system", content: text }] };
  await expect(
    asked(exchangeOf(openaiChat, body), { opaque: "pass", options: { ...base.options, skipSystem: true } }),
  ).resolves.toBeDefined();
});

describe("content that nobody can read", () => {
  const body = { ...chat([{ type: "novelty", x: "harmless" }]), max_tokens: 9 };
  it("is refused where the operator wants that, and names the place", async () => {
    await expect(asked(exchangeOf(anthropicMessages, body), { opaque: "refuse" })).rejects.toMatchObject({
      kind: "content-blocked",
      details: { param: "messages.0.content.0" },
    });
    const tokens = exchangeOf(openaiEmbeddings, { model: "m", input: [[1, 2]] });
    await expect(asked(tokens, { opaque: "refuse" })).rejects.toMatchObject({ details: { param: "input.0" } });
  });
  it("passes where it may", async () => {
    const request = await asked(
      exchangeOf(anthropicMessages, { ...body, messages: [{ role: "user", content: [{ type: "n", text }] }] }),
      {
        opaque: "pass",
      },
    );
    expect(request.quote).toBeDefined();
  });
});

describe("which guardrails run", () => {
  const optional = { name: "strict", always: false };
  it("those of the configuration, whatever the client asks for", async () => {
    for (const guardrails of [[], ["other"]])
      await expect(
        asked(exchangeOf(openaiChat, chat(text), { guardrails }), {}, { name: "other", always: false, options: mask }),
      ).rejects.toMatchObject({
        kind: "content-blocked",
      });
  });
  it("those that the client names", async () => {
    await expect(asked(exchangeOf(openaiChat, chat(text)), optional)).resolves.toBeDefined();
    await expect(asked(exchangeOf(openaiChat, chat(text), { guardrails: ["strict"] }), optional)).rejects.toMatchObject(
      { kind: "content-blocked" },
    );
  });
  it("those that the key names", async () => {
    const exchange = exchangeOf(openaiChat, chat(text));
    const keyed = { ...exchange, caller: { ...exchange.caller, metadata: { guardrails: ["strict"] } } };
    await expect(asked(keyed, optional)).rejects.toMatchObject({ kind: "content-blocked" });
  });
  it("none of a name that nobody knows: that is refused, with the names there are", async () => {
    await expect(asked(exchangeOf(openaiChat, chat("x"), { guardrails: ["nope"] }), optional)).rejects.toMatchObject({
      kind: "invalid-request",
      message: expect.stringContaining("strict"),
      details: { param: "guardrails" },
    });
  });
  it("one after another, each sees what the one before left", async () => {
    const { value } = await asked(
      exchangeOf(openaiChat, chat(text)),
      { name: "one", options: mask },
      {
        name: "two",
        options: { blockedWords: [{ keyword: "[KEYWORD_REDACTED]", action: "mask" }], keywordRedactionTag: "nice" },
      },
    );
    expect(value.messages[0]?.parts[0]).toMatchObject({ text: "say nice things" });
  });
});

it("verdicts are noted", async () => {
  const exchange = exchangeOf(openaiChat, chat(text));
  await expect(
    asked(
      exchange,
      { name: "one", options: mask },
      { name: "two", options: { blockedWords: [{ keyword: "things" }] } },
    ),
  ).rejects.toThrow('Content blocked by guardrail "two": keyword detected');
  expect(exchange.notes.verdicts).toEqual([
    { guardrail: "one", kind: "rewrite", milliseconds: 0 },
    { guardrail: "two", kind: "block", milliseconds: 0, reason: "keyword detected" },
  ]);
});

describe("a guardrail that fails", () => {
  const failing: [string, Guardrail["judge"]][] = [
    ["by an error", () => Promise.reject(new Error("down"))],
    [
      "at once",
      () => {
        throw new Error("down");
      },
    ],
    ["by never coming back", () => new Promise(() => undefined)],
    ["by giving back other texts than it got", () => ({ kind: "rewrite", texts: [] })],
  ];
  it.each(failing)("%s refuses what it should have judged", async (_, judge) => {
    const exchange = exchangeOf(openaiChat, chat("x"));
    await expect(own(judge)(exchange, () => Promise.resolve(answer("hi")))).rejects.toMatchObject({
      status: 503,
      source: "gateway",
    });
    expect(exchange.notes.verdicts?.[0]?.kind).toBe("error");
  });
  it.each(failing)("%s lets pass where the operator wants that, and says so", async (_, judge) => {
    warnings.length = 0;
    const reply = await own(judge, { onFailure: "pass" })(exchangeOf(openaiChat, chat("x")), () =>
      Promise.resolve(answer("hi")),
    );
    expect(reply.kind).toBe("whole");
    expect(warnings).toHaveLength(1);
  });
  it("because it could not be built refuses always", async () => {
    const { guards, notices } = createGuards([{ ...base, onFailure: "pass", options: {} }], undefined);
    expect(notices).toMatchObject([{ severity: "error", path: "guardrails.filter" }]);
    await expect(
      guard({ guards, now: () => 0, log })(exchangeOf(openaiChat, chat("x")), () => Promise.resolve(answer("hi"))),
    ).rejects.toMatchObject({ status: 503 });
  });
});

describe("beside the call", () => {
  it("the answer waits for the verdict", async () => {
    let decide: (verdict: { kind: "allow" }) => void = () => undefined;
    const stage = own(() => new Promise((resolve) => (decide = resolve)), { when: ["beside"], timeout: 5 });
    let done = false;
    const reply = stage(exchangeOf(openaiChat, chat("x")), () => Promise.resolve(answer("hi"))).then((told) => {
      done = true;
      return told;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(done).toBe(false);
    decide({ kind: "allow" });
    expect(await reply).toMatchObject(answer("hi"));
  });

  it("a block wins over the vendor's failure, calls the vendor off and closes its stream", async () => {
    for (const outcome of ["failure", "stream"] as const) {
      let called: string | undefined;
      let closed = false;
      const stage = own(() => Promise.resolve({ kind: "block", reason: "no" }), { when: ["beside"] });
      const ask = stage(exchangeOf(openaiChat, chat("x")), async (inner) => {
        inner.cancel.onCancel(() => (called = inner.cancel.reason));
        if (outcome === "failure") throw new Error("vendor down");
        const batches = {
          [Symbol.asyncIterator]: () => ({
            next: () => new Promise<never>(() => undefined),
            return: () => {
              closed = true;
              return Promise.resolve({ done: true as const, value: undefined });
            },
          }),
        };
        return { kind: "stream", batches };
      });
      await expect(ask).rejects.toMatchObject({ kind: "content-blocked" });
      await new Promise(setImmediate);
      expect(called).toBeDefined();
      if (outcome === "stream") expect(closed).toBe(true);
    }
  });

  it("a client that leaves is still heard", async () => {
    const exchange = exchangeOf(openaiChat, chat("x"));
    let reason: string | undefined;
    await own(() => ({ kind: "allow" }), { when: ["beside"] })(exchange, (inner) => {
      inner.cancel.onCancel(() => (reason = inner.cancel.reason));
      return Promise.resolve(answer("hi"));
    });
    exchange.cancel.cancel("gone");
    expect(reason).toBe("gone");
  });
});
