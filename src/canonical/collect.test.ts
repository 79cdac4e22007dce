/** Streams and whole answers are two spellings of one thing. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { ChatEvent, ChatResponse } from "./chat.ts";
import { Collector, collect, replay } from "./collect.ts";
import type { Part } from "./part.ts";

const everything: readonly Part[] = [
  { type: "reasoning", text: "hmm", signature: "seal", id: "rs_1" },
  { type: "reasoning", text: "", redacted: "hidden" },
  {
    type: "text",
    text: "Hello.",
    citations: [
      { format: "f", words: { url: "u" } },
      { format: "f", words: 2 },
    ],
  },
  { type: "refusal", text: "No." },
  { type: "image", source: { kind: "url", url: "https://example.com/a.png" } },
  {
    type: "audio",
    source: { kind: "data", mediaType: "audio/wav", data: "AAAA" },
    transcript: "Hi.",
    id: "audio_1",
    expires: 5,
  },
  { type: "tool-call", id: "c1", name: "f", input: '{"a":1}', signature: "thought" },
  { type: "tool-call", id: "c2", name: "g", input: "free text", custom: true },
  { type: "opaque", format: "f", words: { type: "server_tool_use" } },
];
const whole: ChatResponse = {
  id: "r1",
  model: "m",
  created: 1,
  choices: [
    { parts: everything, finish: "tool-calls" },
    { parts: [{ type: "text", text: "Other." }], finish: "stop", stopSequence: "END", logprobs: { content: [1, 2] } },
  ],
  usage: { input: 1, output: 2 },
  serviceTier: "default",
};

it("collects what it replays, of every kind", () => expect(collect(replay(whole))).toEqual(whole));

it("collects what it replays, whatever was said", () => {
  const part = fc.oneof(
    fc.record({ type: fc.constant("text" as const), text: fc.string() }),
    fc.record({ type: fc.constant("reasoning" as const), text: fc.string(), signature: fc.string({ minLength: 1 }) }),
    fc.record({ type: fc.constant("tool-call" as const), id: fc.string(), name: fc.string(), input: fc.string() }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(part), { minLength: 1, maxLength: 3 }), (lists) => {
      const response: ChatResponse = {
        id: "r",
        model: "m",
        choices: lists.map((parts) => ({ parts, finish: "stop" as const })),
      };
      expect(collect(replay(response))).toEqual(response);
    }),
  );
});

it("replays parts one after another, each closed before the next", () => {
  let open = 0;
  for (const event of replay(whole)) {
    if (event.type === "part-start") expect(open++).toBe(0);
    if (event.type === "part-end") expect(open--).toBe(1);
  }
  expect(open).toBe(0);
});

it("knows what a stream has said so far, and that it has not ended", () => {
  const collector = new Collector();
  const events: ChatEvent[] = [
    { type: "start", id: "r", model: "m", usage: { input: 3, output: 0 } },
    { type: "part-start", choice: 0, part: { type: "text", text: "" } },
    { type: "part-delta", choice: 0, text: "Hel" },
    { type: "part-delta", choice: 0, text: "lo" },
  ];
  for (const event of events) collector.push(event);
  expect(collector.ended).toBe(false);
  expect(collector.usage).toEqual({ input: 3, output: 0 });
  expect(collector.response.choices).toEqual([{ parts: [{ type: "text", text: "Hello" }], finish: "other" }]);
  collector.push({ type: "part-end", choice: 0 });
  collector.push({ type: "end", usage: { input: 3, output: 2 } });
  expect(collector.ended).toBe(true);
  expect(collector.usage).toEqual({ input: 3, output: 2 });
});

it("joins log probabilities of pieces, and tells a list that never came as null", () => {
  const delta = (token: string): ChatEvent => ({
    type: "part-delta",
    choice: 0,
    text: token,
    logprobs: { content: [{ token }], refusal: null },
  });
  const { choices } = collect([
    { type: "start", id: "r", model: "m" },
    { type: "part-start", choice: 0, part: { type: "text", text: "" } },
    delta("a"),
    delta("b"),
    delta("c"),
    { type: "part-end", choice: 0 },
  ]);
  expect(choices[0]?.logprobs).toEqual({ content: [{ token: "a" }, { token: "b" }, { token: "c" }], refusal: null });
});

it("keeps choices apart though their events are mixed", () => {
  const { choices } = collect([
    { type: "start", id: "r", model: "m" },
    { type: "part-start", choice: 1, part: { type: "text", text: "" } },
    { type: "part-start", choice: 0, part: { type: "text", text: "" } },
    { type: "part-delta", choice: 0, text: "zero" },
    { type: "part-delta", choice: 1, text: "one" },
    { type: "part-end", choice: 1 },
    { type: "part-end", choice: 0 },
    { type: "finish", choice: 0, finish: "stop" },
    { type: "finish", choice: 1, finish: "length" },
    { type: "end" },
  ]);
  expect(choices).toEqual([
    { parts: [{ type: "text", text: "zero" }], finish: "stop" },
    { parts: [{ type: "text", text: "one" }], finish: "length" },
  ]);
});
