/** Streams that are not as documented, and those that pass. */
import { expect, it } from "vitest";
import type { ChatEvent } from "../../canonical/chat.ts";
import { collect } from "../../canonical/collect.ts";
import { run } from "../transducer.ts";
import { decoder } from "./decoder.ts";
import { encoder } from "./encoder.ts";
import { openaiResponses } from "./index.ts";
import { skim } from "./skim.ts";

const frames = (...events: Record<string, unknown>[]) => events.map((event) => ({ data: JSON.stringify(event) }));
const created = { type: "response.created", response: { id: "resp_1", model: "m", created_at: 7 } };
const completed = (more: Record<string, unknown> = {}) => ({
  type: "response.completed",
  response: { id: "resp_1", model: "m", status: "completed", ...more },
});
const call = (index: number) => ({
  type: "function_call",
  id: `fc_${index}`,
  call_id: `c${index}`,
  name: "f",
  arguments: "",
});
const added = (index: number) => ({ type: "response.output_item.added", output_index: index, item: call(index) });
const delta = (index: number, text: string) => ({
  type: "response.function_call_arguments.delta",
  output_index: index,
  delta: text,
});
const done = (index: number, input: string) => ({
  type: "response.output_item.done",
  output_index: index,
  item: { ...call(index), arguments: input },
});

it("tells overlapping items one after another", () => {
  const events = run(
    decoder(),
    frames(
      created,
      added(0),
      added(1),
      delta(1, '{"b"'),
      delta(0, '{"a":'),
      delta(1, ":2}"),
      done(1, '{"b":2}'),
      delta(0, "1}"),
      done(0, '{"a":1}'),
      completed(),
    ),
  );
  let open = false;
  for (const { type } of events) {
    if (type === "part-start") expect(open).toBe(false);
    if (type === "part-start" || type === "part-end") open = type === "part-start";
  }
  expect(collect(events).choices).toEqual([
    {
      finish: "tool-calls",
      parts: [
        { type: "tool-call", id: "c0", name: "f", input: '{"a":1}' },
        { type: "tool-call", id: "c1", name: "f", input: '{"b":2}' },
      ],
    },
  ]);
});

it("makes up for what a vendor did not stream", () => {
  const message = {
    type: "message",
    id: "msg_1",
    content: [
      { type: "output_text", text: "Hello" },
      { type: "refusal", refusal: "No." },
    ],
  };
  const parts = [
    { type: "text", text: "Hello" },
    { type: "refusal", text: "No." },
  ];
  const told = (...events: Record<string, unknown>[]) => collect(run(decoder(), frames(...events))).choices[0]?.parts;
  expect(told(created, completed({ output: [message] }))).toEqual(parts);
  expect(told(created, { type: "response.output_item.done", output_index: 0, item: message }, completed())).toEqual(
    parts,
  );
  expect(told(created, added(0), done(0, "{}"), completed())).toMatchObject([{ input: "{}" }]);
  expect(
    told(
      { type: "response.output_text.delta", output_index: 0, delta: "Hel" },
      { type: "response.output_text.delta", output_index: 0, delta: "lo" },
      completed(),
    ),
  ).toEqual([parts[0]]);
});

it("follows the thoughts of open models, in the words of vLLM", () => {
  const at = { output_index: 0, item_id: "rs_v" };
  const events = run(
    decoder(),
    frames(
      created,
      { type: "response.output_item.added", ...at, item: { type: "reasoning", id: "rs_v", summary: [] } },
      { type: "response.reasoning_part.added", ...at, part: { type: "reasoning_text", text: "" } },
      { type: "response.reasoning_text.delta", ...at, delta: "Three." },
      { type: "response.reasoning_text.done", ...at, text: "Three." },
      { type: "response.reasoning_part.done", ...at, part: { type: "reasoning_text", text: "Three." } },
      {
        type: "response.output_item.done",
        ...at,
        item: { type: "reasoning", id: "rs_v", content: [{ type: "reasoning_text", text: "Three." }] },
      },
      completed(),
    ),
  );
  expect(collect(events).choices[0]?.parts).toEqual([{ type: "reasoning", text: "Three.", id: "rs_v" }]);
});

