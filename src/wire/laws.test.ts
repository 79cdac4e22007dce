/** What must hold of every format, whatever it says. A new format joins by adding itself to a list. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChatEvent, ChatRequest, ChatResponse } from "../canonical/chat.ts";
import { collect, replay } from "../canonical/collect.ts";
import type { EmbedRequest, EmbedResponse } from "../canonical/embed.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Operation } from "../canonical/operation.ts";
import type { Part } from "../canonical/part.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import type { Format, Frame, Occasion } from "./format.ts";
import { sseDecoder, sseText } from "./framing/sse.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiCompletions } from "./openai-completions/index.ts";
import { openaiEmbeddings } from "./openai-embeddings/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";
import { compose, run, type Transducer } from "./transducer.ts";

/** A format, an id of its own shape, and the parts and messages that it can carry. */
interface Speaker {
  readonly format: Format<"chat">;
  readonly id: string;
  readonly parts: readonly Part[];
  readonly question: Partial<ChatRequest>;
  /** Settings that every host of the language must be told. */
  readonly always?: Partial<ChatRequest>;
  /** True: the language knows no sequences to stop at. */
  readonly stopless?: boolean;
}

const rich: readonly Part[] = [
  { type: "reasoning", text: "hmm\n\nwell", signature: "c2VhbA==" },
  { type: "text", text: 'Sunny,\nI "think" \u{1f31e}.' },
  { type: "tool-call", id: "c1", name: "weather", input: '{"city":"Oslo"}' },
  { type: "tool-call", id: "c2", name: "weather", input: '{"city":"S\u00e3o Paulo"}' },
];
const conversation: Partial<ChatRequest> = {
  messages: [
    { role: "system", parts: [{ type: "text", text: "Be brief." }] },
    {
      role: "user",
      parts: [
        { type: "text", text: "Weather here?" },
        { type: "image", source: { kind: "data", mediaType: "image/png", data: "iVBORw0KGgo=" } },
        { type: "image", source: { kind: "url", url: "https://example.com/a.png" } },
      ],
    },
    {
      role: "assistant",
      parts: [
        { type: "reasoning", text: "hmm", signature: "c2VhbA==" },
        { type: "text", text: "Let me look." },
        { type: "tool-call", id: "c1", name: "weather", input: '{"city":"Oslo"}' },
      ],
    },
    { role: "user", parts: [{ type: "tool-result", id: "c1", parts: [{ type: "text", text: "sun" }] }] },
  ],
  tools: [
    { type: "function", name: "weather", description: "The weather.", schema: { type: "object", properties: {} } },
  ],
  toolChoice: { type: "auto" },
};

const speakers: readonly Speaker[] = [
  { format: openaiChat, id: "chatcmpl-1", parts: rich, question: conversation },
  {
    format: anthropicMessages,
    id: "msg_1",
    parts: rich,
    question: conversation,
    always: { maxTokens: 10, streamUsage: true },
  },
  {
    format: openaiCompletions,
    id: "cmpl-1",
    parts: [{ type: "text", text: 'Once,\n"upon" \u{1f31e} a time.' }],
    question: { messages: [{ role: "user", parts: [{ type: "text", text: "Once" }] }] },
  },
  {
    format: openaiResponses,
    id: "resp_1",
    parts: rich,
    // Here tools are strict unless they say that they are not.
    question: { ...conversation, tools: conversation.tools?.map((tool) => ({ ...tool, strict: false })) ?? [] },
    always: { streamUsage: true },
    stopless: true,
  },
];

const question = ({ question: asked, always, stopless }: Speaker): ChatRequest => ({
  model: "m",
  messages: [],
  stream: false,
  temperature: 0.5,
  topP: 0.9,
  ...(!stopless && { stop: ["END"] }),
  maxTokens: 10,
  extra: { unknown_knob: { deep: [1, null] } },
  ...asked,
  ...always,
});
const answer = ({ id, parts }: Speaker): ChatResponse => ({
  id,
  model: "m",
  choices: [{ parts, finish: parts.some(({ type }) => type === "tool-call") ? "tool-calls" : "stop" }],
  usage: { input: 17, output: 23, cacheRead: 8 },
});

const asked: ChatRequest = { model: "m", messages: [], stream: true, streamUsage: true };
const occasion: Occasion<"chat"> = { now: 1_700_000_000, id: "fresh", request: asked };

const codec = ({ events }: Format<"chat">) => {
  if (!events) throw new Error("this format has no streams");
  return events;
};
const spoken = (speaker: Speaker, response = answer(speaker)): Frame[] =>
  run(codec(speaker.format).encoder(occasion), replay(response));
const heard = ({ format }: Speaker, frames: readonly Frame[]): ChatEvent[] => run(codec(format).decoder(), frames);
/** Not every language tells when. */
const timeless = ({ created: _, ...response }: ChatResponse): Omit<ChatResponse, "created"> => response;

