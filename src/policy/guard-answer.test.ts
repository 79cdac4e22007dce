/** Guards of answers: whole ones and streamed ones, and the files that an operator gives them. */
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { base, chat, exchangeOf, mask, stageOf, text } from "../../test/guarding.ts";
import type { RequestOf } from "../canonical/operation.ts";
import type { GuardrailConfig } from "../config/config.ts";
import type { Reply } from "../exchange.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import { sseDecoder, sseText } from "../wire/framing/sse.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { quoting } from "../wire/quoted.ts";
import { compose } from "../wire/transducer.ts";
import { guardrailKinds } from "./guardrails/index.ts";
import { createGuards } from "./guards.ts";

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
    const said = await heard(wire.split(""), { options: mask });
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