it("refuses a frame that is no JSON as the vendor's fault", () => {
  expect(() => decoder().push({ data: "<html>" })).toThrow(expect.objectContaining({ kind: "bad-gateway" }));
});

it.each([
  [{ type: "error", code: "rate_limit_exceeded", message: "slow" }, "rate-limited"],
  [{ type: "error", error: { type: "overloaded_error", message: "busy" } }, "overloaded"],
  [{ error: { message: "ctx", code: "context_length_exceeded" } }, "context-too-long"],
  [{ type: "response.failed", response: { error: { code: "server_error", message: "x" } } }, "internal"],
  [{ type: "response.failed", response: {} }, "internal"],
])("knows the vendor's failure %j", (event, kind) => {
  expect(() => run(decoder(), frames(event))).toThrow(expect.objectContaining({ kind, source: "upstream" }));
  const skimmer = skim({ model: undefined, usage: true });
  for (const frame of frames(event)) skimmer.push(frame);
  expect(skimmer.seen.error?.kind).toBe(kind);
});

it("renames the model in the answer, not the one of a tool in it", () => {
  const response = { tools: [{ type: "image_generation", model: "m" }], id: "resp_1", model: "m" };
  const skimmer = skim({ model: "house", usage: true });
  const passed = skimmer.push({ data: JSON.stringify({ type: "response.created", response, odd: 1 }), raw: "x" });
  expect(JSON.parse(passed?.data ?? "")).toEqual({
    type: "response.created",
    response: { ...response, model: "house" },
    odd: 1,
  });
  expect(passed?.raw).toBeUndefined();
});

it("counts the text that passes, quotes and all", () => {
  const skimmer = skim({ model: undefined, usage: true });
  skimmer.push({ data: JSON.stringify({ type: "response.output_text.delta", delta: 'say "hi"\\', logprobs: [] }) });
  expect(skimmer.seen.characters).toBe(12);
});

it("counts the searches of the vendor, which its usage does not tell", () => {
  const output = [{ type: "web_search_call" }, { type: "web_search_call" }];
  const usage = {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
    output_tokens: 3,
    output_tokens_details: { reasoning_tokens: 1 },
  };
  const skimmer = skim({ model: undefined, usage: true });
  skimmer.push({ data: JSON.stringify(completed({ output, usage })) });
  expect(skimmer.seen.usage).toEqual({
    input: 5,
    cacheRead: 4,
    cacheWrite: 1,
    output: 2,
    reasoning: 1,
    serverTools: { web_search: 2 },
  });
});

it("answers one question once: further choices have no place", () => {
  const events: ChatEvent[] = [
    { type: "start", id: "resp_1", model: "m" },
    { type: "part-start", choice: 1, part: { type: "text", text: "" } },
    { type: "part-delta", choice: 1, text: "second" },
    { type: "part-end", choice: 1 },
    { type: "end" },
  ];
  expect(JSON.stringify(run(encoder({ now: 1, id: "x" }), events))).not.toContain("second");
});

it("repeats the settings of the request in an answer from another language", () => {
  const request = openaiResponses.request.decode({
    model: "m",
    input: "Hi",
    instructions: "Be brief.",
    temperature: 0.4,
    metadata: { k: "v" },
    truncation: "auto",
    previous_response_id: "resp_0",
    tools: [{ type: "function", name: "f", strict: false }],
  });
  const told = openaiResponses.response.encode(
    { id: "msg_1", model: "m", choices: [{ parts: [], finish: "length" }] },
    { now: 9, id: "x", request },
  );
  expect(told).toMatchObject({
    id: "resp_x",
    created_at: 9,
    status: "incomplete",
    incomplete_details: { reason: "max_output_tokens" },
    instructions: "Be brief.",
    temperature: 0.4,
    metadata: { k: "v" },
    truncation: "auto",
    previous_response_id: "resp_0",
    tools: [{ type: "function", name: "f", strict: false, allowed_callers: null }],
  });
});
