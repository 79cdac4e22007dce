/** Streams under a guard: however they are cut, what is forbidden does not leave. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChatEvent } from "../canonical/chat.ts";
import { collect } from "../canonical/collect.ts";
import type { Item } from "../wire/quoted.ts";
import type { Run } from "./guard-run.ts";
import { guardStream } from "./guard-stream.ts";
import type { Guardrail } from "./guardrails/guardrail.ts";
import { createGuards, type Guard } from "./guards.ts";

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function guardOf(options: Readonly<Record<string, unknown>>, opaque: Guard["opaque"] = "scan"): Guard {
  const { guards, notices } = createGuards(
    [
      {
        name: "g",
        type: "content-filter",
        when: ["answer"],
        always: true,
        onFailure: "refuse",
        opaque,
        timeout: 1,
        options,
      },
    ],
    undefined,
  );
  expect(notices).toEqual([]);
  return guards[0] as Guard;
}

const runOf = (guard: Guard): Run => ({
  guard,
  about: { side: "answer", id: "1", model: "m" },
  now: () => 0,
  log: silent,
  patience: { over: false },
  noted: { guardrail: guard.name, kind: "allow", milliseconds: 0 },
});

type Batch = readonly Item<ChatEvent>[];

async function* from(batches: readonly Batch[]): AsyncGenerator<Batch> {
  for (const batch of batches) yield batch;
}

/** What got out, also when it ended in an error. */
async function pass(batches: readonly Batch[], guard: Guard): Promise<{ out: Item<ChatEvent>[]; error?: unknown }> {
  const out: Item<ChatEvent>[] = [];
  try {
    for await (const batch of guardStream<"chat">(from(batches), runOf(guard))) out.push(...batch);
    return { out };
  } catch (error) {
    return { out, error };
  }
}

/** A batch of one item for each event, as a vendor's frames come. */
const batchesOf = (events: readonly ChatEvent[]): Batch[] => events.map((event) => [{ value: [event] }]);

const textEvents = (pieces: readonly string[], type: "text" | "reasoning" = "text"): ChatEvent[] => [
  { type: "part-start", choice: 0, part: { type, text: "" } },
  ...pieces.map((text): ChatEvent => ({ type: "part-delta", choice: 0, text })),
  { type: "part-end", choice: 0 },
];
const whole = (middle: readonly ChatEvent[]): ChatEvent[] => [
  { type: "start", id: "a", model: "m" },
  ...middle,
  { type: "finish", choice: 0, finish: "stop" },
  { type: "end" },
];

const eventsIn = (items: readonly Item<ChatEvent>[]): ChatEvent[] => items.flatMap(({ value }) => [...value]);
const textIn = (items: readonly Item<ChatEvent>[]): string =>
  collect(eventsIn(items))
    .choices.flatMap(({ parts }) => parts.map((part) => ("text" in part ? part.text : "")))
    .join("");

const cutUp = (text: string, cuts: readonly number[]): string[] => {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  const pieces: string[] = [];
  let at = 0;
  for (const place of [...places, text.length]) {
    pieces.push(text.slice(at, place));
    at = place;
  }
  return pieces;
};

const words = ["forbidden", "bid", "4111 1111 1111 1111", "jane@example.org", "for", " ", "a", "den", "1", "@", "x.y"];
const sentence = fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((list) => list.join(""));
const cuts = fc.array(fc.nat(2000), { maxLength: 80 });
const forbidden = { blockedWords: [{ keyword: "forbidden", action: "mask" }] };
const mixed = {
  blockedWords: [{ keyword: "forbidden", action: "mask" }],
  patterns: [
    { patternType: "prebuilt", patternName: "email", action: "mask" },
    { patternType: "prebuilt", patternName: "credit_card", action: "mask" },
    { patternType: "regex", pattern: "b+i+d", action: "mask" },
  ],
};

