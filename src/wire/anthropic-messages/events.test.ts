/** Streams between Anthropic's language and others. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChatEvent, ChatResponse } from "../../canonical/chat.ts";
import { collect, replay } from "../../canonical/collect.ts";
import { GatewayError } from "../../canonical/error.ts";
import type { Frame } from "../format.ts";
import { run } from "../transducer.ts";
import { anthropicMessages } from "./index.ts";

const { events, response } = anthropicMessages;
const occasion = { now: 0, id: "fresh1" };
const encoded = (all: Iterable<ChatEvent>) => run(events!.encoder(occasion), all);
const words = (frames: readonly Frame[]): any[] => frames.map(({ data }) => JSON.parse(data));

const answer: ChatResponse = {
  id: "chatcmpl-1",
  model: "m",
  usage: {
    input: 10,
    cacheRead: 4,
    cacheWrite: 2,
    cacheWriteLong: 1,
    output: 5,
    reasoning: 3,
    serverTools: { web_search: 2 },
  },
  choices: [
    {
      finish: "tool-calls",
      parts: [
        { type: "reasoning", text: "hm", signature: "EqQB" },
        { type: "reasoning", text: "", redacted: "Emw" },
        {
          type: "text",
          text: 'Sunny,\n"I think".',
          citations: [{ format: "anthropic-messages", words: { type: "x" } }],
        },
        {
          type: "opaque",
          format: "anthropic-messages",
          words: { type: "server_tool_use", id: "s", name: "n", input: { a: 1 } },
        },
        { type: "tool-call", id: "c1", name: "look", input: '{"city":"Oslo"}' },
        { type: "tool-call", id: "c2", name: "look", input: "{}" },
      ],
    },
  ],
};

describe("an answer as a stream", () => {
  it("has the events of Anthropic's, by name and in order", () => {
    const short: ChatResponse = {
      id: "x",
      model: "m",
      choices: [{ finish: "stop", parts: [{ type: "text", text: "Hi" }] }],
    };
    const frames = encoded(replay(short));
    expect(frames.map(({ event }) => event)).toEqual(words(frames).map(({ type }) => type));
    expect(words(frames)).toEqual([
      {
        type: "message_start",
        message: {
          id: "msg_fresh1",
          type: "message",
          role: "assistant",
          model: "m",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 },
        },
      },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } },
      { type: "content_block_stop", index: 0 },
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 },
      },
      { type: "message_stop" },
    ]);
  });

  it("comes back as it was", () => {
    expect(collect(run(events!.decoder(), encoded(replay(answer))))).toEqual({ ...answer, id: "msg_fresh1" });
    expect(response.decode(response.encode(answer, occasion))).toEqual({ ...answer, id: "msg_fresh1" });
  });

  it("has no end when it was cut", () => {
    const frames = encoded(replay(answer));
    for (let cut = 0; cut < frames.length - 1; cut++)
      expect(run(events!.decoder(), frames.slice(0, cut)).some(({ type }) => type === "end")).toBe(false);
    const told = [...replay(answer)].slice(0, -1);
    expect(encoded(told).some(({ event }) => event === "message_stop")).toBe(false);
  });

  it("breaks with an error event", () => {
    const encoder = events!.encoder(occasion);
    const failure = new GatewayError("rate-limited", "upstream", "slow down");
    expect(encoder.fail(failure)).toEqual([
      { event: "error", data: '{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}' },
    ]);
  });

  it("leaves out what Anthropic's clients have no word for, and counts its blocks without gaps", () => {
    const parts = [
      { type: "image", source: { kind: "url", url: "https://e.example/a.png" } },
      { type: "opaque", format: "another", words: {} },
      { type: "audio", source: { kind: "data", mediaType: "audio/wav", data: "AAAA" }, transcript: "hello" },
      { type: "refusal", text: "No." },
    ] as const;
    const all = words(encoded(replay({ id: "x", model: "m", choices: [{ finish: "refusal", parts }] })));
    expect(all.filter(({ type }) => type.startsWith("content_block"))).toEqual([
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "No." } },
      { type: "content_block_stop", index: 0 },
    ]);
  });

  it("says tool_use beside a call, whatever the vendor called it", () => {
    const parts = [{ type: "tool-call", id: "a", name: "b", input: "{}" }] as const;
    const stopped: ChatResponse = { id: "x", model: "m", choices: [{ finish: "stop", parts }] };
    expect(words(encoded(replay(stopped))).at(-2).delta.stop_reason).toBe("tool_use");
    expect(response.encode(stopped, occasion)["stop_reason"]).toBe("tool_use");
  });

  it("puts the free text of a custom call into an object", () => {
    const parts = [{ type: "tool-call", id: "a", name: "patch", input: 'say "hi"', custom: true }] as const;
    const answered: ChatResponse = { id: "x", model: "m", choices: [{ finish: "tool-calls", parts }] };
    const pieces = words(encoded(replay(answered))).filter(({ type }) => type === "content_block_delta");
    expect(JSON.parse(pieces.map(({ delta }) => delta.partial_json).join(""))).toEqual({ input: 'say "hi"' });
    expect(response.encode(answered, occasion)["content"]).toEqual([
      { type: "tool_use", id: "a", name: "patch", input: { input: 'say "hi"' } },
    ]);
  });

  it("names another vendor's source by its address", () => {
    const citations = [{ format: "another", words: { url_citation: { url: "https://e.example", title: "E" } } }];
    const cited: ChatResponse = {
      id: "x",
      model: "m",
      choices: [{ finish: "stop", parts: [{ type: "text", text: "a", citations }] }],
    };
    const note = words(encoded(replay(cited))).find(({ delta }) => delta?.type === "citations_delta");
    expect(note.delta.citation).toMatchObject({
      type: "web_search_result_location",
      url: "https://e.example",
      title: "E",
    });
  });

  it("carries another vendor's seal on a call in the call's id, and finds it there when it comes back", () => {
    const part = { type: "tool-call", id: "call_1", name: "look", input: "{}", signature: "c2VhbA==" } as const;
    const sealed: ChatResponse = { id: "x", model: "m", choices: [{ finish: "tool-calls", parts: [part] }] };
    const [told] = response.encode(sealed, occasion)["content"] as any[];
    expect(words(encoded(replay(sealed)))[1].content_block.id).toBe(told.id);
    const messages = [
      { role: "user", content: "?" },
      { role: "assistant", content: [told] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: told.id, content: "y" }] },
    ];
    const asked = anthropicMessages.request.decode({ model: "m", max_tokens: 1, messages });
    expect(asked.messages[1]?.parts).toEqual([part]);
    expect(asked.messages[2]?.parts).toMatchObject([{ id: "call_1" }]);
  });
});

describe("a vendor's stream", () => {
  const frames = (...all: readonly object[]): Frame[] => all.map((one) => ({ data: JSON.stringify(one) }));
  const start = {
    type: "message_start",
    message: { id: "msg_1", model: "m", usage: { input_tokens: 5, output_tokens: 1 } },
  };
  const block = (content_block: object) => ({ type: "content_block_start", index: 0, content_block });
  const delta = (words: object) => ({ type: "content_block_delta", index: 0, delta: words });
  const stop = { type: "content_block_stop", index: 0 };
  const end = [
    { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } },
    { type: "message_stop" },
  ];

  it("gives the input of our own JSON tool back as text that ended by itself", () => {
    const read = collect(
      run(
        events!.decoder(),
        frames(
          start,
          block({ type: "tool_use", id: "t", name: "json_tool_call", input: {} }),
          delta({ type: "input_json_delta", partial_json: '{"a":1}' }),
          stop,
          ...end,
        ),
      ),
    );
    expect(read.choices).toEqual([{ parts: [{ type: "text", text: '{"a":1}' }], finish: "stop" }]);
    expect(read.usage).toEqual({ input: 5, output: 9 });
  });

  it("keeps blocks and deltas that nobody knows yet", () => {
    const read = collect(
      run(
        events!.decoder(),
        frames(
          start,
          block({ type: "compaction", content: null }),
          delta({ type: "compaction_delta", content: "so far" }),
          delta({ type: "compaction_delta", content: ", so good" }),
          stop,
          ...end,
        ),
      ),
    );
    expect(read.choices[0]!.parts).toEqual([
      { type: "opaque", format: "anthropic-messages", words: { type: "compaction", content: "so far, so good" } },
    ]);
  });

  it("passes over what is no JSON, and refuses JSON that is broken", () => {
    expect(run(events!.decoder(), [{ data: "[DONE]" }])).toEqual([]);
    expect(() => run(events!.decoder(), [{ data: '{"type":"content_block_del' }])).toThrow(
      expect.objectContaining({ kind: "bad-gateway" }),
    );
  });

  it("is followed without its events' names, too", () => {
    const skimmer = events!.skim!({ model: undefined, usage: true });
    for (const frame of frames(
      start,
      block({ type: "text", text: "" }),
      delta({ type: "text_delta", text: "12345" }),
      stop,
      ...end,
    ))
      skimmer.push(frame);
    expect(skimmer.seen).toEqual({
      model: "m",
      usage: { input: 5, output: 9 },
      finish: "tool-calls",
      ended: true,
      characters: 5,
    });
  });

  it("never ends in anything but a gateway's error, whatever comes", () => {
    const types = fc.constantFrom(
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
      "error",
      "ping",
    );
    const inner = fc.dictionary(
      fc.constantFrom("type", "text", "usage", "stop_reason", "partial_json", "name", "input", "__proto__", "citation"),
      fc.oneof(
        fc.jsonValue(),
        fc.constantFrom("text", "tool_use", "thinking", "server_tool_use", "text_delta", "input_json_delta"),
      ),
    );
    const frame = fc.tuple(
      types,
      fc.dictionary(
        fc.constantFrom("message", "content_block", "delta", "usage", "error"),
        fc.oneof(inner, fc.jsonValue()),
      ),
    );
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), (all) => {
        const sent = frames(...all.map(([type, rest]) => ({ ...rest, type })));
        const skimmer = events!.skim!({ model: "other", usage: true });
        for (const one of sent) skimmer.push(one);
        expect(skimmer.seen.characters).toBeGreaterThanOrEqual(0);
        try {
          encoded(run(events!.decoder(), sent));
        } catch (failure) {
          expect(failure).toBeInstanceOf(GatewayError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
