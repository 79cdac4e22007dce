/** The stage of the cache: who gets which answer again, and who never does. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { callerOf, exchangeOf as houseExchange } from "../../test/house.ts";
import type { Caller } from "../canonical/caller.ts";
import { collect, replay } from "../canonical/collect.ts";
import type { Operation } from "../canonical/operation.ts";
import type { CacheConfig } from "../config/config.ts";
import { type CacheControls, type Exchange, type Reply, through } from "../exchange.ts";
import { memory } from "../state/caches/memory.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import type { Body, Format } from "../wire/format.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { openaiEmbeddings } from "../wire/openai-embeddings/index.ts";
import { cache } from "./cache.ts";
import { cacheKey } from "./cache-key.ts";
import { guard } from "./guard.ts";
import { createGuards } from "./guards.ts";

const warnings: string[] = [];
const quiet = (): undefined => undefined;
const log = { debug: quiet, info: quiet, warn: (_: object, text: string) => void warnings.push(text), error: quiet };

const config: CacheConfig = {
  type: "memory",
  ttl: 60,
  mode: "default_on",
  operations: ["chat", "embed"],
  maxBytes: 1e6,
};

interface Asking<O extends Operation> {
  readonly format: Format<O>;
  readonly body: Body;
  readonly caller?: Partial<Caller>;
  readonly cache?: CacheControls;
  readonly fields?: readonly string[];
  readonly more?: Partial<Exchange<O>>;
}

function exchangeOf<O extends Operation>({
  format,
  body,
  caller = {},
  cache: wish,
  fields = [],
  more = {},
}: Asking<O>): Exchange<O> {
  const controls = { fields, ...(wish && { cache: wish }) };
  return houseExchange(format, body, { caller: callerOf(caller), controls, ...more });
}

/** A house with a cache, and a vendor that gives every answer another number. */
function house(more: Partial<CacheConfig> = {}) {
  let calls = 0;
  const state = { now: 0, fail: false, cut: false, finish: "stop" as const };
  const store = memory.create({ maxBytes: 1e6, now: () => state.now });
  const stage = cache({ cache: store, config: { ...config, ...more }, now: () => state.now, log });
  const vendor = async <O extends Operation>(exchange: Exchange<O>): Promise<Reply<O>> => {
    calls++;
    if (state.fail) throw new Error("down");
    exchange.notes.usage = { input: 3, output: 4 };
    exchange.notes.cost = { input: 1, output: 1, tools: 0, total: 2 };
    if (exchange.operation === "embed")
      return { kind: "whole", response: { value: { model: "m", vectors: [[calls, 0.5]] } } } as never;
    const response = {
      id: `a${calls}`,
      model: "vendor-model",
      choices: [{ parts: [{ type: "text" as const, text: `forbidden answer ${calls}` }], finish: state.finish }],
      usage: { input: 3, output: 4 },
    };
    if (!(exchange.request.value as { stream?: boolean }).stream)
      return { kind: "whole", response: { value: response } } as never;
    expect(exchange.decode).toBe(true);
    async function* batches() {
      const events = [...replay(response)];
      for (const event of state.cut ? events.slice(0, -1) : events) yield [{ value: [event] }];
    }
    return { kind: "stream", batches: batches() } as never;
  };
  const handle = through([stage], vendor);
  const ask = async <O extends Operation>(asking: Asking<O>) => {
    const exchange = exchangeOf(asking);
    const reply = await handle(exchange);
    let text: string;
    if (reply.kind === "whole") text = JSON.stringify(reply.response.value);
    else {
      const events: never[] = [];
      for await (const batch of reply.batches) for (const { value } of batch) events.push(...(value as never[]));
      text = JSON.stringify(collect(events));
    }
    return {
      number: /answer (\d+)|\[\[(\d+)/.exec(text)?.slice(1).find(Boolean),
      kind: reply.kind,
      notes: exchange.notes,
    };
  };
  return { ask, state, handle, vendor, stage, calls: () => calls };
}

const chat = (more: object = {}, text = "hello") => ({
  format: openaiChat,
  body: { model: "m", messages: [{ role: "user", content: text }], ...more },
});

describe("the same request again", () => {
  it("is answered without the vendor, at no cost, and noted", async () => {
    const { ask, calls } = house();
    expect((await ask(chat())).notes.cache).toMatchObject({ hit: false });
    const { notes, number } = await ask(chat());
    expect(number).toBe("1");
    expect(calls()).toBe(1);
    expect(notes).toMatchObject({
      cache: { hit: true },
      cost: { total: 0 },
      usage: { input: 3, output: 4 },
      finish: "stop",
    });
  });

  it.each([
    [true, false],
    [false, true],
    [true, true],
  ])("streamed first: %s, streamed again: %s", async (first, second) => {
    const { ask, calls } = house();
    await ask(chat({ stream: first, ...(first && { stream_options: { include_usage: true } }) }));
    expect(await ask(chat({ stream: second }))).toMatchObject({ number: "1", kind: second ? "stream" : "whole" });
    expect(calls()).toBe(1);
  });

  it("in another language asks again: its words may say what we do not read", async () => {
    const { ask } = house();
    const body = { ...chat().body, max_tokens: 9 };
    await ask({ format: openaiChat, body });
    expect((await ask({ format: anthropicMessages, body })).number).toBe("2");
    expect((await ask({ format: anthropicMessages, body })).number).toBe("2");
  });

  it("for embeddings", async () => {
    const { ask, calls } = house();
    const asking = { format: openaiEmbeddings, body: { model: "m", input: "x" } };
    expect((await ask(asking)).number).toBe("1");
    expect((await ask(asking)).number).toBe("1");
    expect(calls()).toBe(1);
  });
});

describe("another request", () => {
  it.each<[string, Partial<Asking<"chat">>]>([
    ["of another text", chat({}, "bye")],
    ["of another model", chat({ model: "n" })],
    ["with another setting", chat({ temperature: 0 })],
    ["with a field that nobody knows", chat({ novelty: 1 })],
    [
      "with a field deep inside that nobody knows",
      { body: { model: "m", messages: [{ role: "user", content: "hello", novelty: 1 }] } },
    ],
    ["capped by a budget", { more: { maxOutput: 5 } }],
    ["with a vendor's feature switched on", { more: { headers: { "x-beta": "1" } } }],
    ["of a key that calls another model so", { caller: { keyId: "k", aliases: { m: "other" } } }],
    ["in another namespace", { cache: { namespace: "b" } }],
  ])("%s has an answer of its own", async (_, other) => {
    const { ask } = house();
    await ask(chat());
    expect((await ask({ ...chat(), ...other })).number).toBe("2");
  });

  it("that differs only in what it says to the gateway is the same", async () => {
    const { ask } = house();
    await ask(chat());
    expect(
      (
        await ask({
          ...chat({ metadata: { a: 1 }, cache: {} }),
          fields: ["metadata", "cache"],
          more: { headers: { "user-agent": "x" } },
        })
      ).number,
    ).toBe("1");
  });
});

describe("tenants", () => {
  const ids = fc.record({
    keyId: fc.string(),
    userId: fc.option(fc.string(), { nil: undefined }),
    teamId: fc.option(fc.string(), { nil: undefined }),
  });
  const owner = ({
    keyId,
    userId,
    teamId,
  }: {
    keyId: string;
    userId?: string | undefined;
    teamId?: string | undefined;
  }) => JSON.stringify(teamId !== undefined ? ["t", teamId] : userId !== undefined ? ["u", userId] : ["k", keyId]);

  it("never share an answer, whatever they are called", () => {
    fc.assert(
      fc.property(ids, ids, fc.string(), fc.string(), (one, other, a, b) => {
        const key = (who: typeof one, namespace: string) =>
          cacheKey(exchangeOf({ ...chat(), caller: defined(who), cache: { namespace } }), "");
        expect(key(one, a) === key(other, b)).toBe(owner(one) === owner(other) && a === b);
      }),
    );
  });

  it("keys of one team do", async () => {
    const { ask } = house();
    await ask({ ...chat(), caller: { keyId: "a", teamId: "t" } });
    expect((await ask({ ...chat(), caller: { keyId: "b", userId: "u", teamId: "t" } })).number).toBe("1");
    expect((await ask({ ...chat(), caller: { keyId: "b", userId: "t" } })).number).toBe("2");
    expect((await ask({ ...chat(), caller: { keyId: "t" } })).number).toBe("3");
  });
});

const defined = (who: {
  keyId: string;
  userId?: string | undefined;
  teamId?: string | undefined;
}): Partial<Caller> => ({
  keyId: who.keyId,
  ...(who.userId !== undefined && { userId: who.userId }),
  ...(who.teamId !== undefined && { teamId: who.teamId }),
});

describe("a client's wishes", () => {
  it("no-cache asks the vendor, and keeps the newer answer", async () => {
    const { ask } = house();
    await ask(chat());
    expect((await ask({ ...chat(), cache: { noCache: true } })).number).toBe("2");
    expect((await ask(chat())).number).toBe("2");
  });
  it("no-store leaves nothing", async () => {
    const { ask } = house();
    await ask({ ...chat(), cache: { noStore: true } });
    expect((await ask(chat())).number).toBe("2");
  });
  it("ttl says how long", async () => {
    const { ask, state } = house();
    await ask({ ...chat(), cache: { ttl: 10 } });
    state.now = 9_999;
    expect((await ask(chat())).number).toBe("1");
    state.now = 10_000;
    expect((await ask(chat())).number).toBe("2");
  });
  it("s-maxage says how old it may be", async () => {
    const { ask, state } = house();
    await ask(chat());
    state.now = 5_000;
    expect((await ask({ ...chat(), cache: { maxAge: 5 } })).number).toBe("1");
    expect((await ask({ ...chat(), cache: { maxAge: 4 } })).number).toBe("2");
  });
  it("where it is off by default, only who asks for it gets it", async () => {
    const { ask } = house({ mode: "default_off" });
    await ask(chat());
    expect((await ask({ ...chat(), cache: { use: true } })).number).toBe("2");
    expect((await ask({ ...chat(), cache: { use: true } })).number).toBe("2");
    expect((await ask(chat())).number).toBe("3");
  });
  it("and where it is on, who does not want it does not", async () => {
    const { ask } = house();
    await ask(chat());
    expect((await ask({ ...chat(), cache: { use: false } })).number).toBe("2");
  });
  it("operations that are not cached pass", async () => {
    const { ask } = house({ operations: ["embed"] });
    await ask(chat());
    const { number, notes } = await ask(chat());
    expect(number).toBe("2");
    expect(notes.cache).toBeUndefined();
  });
});

describe("never kept is", () => {
  it("an error", async () => {
    const { ask, state } = house();
    state.fail = true;
    await expect(ask(chat())).rejects.toThrow("down");
    state.fail = false;
    expect((await ask(chat())).number).toBe("2");
  });
  it("a stream that was cut", async () => {
    const { ask, state } = house();
    state.cut = true;
    await ask(chat({ stream: true }));
    state.cut = false;
    expect((await ask(chat())).number).toBe("2");
  });
  it("a stream whose reader left", async () => {
    const { ask, handle } = house();
    const reply = await handle(exchangeOf(chat({ stream: true })));
    if (reply.kind !== "stream") throw new Error("no stream");
    for await (const _ of reply.batches) break;
    expect((await ask(chat())).number).toBe("2");
  });
  it("an answer that the vendor's filter ended", async () => {
    const { ask, state } = house();
    (state as { finish: string }).finish = "content-filter";
    await ask(chat());
    expect((await ask(chat())).number).toBe("2");
  });
});

it("a cache that fails has nothing, and says so", async () => {
  const stage = cache({
    cache: {
      id: "broken",
      read: () => Promise.reject(new Error("gone")),
      write: () => Promise.reject(new Error("gone")),
    },
    config,
    now: () => 0,
    log,
  });
  warnings.length = 0;
  const reply = await stage(exchangeOf(chat()), house().vendor);
  expect(reply.kind).toBe("whole");
  await new Promise(setImmediate);
  expect(warnings).toEqual(["the cache could not be read", "the cache could not be written"]);
});

describe("is a cache hit guarded?", () => {
  const guarding = (when: "request" | "answer", options: Record<string, unknown>) => {
    const { guards } = createGuards(
      [
        {
          name: "g",
          type: "content-filter",
          when: [when],
          always: false,
          onFailure: "refuse",
          opaque: "scan",
          timeout: 1,
          options,
        },
      ],
      undefined,
    );
    const { stage, vendor, calls } = house();
    const handle = through([guard({ guards, now: () => 0, log }), stage], vendor);
    const ask = async (guardrails: readonly string[], stream = false, text = "hello") => {
      const exchange = exchangeOf(chat({ stream }, text));
      return {
        reply: await handle({ ...exchange, controls: { ...exchange.controls, guardrails } }),
        notes: exchange.notes,
      };
    };
    return { ask, calls };
  };

  it("yes: what was kept without a guard is masked for who has one", async () => {
    const { ask, calls } = guarding("answer", { blockedWords: [{ keyword: "forbidden", action: "mask" }] });
    await ask([]);
    for (const stream of [false, true]) {
      const { reply, notes } = await ask(["g"], stream);
      expect(notes.cache?.hit).toBe(true);
      let said = "";
      if (reply.kind === "whole") said = JSON.stringify(reply.response.value);
      else for await (const batch of reply.batches) said += JSON.stringify(batch);
      expect(said).toContain("[KEYWORD_REDACTED]");
      expect(said).not.toContain("forbidden");
    }
    expect(calls()).toBe(1);
  });

  it("and what was masked for one is whole for who has no guard", async () => {
    const { ask } = guarding("answer", { blockedWords: [{ keyword: "forbidden", action: "mask" }] });
    await ask(["g"]);
    const { reply, notes } = await ask([]);
    expect(notes.cache?.hit).toBe(true);
    expect(JSON.stringify(reply)).toContain("forbidden answer 1");
  });

  it("and it is blocked", async () => {
    const { ask } = guarding("answer", { blockedWords: [{ keyword: "forbidden" }] });
    await ask([]);
    await expect(ask(["g"])).rejects.toMatchObject({ kind: "content-blocked" });
  });

  it("a request that a guard rewrote is kept under what it became", async () => {
    const { ask, calls } = guarding("request", {
      blockedWords: [
        { keyword: "alice", action: "mask" },
        { keyword: "bob", action: "mask" },
      ],
    });
    await ask(["g"], false, "I am alice");
    const { notes } = await ask(["g"], false, "I am bob");
    expect(notes.cache?.hit).toBe(true);
    await ask([], false, "I am bob");
    expect(calls()).toBe(2);
  });
});