const tame = (step: () => unknown): void => {
  try {
    step();
  } catch (failure) {
    expect(failure).toBeInstanceOf(GatewayError);
  }
};

describe.each(speakers.map((speaker) => [speaker.format.id, speaker] as const))("%s", (_, speaker) => {
  const { format } = speaker;

  it("decodes the request it encodes", () => {
    const value = question(speaker);
    expect(format.request.decode(format.request.encode(value))).toEqual(value);
  });

  it("decodes the request it encodes after a journey as text", () => {
    const value = { ...question(speaker), stream: true };
    const body = JSON.parse(JSON.stringify(format.request.encode(value))) as unknown;
    expect(format.request.decode(body)).toEqual(value);
  });

  it("names its fields as it writes them", () => {
    const body = format.request.encode({ ...question(speaker), stream: true });
    const { model, stream, maxTokens } = format.request.fields;
    if (model !== undefined) expect(body[model]).toBe("m");
    if (stream !== undefined) expect(body[stream]).toBe(true);
    if (maxTokens !== undefined) expect(body[maxTokens]).toBe(10);
  });

  it("decodes the response it encodes", () => {
    const value = answer(speaker);
    const body = JSON.parse(JSON.stringify(format.response.encode(value, occasion))) as Record<string, unknown>;
    expect(timeless(format.response.decode(body))).toEqual(value);
    if (format.response.modelField !== undefined) expect(body[format.response.modelField]).toBe("m");
  });

  it("gives an answer that came in another language an id of its own kind", () => {
    const body = format.response.encode({ ...answer(speaker), id: "" }, occasion);
    expect(JSON.stringify(body)).toContain("fresh");
  });

  it("streams what it would have answered", () => {
    const events = heard(speaker, spoken(speaker));
    expect(timeless(collect(events))).toEqual(answer(speaker));
  });

  it("never lets parts overlap, and says the end once and last", () => {
    let open = false;
    const events = heard(speaker, spoken(speaker));
    for (const { type } of events) {
      if (type === "part-start") expect(open).toBe(false);
      if (type === "part-end" || type === "part-delta") expect(open).toBe(true);
      if (type === "part-start" || type === "part-end") open = type === "part-start";
    }
    expect(events.filter(({ type }) => type === "end")).toHaveLength(1);
    expect(events.at(-1)?.type).toBe("end");
  });

  it("never ends a stream that was cut short", () => {
    const frames = spoken(speaker);
    for (let cut = 0; cut <= frames.length - 2; cut++)
      expect(heard(speaker, frames.slice(0, cut)).filter(({ type }) => type === "end")).toEqual([]);
  });

  it("reads the same stream however the bytes are cut", () => {
    const text = spoken(speaker).map(sseText).join("");
    const read = (pieces: Iterable<string>) => run(compose(sseDecoder(), codec(format).decoder()), pieces);
    const whole = read([text]);
    expect(collect(whole).choices).toEqual(answer(speaker).choices);
    for (let size = 1; size < 40; size++) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (__, at) =>
        text.slice(at * size, (at + 1) * size),
      );
      expect(read(pieces)).toEqual(whole);
      expect(read(pieces.map((piece) => piece.replaceAll("\n", "\r\n")))).toEqual(whole);
    }
  });

  it("lets its own streams pass word for word, and sees what they tell", () => {
    const skim = codec(format).skim;
    if (!skim) throw new Error("this format cannot follow a stream");
    const skimmer = skim({ model: undefined, usage: true });
    for (const frame of spoken(speaker)) expect(skimmer.push(frame)).toBe(frame);
    const { usage, choices } = answer(speaker);
    expect(skimmer.seen).toMatchObject({ usage, finish: choices[0]?.finish, ended: true });
    expect(skimmer.seen.characters).toBeGreaterThan(10);
  });

  it("writes another name of the model into a passing stream, and nothing else", () => {
    const skimmer = codec(format).skim?.({ model: 'our "name"', usage: true });
    const passed = spoken(speaker).flatMap((frame) => skimmer?.push(frame) ?? []);
    expect(passed.map(({ data }) => data).join("\n")).not.toContain('"model":"m"');
    const started = heard(speaker, passed).find((event) => event.type === "start");
    expect(started?.model).toBe('our "name"');
    expect(collect(heard(speaker, passed)).choices).toEqual(answer(speaker).choices);
  });

  it("says an error in mid-stream and before the first event, and hears it again", () => {
    const broken = new GatewayError("overloaded", "upstream", "too many askers");
    for (const before of [0, 2]) {
      const encoder = codec(format).encoder(occasion);
      const frames: Frame[] = [];
      for (const event of [...replay(answer(speaker))].slice(0, before)) frames.push(...encoder.push(event));
      frames.push(...encoder.fail(broken));
      expect(() => heard(speaker, frames)).toThrow("too many askers");
      const skimmer = codec(format).skim?.({ model: undefined, usage: true });
      for (const frame of frames) expect(skimmer?.push(frame)).toBe(frame);
      expect(skimmer?.seen.error?.message).toContain("too many askers");
      expect(skimmer?.seen.ended).toBe(false);
    }
  });

  it("keeps an error's message and status through its envelope", () => {
    const error = new GatewayError("rate-limited", "upstream", "slow down");
    const again = format.error.decode(error.status, JSON.parse(JSON.stringify(format.error.encode(error))));
    expect(again).toMatchObject({ kind: "rate-limited", message: "slow down", status: 429, source: "upstream" });
    expect(again.details.words?.format).toBeDefined();
  });

  it("streams any answer that it can carry", () => {
    const text = fc.string({ unit: "binary", minLength: 1 });
    fc.assert(
      fc.property(text, fc.constantFrom("stop" as const, "length" as const), (words, finish) => {
        const told = { ...answer(speaker), choices: [{ parts: [{ type: "text" as const, text: words }], finish }] };
        expect(timeless(collect(heard(speaker, spoken(speaker, told))))).toEqual(told);
        expect(timeless(format.response.decode(format.response.encode(told, occasion)))).toEqual(told);
      }),
    );
  });
});