describe("however a stream is cut", () => {
  it("a masked word leaves as its mask, and the rest as it was", async () => {
    const guard = guardOf(forbidden);
    await fc.assert(
      fc.asyncProperty(sentence, cuts, async (text, at) => {
        const { out, error } = await pass(batchesOf(whole(textEvents(cutUp(text, at)))), guard);
        expect(error).toBeUndefined();
        expect(textIn(out)).toBe(text.replaceAll("forbidden", "[KEYWORD_REDACTED]"));
      }),
    );
  });

  it("what leaves is what a judge of the whole text lets pass", async () => {
    const guard = guardOf(mixed);
    await fc.assert(
      fc.asyncProperty(sentence, cuts, fc.integer({ min: 0, max: 400 }), async (text, at, padding) => {
        const padded = `${" ".repeat(padding)}${text}${" pad".repeat(padding)}`;
        const { out, error } = await pass(batchesOf(whole(textEvents(cutUp(padded, at)))), guard);
        expect(error).toBeUndefined();
        const verdict = await guard.guardrail.judge(
          [{ text: padded, scope: "assistant", path: "" }],
          runOf(guard).about,
        );
        expect(textIn(out)).toBe(verdict.kind === "rewrite" ? verdict.texts[0] : padded);
      }),
    );
  });

  it("no blocked word leaves before the stream is ended", async () => {
    const guard = guardOf({ blockedWords: [{ keyword: "forbidden" }] });
    await fc.assert(
      fc.asyncProperty(sentence, cuts, async (text, at) => {
        const { out, error } = await pass(batchesOf(whole(textEvents(cutUp(text, at)))), guard);
        expect(text.startsWith(textIn(out))).toBe(true);
        expect(textIn(out)).not.toContain("forbidden");
        if (text.includes("forbidden")) expect(error).toMatchObject({ kind: "content-blocked", status: 400 });
        else expect(textIn(out)).toBe(text);
      }),
    );
  });

  it("nor does one that is stretched by what nobody sees", async () => {
    const guard = guardOf({ blockedWords: [{ keyword: "forbidden" }] });
    for (const filler of ["\u200b", "\u0336", "\u{e0041}"]) {
      const pieces = Array.from("forbidden").flatMap((letter) => [letter, ...Array.from({ length: 60 }, () => filler)]);
      const { out, error } = await pass(batchesOf(whole(textEvents(["it is ", ...pieces]))), guard);
      expect(error).toMatchObject({ kind: "content-blocked" });
      expect("it is ".startsWith(textIn(out))).toBe(true);
    }
  });

  it("nor does one that lies across two parts of text", async () => {
    const guard = guardOf(forbidden);
    const { out } = await pass(batchesOf(whole([...textEvents(["it is for"]), ...textEvents(["bidden."])])), guard);
    expect(textIn(out)).toBe("it is [KEYWORD_REDACTED].");
  });

  it("nor one that a call of a tool stands in the middle of", async () => {
    const call: ChatEvent[] = [
      { type: "part-start", choice: 0, part: { type: "tool-call", id: "1", name: "f", input: "" } },
      { type: "part-delta", choice: 0, text: "{}" },
      { type: "part-end", choice: 0 },
    ];
    const { out } = await pass(
      batchesOf(whole([...textEvents(["for"]), ...call, ...textEvents(["bidden ", "fruit"])])),
      guardOf(forbidden),
    );
    expect(textIn(out)).toBe("for[KEYWORD_REDACTED] fruit");
  });
});

it("what is harmless flows on while more is coming", async () => {
  const guard = guardOf(forbidden);
  let told = 0;
  async function* slowly(): AsyncGenerator<Batch> {
    for (const batch of batchesOf(whole(textEvents(Array.from({ length: 40 }, () => "word "))))) {
      told++;
      yield batch;
    }
  }
  const stream = guardStream<"chat">(slowly(), runOf(guard))[Symbol.asyncIterator]();
  await stream.next();
  expect(told).toBeLessThan(3);
  for (let got = 1; got < 20; got++) await stream.next();
  expect(told).toBeLessThan(25);
});

