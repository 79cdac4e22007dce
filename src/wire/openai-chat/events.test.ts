/** Streams: loose deltas become parts in order, and events become the chunks that clients of this language know. */
import { describe, expect, it } from "vitest";
import type { ChatEvent, ChatRequest } from "../../canonical/chat.ts";
import { collect } from "../../canonical/collect.ts";
import { GatewayError } from "../../canonical/error.ts";
import type { Part } from "../../canonical/part.ts";
import { run } from "../transducer.ts";
import { chunkDecoder } from "./decoder.ts";
import { chunkEncoder } from "./encoder.ts";
import { chunkSkimmer } from "./skimmer.ts";

const chunk = (delta: object, rest: object = {}, index = 0) => ({
  data: JSON.stringify({ id: "c", model: "m", choices: [{ index, delta, finish_reason: null, ...rest }] }),
});
const finish = (reason = "stop", index = 0) => chunk({}, { finish_reason: reason }, index);
const done = { data: "[DONE]" };
const call = (index: number | undefined, id: string | undefined, args: string, name?: string) =>
  chunk({ tool_calls: [{ index, id, function: { name, arguments: args } }] });
const read = (...frames: { data: string }[]): ChatEvent[] => run(chunkDecoder(), frames);
const parts = (...frames: { data: string }[]): readonly Part[] => collect(read(...frames)).choices[0]?.parts ?? [];
const calls = (...frames: { data: string }[]) =>
  parts(...frames).map((part) => (part.type === "tool-call" ? [part.id, part.name, part.input] : part.type));

describe("tool calls", () => {
  it("that arrive turn about come out one after another", () => {
    const frames = [
      call(0, "a", "", "f"),
      call(1, "b", "", "g"),
      call(0, undefined, '{"x"'),
      call(1, undefined, "{}"),
      call(0, undefined, ":1}"),
      finish("tool_calls"),
      done,
    ];
    expect(calls(...frames)).toEqual([
      ["a", "f", '{"x":1}'],
      ["b", "g", "{}"],
    ]);
    let open = 0;
    for (const { type } of read(...frames)) {
      if (type === "part-start") expect(open++).toBe(0);
      if (type === "part-end") open--;
    }
  });

  it("stream on as soon as the one before is whole", () => {
    const decoder = chunkDecoder();
    for (const frame of [call(0, "a", '{"x":1}', "f"), call(1, "b", "", "g")]) decoder.push(frame);
    expect(decoder.push(call(1, undefined, '{"y"'))).toEqual([{ type: "part-delta", choice: 0, text: '{"y"' }]);
  });

  it("without arguments wait for nobody's forever", () => {
    expect(calls(call(0, "a", "", "f"), call(1, "b", "{}", "g"), finish(), done)).toEqual([
      ["a", "f", ""],
      ["b", "g", "{}"],
    ]);
  });

  it("are told apart by their ids where a host gives every call the index 0, or none", () => {
    for (const index of [0, undefined])
      expect(calls(call(index, "a", "{}", "f"), call(index, "b", "{}", "g"), done)).toEqual([
        ["a", "f", "{}"],
        ["b", "g", "{}"],
      ]);
  });

  it("make a plain stop one for their sake", () => {
    expect(collect(read(call(0, "a", "{}", "f"), finish("stop"), done)).choices[0]?.finish).toBe("tool-calls");
  });

  it("do not swallow text that comes between", () => {
    expect(
      calls(call(0, "a", '{"x"', "f"), chunk({ content: "Hm." }), call(0, undefined, ":1}"), finish(), done),
    ).toEqual([["a", "f", '{"x":1}'], "text"]);
  });
});

describe("thoughts", () => {
  it.each([["reasoning_content"], ["reasoning"]])("are read from %s", (field) =>
    expect(parts(chunk({ [field]: "h" }), chunk({ [field]: "m" }), chunk({ content: "Hi" }), finish(), done)).toEqual([
      { type: "reasoning", text: "hm" },
      { type: "text", text: "Hi" },
    ]),
  );

  it("get their seal once, though the sealing block repeats them", () => {
    const sealing = { thinking_blocks: [{ type: "thinking", thinking: "hm", signature: "s" }] };
    expect(
      parts(
        chunk({ reasoning_content: "hm" }),
        chunk(sealing),
        chunk({ thinking_blocks: [{ type: "redacted_thinking", data: "x" }] }),
        finish(),
        done,
      ),
    ).toEqual([
      { type: "reasoning", text: "hm", signature: "s" },
      { type: "reasoning", text: "", redacted: "x" },
    ]);
  });
});

describe("the end", () => {
  const usage = {
    data: JSON.stringify({ id: "c", model: "m", choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }),
  };
  const ends = (...frames: { data: string }[]) => read(...frames).filter(({ type }) => type === "end");

  it("is [DONE]", () => expect(ends(finish(), usage, done)).toEqual([{ type: "end", usage: { input: 1, output: 2 } }]));
  it("is there without [DONE] once usage followed the finish", () => expect(ends(finish(), usage)).toHaveLength(1));
  it("is not a finish alone", () => expect(ends(chunk({ content: "a" }), finish())).toEqual([]));
  it("is not said twice", () => expect(ends(finish(), usage, done, done)).toHaveLength(1));
  it("finishes every choice", () => {
    const events = read(chunk({ content: "a" }), chunk({ content: "b" }, {}, 1), finish("length", 1), done);
    expect(collect(events).choices.map((choice) => choice.finish)).toEqual(["other", "length"]);
  });
});

