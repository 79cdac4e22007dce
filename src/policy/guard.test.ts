/** The stage of the guardrails: requests and answers in the languages that clients speak. */

import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Caller } from "../canonical/caller.ts";
import { Cancel } from "../canonical/cancel.ts";
import type { Operation, RequestOf } from "../canonical/operation.ts";
import type { GuardrailConfig } from "../config/config.ts";
import type { Controls, Exchange, Notes, Reply } from "../exchange.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import type { Format } from "../wire/format.ts";
import { sseDecoder, sseText } from "../wire/framing/sse.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { openaiEmbeddings } from "../wire/openai-embeddings/index.ts";
import { quoting } from "../wire/quoted.ts";
import { compose } from "../wire/transducer.ts";
import { guard } from "./guard.ts";
import type { Guardrail } from "./guardrails/guardrail.ts";
import { define } from "./guardrails/guardrail.ts";
import { guardrailKinds } from "./guardrails/index.ts";
import { createGuards } from "./guards.ts";

const warnings: string[] = [];
const log = {
  debug: () => {},
  info: () => {},
  warn: (_: object, message: string) => void warnings.push(message),
  error: () => {},
};

const base: GuardrailConfig = {
  name: "filter",
  type: "content-filter",
  when: ["request"],
  always: true,
  onFailure: "refuse",
  opaque: "scan",
  timeout: 0.05,
  options: { blockedWords: [{ keyword: "forbidden" }] },
};
const mask = { blockedWords: [{ keyword: "forbidden", action: "MASK" }] };

function exchangeOf<O extends Operation>(
  format: Format<O>,
  body: object,
  controls: Partial<Controls> = {},
): Exchange<O> {
  const notes: Notes = {
    began: 0,
    route: "",
    address: undefined,
    userAgent: undefined,
    attempts: [],
    retries: 0,
    fallbacks: 0,
    headers: {},
  };
  const caller: Caller = {
    role: "key",
    keyId: "k",
    access: { all: true, names: new Set(), patterns: [] },
    aliases: {},
    routes: [],
    scopes: [],
    blocked: false,
    metadata: {},
  };
  return {
    id: "call-1",
    operation: format.operation,
    format,
    request: {
      value: format.request.decode(body),
      quote: { format: format.id, words: body, text: JSON.stringify(body) },
    },
    caller,
    controls: { fields: [], ...controls },
    headers: {},
    cancel: new Cancel(),
    decode: false,
    notes,
  };
}

const stageOf = (...configs: Partial<GuardrailConfig>[]) =>
  guard({
    guards: createGuards(
      configs.map((one) => ({ ...base, ...one })),
      undefined,
    ).guards,
    now: () => 0,
    log,
  });

/** Runs the request part, and yields what would go on to the vendor. */
async function asked<O extends Operation>(exchange: Exchange<O>, ...configs: Partial<GuardrailConfig>[]) {
  let passed: Exchange<O> | undefined;
  const stage = stageOf(...configs);
  await stage(exchange, (inner) => {
    passed = inner as unknown as Exchange<O>;
    return Promise.resolve({ kind: "whole", response: { value: { inputTokens: 1, source: "vendor" } } } as never);
  });
  if (!passed) throw new Error("it did not pass");
  return passed.request;
}

const chat = (content: unknown, more: object = {}) => ({ model: "m", messages: [{ role: "user", content }], ...more });
const text = "say forbidden things";