it("thoughts do not wait for the answer to end", async () => {
  const events = whole([...textEvents(["hm"], "reasoning"), ...textEvents(["Yes, ", "of course it is"])]);
  const { out } = await pass(batchesOf(events), guardOf(forbidden));
  expect(eventsIn(out)).toEqual(events);
});

describe("the call of a tool", () => {
  const call = (pieces: readonly string[]): ChatEvent[] => [
    { type: "part-start", choice: 0, part: { type: "tool-call", id: "1", name: "write", input: "" } },
    ...pieces.map((text): ChatEvent => ({ type: "part-delta", choice: 0, text })),
    { type: "part-end", choice: 0 },
  ];

  it("is masked whole, also where the word hides behind escapes", async () => {
    const input = '{"to":"a","text":"it is \\u0066orbidden\\nreally"}';
    const { out } = await pass(batchesOf(whole(call(input.split("")))), guardOf(forbidden));
    const [part] = collect(eventsIn(out)).choices[0]?.parts ?? [];
    expect(part).toMatchObject({ input: '{"to":"a","text":"it is [KEYWORD_REDACTED]\\nreally"}' });
  });

  it("passes in its own pieces where nothing is found", async () => {
    const events = whole(call(['{"a":', "1}"]));
    const { out } = await pass(batchesOf(events), guardOf(forbidden));
    expect(eventsIn(out)).toEqual(events);
  });

  it("of which the end never came is not told", async () => {
    const events = whole(call(['{"a":"forbid', 'den"}'])).slice(0, 3);
    const { out } = await pass([...batchesOf(events)], guardOf({ blockedWords: [{ keyword: "forbidden" }] }));
    expect(textIn(out)).not.toContain("forbidden");
  });
});

describe("words beside the events", () => {
  const quoted = (event: ChatEvent, data: string): Item<ChatEvent> => ({
    value: [event],
    quote: { format: "f", words: [{ data, raw: `: forbidden\ndata: ${data}\n\n` }] },
  });
  const [start, begin, first, second, ...rest] = whole(textEvents(["good ", "forbidden "])) as [
    ChatEvent,
    ChatEvent,
    ChatEvent,
    ChatEvent,
    ...ChatEvent[],
  ];
  const items = [
    quoted(start, "0"),
    quoted(begin, "1"),
    quoted(first, "2"),
    quoted(second, "3"),
    ...rest.map((one) => quoted(one, "x")),
  ];

  it("do not pass by default", async () => {
    const { out } = await pass([items], guardOf(forbidden));
    expect(out.every(({ quote }) => quote === undefined)).toBe(true);
  });

  it("pass where what nobody reads may, until something is masked: later words could repeat it", async () => {
    const { out } = await pass([items], guardOf(forbidden, "pass"));
    expect(out.map(({ quote }) => quote?.words[0]?.data)).toEqual(["0", "1", "2", ...Array(4).fill(undefined)]);
  });

  it("that stand for no event are withheld, but signs of life pass bare", async () => {
    const frames = [
      { data: "", raw: ": forbidden\n\n" },
      { event: "ping", data: '{"type": "ping"}', raw: "event: ping\ndata: forbidden\n\n" },
      { event: "ping", data: '{"type": "ping", "x": "forbidden"}' },
      { event: "novelty", data: '{"text":"forbidden"}' },
    ];
    const { out } = await pass(
      [frames.map((frame) => ({ value: [], quote: { format: "f", words: [frame] } }))],
      guardOf(forbidden),
    );
    expect(out.flatMap(({ quote }) => quote?.words)).toEqual([
      { data: "", raw: ":\n\n" },
      { event: "ping", data: '{"type": "ping"}' },
    ]);
  });
});