it.each([
  [{ error: { message: "broken", type: "server_error" } }, "internal"],
  [{ error: { message: "broken", code: 502 }, choices: [{ delta: {}, finish_reason: "error" }] }, "bad-gateway"],
  [{ error: "broken" }, "internal"],
  [{ object: "error", message: "broken", code: 400 }, "invalid-request"],
])("an error in mid-stream is thrown by the decoder and seen by who looks on: %j", (body, kind) => {
  const frame = { data: JSON.stringify(body) };
  expect(() => read(chunk({ content: "a" }), frame)).toThrow(expect.objectContaining({ kind, message: "broken" }));
  const skimmer = chunkSkimmer({ model: undefined, usage: true });
  expect(skimmer.push(frame)).toBe(frame);
  expect(skimmer.seen.error?.kind).toBe(kind);
});

it("refuses what is no JSON", () => expect(() => read({ data: "<html>" })).toThrow(GatewayError));

describe("what a client gets", () => {
  const request = (streamUsage: boolean): ChatRequest => ({ model: "m", messages: [], stream: true, streamUsage });
  const write = (events: readonly ChatEvent[], streamUsage = false) =>
    run(chunkEncoder({ now: 5, id: "fresh", request: request(streamUsage) }), events).map(({ data }) =>
      data === "[DONE]" ? data : (JSON.parse(data) as Record<string, unknown>),
    );
  const start: ChatEvent = { type: "start", id: "msg_1", model: "m" };
  const end: ChatEvent = { type: "end", usage: { input: 1, output: 2 }, serviceTier: "default" };
  const deltas = (part: Part, ...events: ChatEvent[]) =>
    write([start, { type: "part-start", choice: 0, part }, ...events])
      .slice(1)
      .map((one) => (one as { choices: { delta: unknown }[] }).choices[0]?.delta);

  it("is a role, text, a finish and [DONE]", () => {
    const head = { id: "chatcmpl-fresh", object: "chat.completion.chunk", created: 5, model: "m" };
    const choice = (delta: object, finish_reason: string | null = null) => ({
      ...head,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    });
    expect(
      write([
        start,
        { type: "part-start", choice: 0, part: { type: "text", text: "" } },
        { type: "part-delta", choice: 0, text: 'H"i' },
        { type: "part-end", choice: 0 },
        { type: "finish", choice: 0, finish: "stop" },
        end,
      ]),
    ).toEqual([choice({ role: "assistant", content: "" }), choice({ content: 'H"i' }), choice({}, "stop"), "[DONE]"]);
  });

  it("ends in usage only where the client asked for it", () => {
    expect(write([start, end])).toEqual(["[DONE]"]);
    const [usage, last] = write([start, end], true);
    expect(usage).toMatchObject({
      choices: [],
      service_tier: "default",
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    });
    expect(last).toBe("[DONE]");
  });

  it("has the whole thought beside its seal", () => {
    const block = { type: "thinking", thinking: "hm", signature: "s" };
    expect(
      deltas(
        { type: "reasoning", text: "" },
        { type: "part-delta", choice: 0, text: "h" },
        { type: "part-delta", choice: 0, text: "m" },
        { type: "part-note", choice: 0, note: { type: "signature", signature: "s" } },
      ),
    ).toEqual([
      { reasoning_content: "h" },
      { reasoning_content: "m" },
      { reasoning_content: "", thinking_blocks: [block] },
    ]);
  });

  it("has calls by number, announced once", () => {
    expect(
      deltas({ type: "tool-call", id: "a", name: "f", input: "" }, { type: "part-delta", choice: 0, text: "{}" }),
    ).toEqual([
      { tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: "{}" } }] },
    ]);
  });

  it("has citations of other languages as annotations and as they were", () => {
    const citation = { url: "https://a.example/", title: "A" };
    const [, noted] = deltas(
      { type: "text", text: "" },
      { type: "part-delta", choice: 0, text: "abc" },
      { type: "part-note", choice: 0, note: { type: "citation", format: "f", citation } },
    );
    expect(noted).toEqual({
      annotations: [{ type: "url_citation", url_citation: { ...citation, start_index: 0, end_index: 3 } }],
      provider_specific_fields: { citation },
    });
  });
});

describe("who looks on", () => {
  const usage = { data: '{"id":"c","model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}' };

  it("withholds usage that the client did not ask for, and knows it all the same", () => {
    const skimmer = chunkSkimmer({ model: undefined, usage: false });
    expect(skimmer.push(usage)).toBeUndefined();
    expect(skimmer.seen.usage).toEqual({ input: 1, output: 2 });
  });

  it("is not misled by words that look like fields", () => {
    const skimmer = chunkSkimmer({ model: "x", usage: false });
    const text = 'say "model":"m" and "usage":{} and "finish_reason":"stop" and "error":1';
    const passed = skimmer.push(chunk({ content: text }));
    expect(JSON.parse(passed?.data ?? "")).toMatchObject({ model: "x", choices: [{ delta: { content: text } }] });
    expect(skimmer.seen.finish).toBeUndefined();
    expect(skimmer.seen.error).toBeUndefined();
    expect(skimmer.seen.characters).toBe(JSON.stringify(text).length - 2);
  });

  it("knows that calls were made", () => {
    const skimmer = chunkSkimmer({ model: undefined, usage: true });
    for (const frame of [call(0, "a", "{}", "f"), finish("stop"), done]) skimmer.push(frame);
    expect(skimmer.seen).toMatchObject({ finish: "tool-calls", ended: true });
  });

  it("reads frames that are written with spaces", () => {
    const skimmer = chunkSkimmer({ model: "x", usage: true });
    const passed = skimmer.push({ data: '{"model": "m", "choices": [{"delta": {}, "finish_reason": "length"}]}' });
    expect(passed?.data).toContain('"model": "x"');
    expect(skimmer.seen.finish).toBe("length");
  });
});