/** Bodies that look right from afar: known names with anything behind them. */
const vendorish = (names: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...names), fc.oneof({ depthSize: "small", withCrossShrink: true }, fc.jsonValue()));
const names =
  "id model type choices message delta content usage error finish_reason index text tool_calls function audio images annotations thinking_blocks logprobs content_block output item response role messages prompt input tools data code detail signature".split(
    " ",
  );
const nested = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "medium" }, fc.jsonValue(), tie("list"), tie("object")),
  list: fc.array(tie("value"), { maxLength: 3 }),
  object: fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 6 }),
})).object;

const everything: readonly Format<Operation>[] = [
  ...speakers.map(({ format }) => format as unknown as Format<Operation>),
  openaiEmbeddings,
];

describe.each(everything.map((format) => [format.id, format] as const))("%s, told nonsense,", (_, format) => {
  it("throws nothing but errors of the gateway's", () => {
    fc.assert(
      fc.property(fc.oneof(nested, vendorish(names), fc.jsonValue()), (body) => {
        tame(() => format.request.decode(body));
        tame(() => format.response.decode(body));
        expect(format.error.decode(500, body)).toBeInstanceOf(GatewayError);
        expect(format.error.decode(400, body).source).toBe("upstream");
        if (!format.events) return;
        const decoder = format.events.decoder() as Transducer<Frame, unknown>;
        const skimmer = format.events.skim?.({ model: "m", usage: false });
        for (const data of [JSON.stringify(body), "", "nonsense", "[DONE]"]) {
          tame(() => decoder.push({ data }));
          skimmer?.push({ data });
        }
        tame(() => decoder.end());
      }),
      { numRuns: 400 },
    );
  });

  it("does not let a body change what all objects are", () => {
    const body = JSON.parse(
      '{"model":"m","input":"a","messages":[],"prompt":"a","max_tokens":1,"__proto__":{"polluted":1},"constructor":{"x":1}}',
    );
    tame(() => {
      const value = format.request.decode(body);
      expect((value as unknown as Record<string, unknown>)["polluted"]).toBeUndefined();
      expect(Object.getPrototypeOf(value.extra ?? {})).toBe(Object.prototype);
    });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

const embedders: readonly Format<"embed">[] = [openaiEmbeddings];

describe.each(embedders.map((format) => [format.id, format] as const))("%s", (_, format) => {
  const request: EmbedRequest = { model: "m", inputs: ["one", "two"], dimensions: 2 };
  const response: EmbedResponse = {
    model: "m",
    vectors: [
      [0.5, 1],
      [1, 0],
    ],
    usage: { input: 7, output: 0 },
  };

  it("decodes the request it encodes", () =>
    expect(format.request.decode(format.request.encode(request))).toEqual(request));
  it("decodes the response it encodes", () =>
    expect(format.response.decode(format.response.encode(response, { now: 0, id: "x" }))).toEqual(response));
});

it.each(
  speakers.flatMap((from) =>
    speakers.filter((to) => to !== from && to.parts === from.parts).map((to) => [from, to] as const),
  ),
)("translates a stream there and back", (from, to) => {
  const there = run(compose(codec(from.format).decoder(), codec(to.format).encoder(occasion)), spoken(from));
  const back = run(codec(to.format).decoder(), there);
  expect(collect(back)).toMatchObject({ choices: answer(from).choices, usage: answer(from).usage });
});