describe("parts that nobody reads", () => {
  const opaque = whole([
    {
      type: "part-start",
      choice: 0,
      part: { type: "opaque", format: "f", words: { deep: ["forbidden"], card: 4111111111111111 } },
    },
    { type: "part-end", choice: 0 },
  ]);

  it("are searched, strings and long numbers", async () => {
    const { out } = await pass(batchesOf(opaque), guardOf(mixed));
    expect(collect(eventsIn(out)).choices[0]?.parts).toEqual([
      { type: "opaque", format: "f", words: { deep: ["[KEYWORD_REDACTED]"], card: "[CREDIT_CARD_REDACTED]" } },
    ]);
  });

  it("are refused where the operator wants that", async () => {
    const { error } = await pass(batchesOf(opaque), guardOf(mixed, "refuse"));
    expect(error).toMatchObject({ kind: "content-blocked" });
  });

  it("pass where they may", async () => {
    const { out } = await pass(batchesOf(opaque), guardOf(mixed, "pass"));
    expect(eventsIn(out)).toEqual(opaque);
  });
});

it("log probabilities of a masked text are left out", async () => {
  const events = whole(textEvents(["forbidden"])).map((event) =>
    event.type === "part-delta" ? { ...event, logprobs: { content: [{ token: "forbidden" }] } } : event,
  );
  const { out } = await pass(batchesOf(events), guardOf(forbidden));
  expect(JSON.stringify(out)).not.toContain("forbidden");
});

it("a spoken answer's words are judged", async () => {
  const sound = (text: string): ChatEvent => ({ type: "part-note", choice: 0, note: { type: "transcript", text } });
  const { out } = await pass(
    batchesOf(
      whole([
        {
          type: "part-start",
          choice: 0,
          part: { type: "audio", source: { kind: "data", mediaType: "audio/*", data: "" } },
        },
        sound("for"),
        { type: "part-delta", choice: 0, text: "AAAA" },
        sound("bidden"),
        { type: "part-end", choice: 0 },
      ]),
    ),
    guardOf(forbidden),
  );
  expect(collect(eventsIn(out)).choices[0]?.parts[0]).toMatchObject({ transcript: "[KEYWORD_REDACTED]" });
});

describe("a guardrail that judges only whole answers", () => {
  const asking = (judge: Guardrail["judge"]): Guard => ({ ...guardOf(forbidden), guardrail: { id: "slow", judge } });

  it("holds the stream back until its verdict, which falls where it belongs", async () => {
    const seen: string[] = [];
    const guard = asking((texts) => {
      seen.push(...texts.map(({ text }) => text));
      return Promise.resolve({ kind: "rewrite", texts: texts.map(({ text }) => text.replace("lo wo", "_")) });
    });
    const { out } = await pass(batchesOf(whole(textEvents(["hel", "lo", " wor", "ld"]))), guard);
    expect(seen).toEqual(["hello world"]);
    expect(textIn(out)).toBe("hel_rld");
  });

  it("tells nothing of what it blocks", async () => {
    const guard = asking(() => Promise.resolve({ kind: "block", reason: "no" }));
    const { out, error } = await pass(batchesOf(whole(textEvents(["hello"]))), guard);
    expect(out).toEqual([]);
    expect(error).toMatchObject({ kind: "content-blocked" });
  });
});

it("a block calls the vendor off, and so does a reader who leaves before the first event", async () => {
  for (const leave of [true, false]) {
    let closed = 0;
    const source: AsyncIterable<Batch> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: batchesOf(textEvents(["forbidden"])).flat() }),
        return: () => {
          closed++;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const stream = guardStream<"chat">(source, runOf(guardOf({ blockedWords: [{ keyword: "forbidden" }] })));
    const iterator = stream[Symbol.asyncIterator]();
    if (leave) await iterator.return?.();
    else await expect(iterator.next()).rejects.toMatchObject({ kind: "content-blocked" });
    expect(closed).toBe(1);
  }
});