describe("a forbidden word is found", () => {
  const image = `data:image/png;base64,${"forbidden".repeat(3)}`;
  it.each<[string, Format<Operation>, object]>([
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
  ] as never)("%s", async (_, format: Format<Operation>, body: object) => {
    await expect(asked(exchangeOf(format, body), {})).rejects.toMatchObject({ kind: "content-blocked", status: 400 });
    const request = await asked(exchangeOf(format, body), { options: mask });
    expect(JSON.stringify(format.request.encode(request.value))).not.toContain("forbidden");
    expect(request.quote).toBeUndefined();
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

const kindOf = (judge: Guardrail["judge"]) =>
  define({ id: "own", options: z.looseObject({}), create: () => ({ id: "own", judge }) });
const own = (judge: Guardrail["judge"], more: Partial<GuardrailConfig> = {}) =>
  guard({
    guards: createGuards([{ ...base, type: "own", options: {}, ...more }], undefined, [kindOf(judge)]).guards,
    now: () => 0,
    log,
  });
const answer = (content: string): Reply<"chat"> => ({
  kind: "whole",
  response: { value: { id: "1", model: "m", choices: [{ parts: [{ type: "text", text: content }], finish: "stop" }] } },
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
    ["by never coming back", () => new Promise(() => {})],
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
            next: () => new Promise<never>(() => {}),
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

describe("a whole answer", () => {
  const body = {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "m",
    novelty: { harmless: true },
    choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
  };
  const ask = (words: object, config: Partial<GuardrailConfig>) =>
    stageOf({ when: ["answer"], ...config })(exchangeOf(openaiChat, chat("x")), () =>
      Promise.resolve({
        kind: "whole",
        response: {
          value: openaiChat.response.decode(words),
          quote: { format: "openai-chat", words, text: JSON.stringify(words).replace('"m"', '"alias"') },
        },
      } as never),
    ) as Promise<Reply<"chat"> & { kind: "whole" }>;

  it("is blocked", async () => {
    await expect(ask(body, {})).rejects.toMatchObject({ kind: "content-blocked" });
  });
  it("is masked, and loses the words that it came in", async () => {
    const { response } = await ask(body, { options: mask });
    expect(response.quote).toBeUndefined();
    expect(response.value.choices[0]?.parts).toEqual([{ type: "text", text: "say [KEYWORD_REDACTED] things" }]);
  });
  it("that is harmless passes with all that it says, under the name that the client knows", async () => {
    const { response } = await ask(JSON.parse(JSON.stringify(body).replace(text, "hi")), {});
    expect(JSON.parse(String(response.quote?.text))).toMatchObject({ novelty: { harmless: true }, model: "alias" });
  });
  it("is judged by what we cannot read of it too", async () => {
    const odd = JSON.parse(JSON.stringify(body).replace(text, "hi")) as Record<string, any>;
    odd["choices"][0].message.novelty = text;
    await expect(ask(odd, {})).rejects.toMatchObject({ kind: "content-blocked" });
    expect((await ask(odd, { options: mask })).response.quote).toBeUndefined();
  });
});

describe.each([
  ["openai-chat", openaiChat],
  ["anthropic-messages", anthropicMessages],
] as const)("a stream of %s", (id, format) => {
  const frames: readonly (readonly [string | undefined, object | string])[] =
    id === "openai-chat"
      ? [
          ...["I say for", "bid", "den", " things", " and", " more", " than that"].map(
            (content) =>
              [
                undefined,
                {
                  id: "c",
                  object: "chat.completion.chunk",
                  created: 1,
                  model: "v",
                  choices: [{ index: 0, delta: { content }, finish_reason: null }],
                },
              ] as const,
          ),
          [
            undefined,
            {
              id: "c",
              object: "chat.completion.chunk",
              created: 1,
              model: "v",
              choices: [{ index: 0, delta: {}, finish_reason: "stop" }],
            },
          ],
          [undefined, "[DONE]"],
        ]
      : [
          [
            "message_start",
            {
              type: "message_start",
              message: {
                id: "msg_1",
                type: "message",
                role: "assistant",
                model: "v",
                content: [],
                stop_reason: null,
                usage: { input_tokens: 1, output_tokens: 1 },
              },
            },
          ],
          ["content_block_start", { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }],
          ["ping", { type: "ping" }],
          ...["I say for", "bid", "den", " things", " and", " more", " than that"].map(
            (piece) =>
              [
                "content_block_delta",
                { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: piece } },
              ] as const,
          ),
          ["novelty", { type: "novelty", text: "forbidden" }],
          ["content_block_stop", { type: "content_block_stop", index: 0 }],
          [
            "message_delta",
            {
              type: "message_delta",
              delta: { stop_reason: "end_turn", stop_sequence: null },
              usage: { output_tokens: 7 },
            },
          ],
          ["message_stop", { type: "message_stop" }],
        ];
  const wire = frames
    .map(([event, data]) =>
      sseText({ ...(event && { event }), data: typeof data === "string" ? data : JSON.stringify(data) }),
    )
    .join("");
  const request = { ...chat("x", { stream: true }), max_tokens: 99 };

  /** The text that the client of the same language reads, when the vendor's bytes come in pieces. */
  async function heard(pieces: readonly string[], config: Partial<GuardrailConfig>): Promise<string> {
    const exchange = exchangeOf<"chat">(format, request);
    const events = format.events;
    if (!events) throw new Error("it does not stream");
    const reply = await stageOf({ when: ["answer"], ...config })(exchange, (inner) => {
      expect(inner.decode).toBe(true);
      const step = compose(sseDecoder(), quoting(format.id, events.decoder()));
      async function* batches() {
        for (const piece of pieces) yield step.push(piece);
        yield step.end();
      }
      return Promise.resolve({ kind: "stream", batches: batches() } as never);
    });
    if (reply.kind !== "stream") throw new Error("no stream");
    const value: RequestOf<"chat"> = exchange.request.value;
    const encoder = events.encoder({ now: 1, id: "x", request: value });
    let said = "";
    const tell = (list: readonly { event?: string; data: string }[]) => {
      for (const frame of list) said += sseText(frame);
    };
    try {
      for await (const batch of reply.batches)
        for (const item of batch)
          if (item.quote?.format === format.id) {
            for (const event of item.value) encoder.push(event);
            tell(item.quote.words);
          } else for (const event of item.value) tell(encoder.push(event));
      tell(encoder.end());
    } catch (error) {
      tell(encoder.fail(error as never));
    }
    return said;
  }

  const textOf = (said: string): string => {
    const step = compose(
      sseDecoder(),
      quoting(format.id, format.events?.decoder() ?? { push: () => [], end: () => [] }),
    );
    let words = "";
    for (const { value } of step.push(said))
      for (const event of value) if (event.type === "part-delta") words += event.text;
    return words;
  };

  it("cut at every byte says the mask and never the word", async () => {
    for (let at = 1; at < wire.length; at++) {
      const said = await heard([wire.slice(0, at), wire.slice(at)], { options: mask });
      expect(said).not.toContain("forbidden");
      expect(textOf(said)).toBe("I say [KEYWORD_REDACTED] things and more than that");
    }
  });

  it("letter by letter too", async () => {
    const said = await heard([...wire], { options: mask });
    expect(textOf(said)).toBe("I say [KEYWORD_REDACTED] things and more than that");
  });

  it("ends in an error of its language where the word is blocked, cut at every byte", async () => {
    for (let at = 1; at < wire.length; at += 3) {
      const said = await heard([wire.slice(0, at), wire.slice(at)], {});
      expect(said).toContain("Content blocked by guardrail");
      expect(said).not.toContain("bidden");
      expect(said).not.toContain(id === "openai-chat" ? 'finish_reason":"stop' : "message_stop");
    }
  });

  it("names the model as the client does", async () => {
    expect(await heard([wire], { options: mask })).not.toContain('"model":"v"');
  });
});

describe("files of the operator", () => {
  const home = mkdtempSync(join(tmpdir(), "guards-"));
  writeFileSync(join(home, "words.yaml"), "blocked_words:\n  - keyword: kestrel\n    action: BLOCK\n");
  symlinkSync("/etc/hostname", join(home, "link.yaml"));
  const build = (file: string, directory: string | undefined = home) =>
    createGuards([{ ...base, options: { blockedWordsFile: file } }], directory, guardrailKinds).notices;

  it("are read from beside the configuration", () => {
    expect(readFileSync(join(home, "words.yaml"), "utf8")).toContain("kestrel");
    expect(build("words.yaml")).toEqual([]);
    expect(build(join(home, "words.yaml"))).toEqual([]);
  });
  it.each(["../words.yaml", "/etc/hostname", "link.yaml", "none.yaml", "."])("are refused elsewhere: %s", (file) => {
    expect(build(file)).toMatchObject([{ severity: "error" }, { severity: "error" }]);
  });
  it("and where there is no configuration to lie beside", () => {
    expect(
      createGuards([{ ...base, options: { blockedWordsFile: "words.yaml" } }], undefined).notices[0]?.severity,
    ).toBe("error");
  });
});
