/** A stored answer told again: in the order of the API, and so that its own readers make the same answer of it. */
import { expect, it } from "vitest";
import { Collector } from "../../canonical/collect.ts";
import type { Frame } from "../format.ts";
import { openaiResponses } from "./index.ts";
import { storedEvents } from "./stored-events.ts";

const stored = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  completed_at: 2,
  status: "completed",
  error: null,
  incomplete_details: null,
  model: "m",
  output: [
    { id: "rs_1", type: "reasoning", summary: [{ type: "summary_text", text: "Think." }] },
    {
      id: "msg_1",
      type: "message",
      role: "assistant",
      status: "completed",
      content: [
        {
          type: "output_text",
          text: "Hello 狐狸",
          annotations: [{ type: "url_citation", url: "https://a.example", title: "A", start_index: 0, end_index: 5 }],
          logprobs: [],
        },
        { type: "refusal", refusal: "No." },
      ],
    },
    { id: "fc_1", type: "function_call", call_id: "c", name: "look", arguments: "{}", status: "completed" },
    { id: "ws_1", type: "web_search_call", status: "completed", action: { type: "search", query: "q" } },
    { id: "x_1", type: "constructor", content: "odd" },
  ],
  usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
};
const typesOf = (frames: readonly Frame[]) => frames.map(({ event }) => event?.slice("response.".length));
const numbersOf = (frames: readonly Frame[]) =>
  frames.map(({ data }) => (JSON.parse(data) as { sequence_number: number }).sequence_number);

it("announces, tells and closes every item and part", () => {
  const frames = storedEvents(stored);
  expect(typesOf(frames)).toEqual([
    "created",
    "in_progress",
    "output_item.added",
    "reasoning_summary_part.added",
    "reasoning_summary_text.delta",
    "reasoning_summary_text.done",
    "reasoning_summary_part.done",
    "output_item.done",
    "output_item.added",
    "content_part.added",
    "output_text.delta",
    "output_text.annotation.added",
    "output_text.done",
    "content_part.done",
    "content_part.added",
    "refusal.delta",
    "refusal.done",
    "content_part.done",
    "output_item.done",
    "output_item.added",
    "function_call_arguments.delta",
    "function_call_arguments.done",
    "output_item.done",
    "output_item.added",
    "output_item.done",
    "output_item.added",
    "output_item.done",
    "completed",
  ]);
  expect(numbersOf(frames)).toEqual(frames.map((_, index) => index));
  const [first] = frames;
  expect(JSON.parse(first?.data ?? "")).toMatchObject({
    response: { id: "resp_1", status: "in_progress", output: [], usage: null, completed_at: null },
  });
  expect(JSON.parse(frames.at(-1)?.data ?? "")).toMatchObject({ response: stored });
});

it("is read as the same answer", () => {
  const decoder = openaiResponses.events?.decoder();
  const collector = new Collector();
  for (const frame of storedEvents(stored)) for (const event of decoder?.push(frame) ?? []) collector.push(event);
  const [told] = collector.response.choices;
  const [whole] = openaiResponses.response.decode(stored).choices;
  const textsIn = (parts: readonly unknown[] = []) => JSON.stringify(parts).match(/"(?:text|input)":"[^"]*"/g);
  expect(textsIn(told?.parts)).toEqual(textsIn(whole?.parts));
  expect(told?.finish).toBe(whole?.finish);
  expect(collector.response.usage).toEqual(openaiResponses.response.decode(stored).usage);
});

it("goes on after an event, and says the last one in any case", () => {
  const all = storedEvents(stored);
  expect(storedEvents(stored, 5)).toEqual(all.slice(6));
  for (const after of [all.length - 1, 5000]) {
    const [last, ...more] = storedEvents(stored, after);
    expect(more).toEqual([]);
    expect(last?.event).toBe("response.completed");
    expect(numbersOf(last ? [last] : [])).toEqual([after + 1]);
  }
});

it.each([
  ["failed", "failed"],
  ["incomplete", "incomplete"],
  ["cancelled", "incomplete"],
])("ends as the answer did: %s", (status, word) => {
  expect(storedEvents({ ...stored, status }).at(-1)?.event).toBe(`response.${word}`);
});

it.each([{}, { output: "x" }, { output: [null, 1, { type: "message", content: [null, "x"], summary: 3 }] }])(
  "makes the best of what is no answer: %j",
  (words) => {
    expect(storedEvents(words).length).toBeGreaterThanOrEqual(3);
  },
);
