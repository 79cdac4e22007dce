/** Money and limits: reserved before a call for the worst, settled after it for what it was, whatever becomes of it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../../test/fake/fake-vendor.ts";
import {
  chatOf,
  deploymentOf,
  type House,
  type HouseOptions,
  heard,
  houseOf,
  type Question,
  refusalOf,
  scopeOf,
} from "../../test/house.ts";
import type { Scope } from "../canonical/caller.ts";
import { Cancel } from "../canonical/cancel.ts";
import type { Stage } from "../exchange.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import { openaiCompletions } from "../wire/openai-completions/index.ts";
import { openaiResponses } from "../wire/openai-responses/index.ts";
import { guard } from "./guard.ts";
import { createGuards } from "./guards.ts";

let vendor: FakeVendor;
let house: House;
beforeAll(async () => {
  vendor = await startFakeVendor();
});
afterEach(async () => {
  await house.close();
  vendor.reset();
});
afterAll(() => vendor.stop());

/** A microdollar a token out, nothing in. */
const priced = { price: { input: 0, output: 1000 }, maxOutput: 100 };
const build = (more: Partial<HouseOptions> = {}): void => {
  house = houseOf({ deployments: [deploymentOf(vendor.url, { facts: priced })], ...more });
};
const ask = (scope: Partial<Scope>, more: Question = {}) =>
  house.gateway.handle(chatOf({ caller: { scopes: [scopeOf(scope)] }, ...more }));
const budget = (max: number) => ({ budgets: [{ max, spent: 0 }] });
const spent = () => house.meters.spent("key:k");
const claudeAsks = { model: "m", max_tokens: 10, stream: true, messages: [{ role: "user", content: "hi" }] };
const ten = { steer: "tokens=10" };

describe("a budget", () => {
  it("is held while a call runs and has lost afterwards what the call cost, whole or streamed", async () => {
    build();
    vendor.script([ten, ten]);
    await heard(await ask(budget(1e6)));
    expect(spent()).toEqual({ spent: 10_000, held: 0 });
    const reply = await ask(budget(1e6), { stream: true });
    expect(spent()?.held).toBeGreaterThan(0);
    await heard(reply);
    expect(spent()).toEqual({ spent: 20_000, held: 0 });
  });

  it("refuses what it might not cover, and asks no vendor", async () => {
    build();
    const before = vendor.received;
    const refused = await refusalOf(ask(budget(9999)));
    expect(refused).toMatchObject({ kind: "budget-exceeded", status: 429 });
    expect(vendor.received).toBe(before);
    expect(spent()).toEqual({ spent: 0, held: 0 });
  });

  it("bounds an answer that the client has set no bound to by what is left", async () => {
    build();
    vendor.script([ten]);
    await heard(await ask(budget(50_000), { body: { max_tokens: undefined } }));
    const body = vendor.requests.at(-1)?.json as { max_tokens: number };
    expect(body.max_tokens).toBeGreaterThanOrEqual(16);
    expect(body.max_tokens).toBeLessThan(50);
  });

  it("holds enough for a script that other vendors' tokenizers spell letter by letter", async () => {
    const dear = { price: { input: 1000, output: 0 }, maxOutput: 100 };
    build({ deployments: [deploymentOf(vendor.url, { facts: dear })] });
    const held = async (content: string): Promise<number> => {
      vendor.script([ten]);
      const reply = await ask(budget(1e8), { stream: true, body: { messages: [{ role: "user", content }] } });
      const now = spent()?.held ?? 0;
      await heard(reply);
      return now;
    };
    // 36 signs; those who do not know the script make about two tokens of each.
    expect(await held("త్వరగా దూకే గోధుమ రంగు నక్క సోమరి కుక్క".repeat(30))).toBeGreaterThan(30 * 36 * 1500);
    expect(await held("the quick brown fox jumps over the dog ".repeat(30))).toBeLessThan(30 * 25 * 1000);
  });

  it("gives back what a failed call held", async () => {
    build({ routing: { cooldowns: false } });
    vendor.script([{ status: 500, json: {} }, { drop: true }, { raw: "<html>" }]);
    for (let turn = 0; turn < 3; turn++) await refusalOf(ask(budget(1e6)));
    expect(spent()).toEqual({ spent: 0, held: 0 });
  });

  it("is charged for a stream that the client leaves, and no longer held", async () => {
    build();
    vendor.script([{ steer: "tokens=50;pace=5" }]);
    const reply = await ask(budget(1e6), { stream: true });
    if (reply.kind !== "stream") throw new Error("it streams");
    const iterator = reply.batches[Symbol.asyncIterator]();
    for (let turn = 0; turn < 8; turn++) await iterator.next();
    await iterator.return?.();
    expect(spent()?.held).toBe(0);
    expect(spent()?.spent).toBeGreaterThan(0);
    expect(spent()?.spent).toBeLessThan(50_000);
  });

  it("is charged for the prompt of a call that the client leaves before it hears a word", async () => {
    const dear = { price: { input: 1000, output: 1000 }, maxOutput: 100 };
    for (const stream of [false, true]) {
      build({ deployments: [deploymentOf(vendor.url, { facts: dear })] });
      vendor.script([{ hang: true }]);
      const before = vendor.received;
      const cancel = new Cancel();
      const asked = refusalOf(ask(budget(1e9), { stream, cancel }));
      await vendor.whenReceived(before + 1);
      cancel.cancel("client-closed");
      expect((await asked).kind).toBe("client-closed");
      expect(spent()?.held).toBe(0);
      expect(spent()?.spent).toBeGreaterThan(0);
      expect(house.records).toMatchObject([{ outcome: "abandoned", usage: { estimated: true, output: 0 } }]);
    }
  });

  it("is charged for the prompt of every attempt that the client gave no time to be answered", async () => {
    const dear = { price: { input: 1000, output: 1000 }, maxOutput: 100 };
    for (const stream of [false, true]) {
      build({ deployments: [deploymentOf(vendor.url, { facts: dear })], routing: { cooldowns: false } });
      vendor.script([{ hang: true }]);
      const once = { timeout: 0.05, retries: 0 };
      expect((await refusalOf(ask(budget(1e9), { stream, controls: once }))).kind).toBe("timeout");
      const one = spent()?.spent ?? 0;
      expect(one).toBeGreaterThan(0);
      vendor.script([{ hang: true }, { hang: true }]);
      await refusalOf(ask(budget(1e9), { stream, controls: { ...once, retries: 1 } }));
      expect(spent()).toEqual({ spent: 3 * one, held: 0 });
    }
  });

  it("is charged for what a vendor has done by the time that a guardrail beside it blocks", async () => {
    const { guards } = createGuards(
      [
        {
          name: "filter",
          type: "content-filter",
          when: ["beside"],
          always: true,
          onFailure: "refuse",
          opaque: "scan",
          timeout: 1,
          options: { blockedWords: [{ keyword: "hi" }] },
        },
      ],
      undefined,
    );
    const quiet = (): undefined => undefined;
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const beside: Stage = guard({ guards, now: Date.now, log });
    const dear = { price: { input: 1000, output: 1000 }, maxOutput: 100 };
    build({ between: [beside], deployments: [deploymentOf(vendor.url, { facts: dear })] });
    const refused = await refusalOf(ask(budget(1e9), { stream: true }));
    expect(refused.kind).toBe("content-blocked");
    expect(spent()).toEqual({ spent: house.records[0]?.cost, held: 0 });
    expect(spent()?.spent).toBeGreaterThan(0);
  });

  it("covers the dearest that may answer: stand-ins, their stand-ins, and those that the client names", async () => {
    const dear = { price: { input: 0, output: 100_000 }, maxOutput: 100 };
    const deployments = [
      deploymentOf(vendor.url, { group: "m", facts: priced }),
      deploymentOf(vendor.url, { group: "n", facts: priced }),
      deploymentOf(vendor.url, { group: "dear", facts: dear }),
      deploymentOf(vendor.url, { group: "plain", facts: priced }),
    ];
    const fallbacks = new Map([
      ["m", ["n"]],
      ["n", ["dear"]],
    ]);
    build({ deployments, routing: { fallbacks } });
    const scope = budget(500_000);
    expect((await refusalOf(ask(scope))).kind).toBe("budget-exceeded");
    expect((await refusalOf(ask(scope, { model: "plain", controls: { fallbacks: ["dear"] } }))).kind).toBe(
      "budget-exceeded",
    );
    await heard(await ask(scope, { model: "plain" }));
  });

  it.each<[string, object]>([
    ["the bound's other name", { max_tokens: 1000, max_completion_tokens: 1 }],
    ["a bound of another language", { max_tokens: 1, max_output_tokens: 1000 }],
    ["answers of which the best is picked", { max_tokens: 1, best_of: 1000 }],
    ["many answers", { max_tokens: 8, n: 125 }],
  ])("covers whatever a vendor may make of the words: %s", async (_, body) => {
    build();
    expect((await refusalOf(ask(budget(500_000), { body }))).kind).toBe("budget-exceeded");
    await heard(await ask(budget(1_000_000), { body }));
  });

  it("covers each of several prompts", async () => {
    build();
    const body = { model: "m", max_tokens: 10, prompt: Array(100).fill("hi") };
    const asked = { ...chatOf({ caller: { scopes: [scopeOf(budget(500_000))] } }), format: openaiCompletions };
    const request = {
      value: openaiCompletions.request.decode(body),
      quote: { format: "openai-completions", words: body },
    };
    expect((await refusalOf(house.gateway.handle({ ...asked, request }))).kind).toBe("budget-exceeded");
  });

  /** A microdollar a token in, a tenth of a cent a search. */
  const readers = {
    price: { input: 1000, output: 0, serverTools: { web_search: 1_000_000 } },
    maxOutput: 100,
    maxInput: 50_000,
  };
  const held = async (question: Question): Promise<number> => {
    const reply = await ask(budget(1e12), { stream: true, ...question });
    const before = spent()?.held ?? 0;
    await heard(reply);
    return before;
  };
  const message = (...parts: object[]) => ({ messages: [{ role: "user", content: parts }] });
  const text = { type: "text", text: "What is this?" };

  it("covers what vendors say to a model of its tools", async () => {
    build({ deployments: [deploymentOf(vendor.url, { facts: readers })] });
    const plain = await held({});
    const tool = { type: "function", function: { name: "look", parameters: { type: "object" } } };
    expect(await held({ body: { tools: [tool] } })).toBeGreaterThan(plain + 800 * 1000);
  });

  it.each<[string, object]>([
    ["a file by its id", message(text, { type: "file", file: { file_id: "file-1" } })],
    ["an earlier conversation", { previous_response_id: "resp_1", input: "And now?" }],
    ["what a search finds", { web_search_options: {} }],
  ])("covers as much as the model takes of what is not here to be counted: %s", async (_, body) => {
    build({ deployments: [deploymentOf(vendor.url, { facts: readers })] });
    const isResponses = "input" in body;
    const exchange = chatOf({ stream: true, caller: { scopes: [scopeOf(budget(1e12))] } });
    const words = { model: "m", stream: true, ...body };
    const value = openaiResponses.request.decode({ input: "Hi", ...words });
    const own = { format: openaiResponses, request: { value, quote: { format: openaiResponses.id, words } } };
    const reply = await (isResponses
      ? house.gateway.handle({ ...exchange, ...own })
      : ask(budget(1e12), { stream: true, body }));
    expect(spent()?.held).toBeGreaterThanOrEqual(50_000 * 1000);
    if (reply.kind === "stream") await reply.batches[Symbol.asyncIterator]().return?.();
    expect(spent()?.held).toBe(0);
  });

  it("answers about a file of unknown size where it has room for some of it, and for nothing else meanwhile", async () => {
    build({ deployments: [deploymentOf(vendor.url, { facts: { ...readers, maxInput: 1_000_000 } })] });
    const body = message(text, { type: "file", file: { file_id: "file-1" } });
    const scope = budget(500_000_000);
    const reply = await ask(scope, { stream: true, body });
    expect(spent()).toEqual({ spent: 0, held: 500_000_000 });
    expect((await refusalOf(ask(scope))).message).toContain("held by requests under way: 0.5");
    await heard(reply);
    await heard(await ask(scope));
  });

  it("covers the searches that a client allows, and some where it does not say", async () => {
    const claude = { provider: "anthropic", apiBase: vendor.url, model: "claude-fake", facts: readers };
    build({ deployments: [deploymentOf(vendor.url, claude)] });
    const search = { type: "web_search_20250305", name: "web_search" };
    const holds = async (tool: object) => {
      const words = { ...claudeAsks, tools: [tool] };
      const request = {
        value: anthropicMessages.request.decode(words),
        quote: { format: anthropicMessages.id, words },
      };
      const exchange = chatOf({ caller: { scopes: [scopeOf(budget(1e12))] } });
      const reply = await house.gateway.handle({ ...exchange, format: anthropicMessages, request });
      const before = spent()?.held ?? 0;
      if (reply.kind === "stream") await reply.batches[Symbol.asyncIterator]().return?.();
      return before;
    };
    const three = await holds({ ...search, max_uses: 3 });
    expect((await holds({ ...search, max_uses: 5 })) - three).toBeGreaterThanOrEqual(2_000_000);
    expect((await holds(search)) - three).toBeGreaterThan(6_000_000);
  });

  it("pays for an attempt that a vendor broke off, also where another one answers", async () => {
    const dear = { price: { input: 0, output: 1000 }, maxOutput: 100 };
    const own = [
      deploymentOf(vendor.url, { id: "a", facts: dear }),
      deploymentOf(vendor.url, { id: "b", facts: dear }),
    ];
    build({ deployments: own, routing: { retries: 1, cooldowns: false } });
    const failure = {
      id: "resp_1",
      object: "response",
      status: "failed",
      error: { code: "server_error", message: "No." },
      output: [],
      usage: { input_tokens: 5, output_tokens: 7, total_tokens: 12 },
    };
    vendor.script([{ json: failure }, ten]);
    const words = { model: "m", input: "Hi" };
    const request = {
      value: openaiResponses.request.decode(words),
      quote: { format: openaiResponses.id, words },
    };
    const exchange = chatOf({ caller: { scopes: [scopeOf(budget(1e9))] } });
    await heard(await house.gateway.handle({ ...exchange, format: openaiResponses, request }));
    expect(spent()).toEqual({ spent: house.records[0]?.cost, held: 0 });
    expect(house.records).toMatchObject([{ outcome: "answered", retries: 1 }]);
    expect(house.records[0]?.usage?.output).toBeGreaterThan(7);
  });

  it("covers the thoughts that a vendor is let think on top of the client's bound", async () => {
    const claude = { provider: "anthropic", apiBase: vendor.url, model: "claude-fake", facts: priced };
    build({ deployments: [deploymentOf(vendor.url, claude)] });
    const body = { max_tokens: 1, thinking: { type: "enabled", budget_tokens: 2000 } };
    expect((await refusalOf(ask(budget(1_500_000), { body }))).kind).toBe("budget-exceeded");
    vendor.script([ten]);
    await heard(await ask(budget(2_500_000), { body }));
    expect(vendor.requests.at(-1)?.json).toMatchObject({ max_tokens: 2001 });
  });
});

describe("a limit", () => {
  it("of requests lets exactly so many of a burst pass", async () => {
    build();
    const asked = Array.from({ length: 30 }, () => ask({ requestsPerMinute: 10 }).then(heard, () => undefined));
    const answered = (await Promise.all(asked)).filter((one) => one !== undefined);
    expect(answered).toHaveLength(10);
  });

  it("of slots is free again after streams that were read, left, or never begun", async () => {
    build();
    const scope = { parallel: 1 };
    for (let turn = 0; turn < 20; turn++) {
      const reply = await ask(scope, { stream: true });
      expect((await refusalOf(ask(scope))).kind).toBe("rate-limited");
      if (reply.kind !== "stream") throw new Error("it streams");
      const iterator = reply.batches[Symbol.asyncIterator]();
      if (turn % 3 > 0) await iterator.next();
      await iterator.return?.();
    }
    await heard(await ask(scope));
  });

  it("of tokens is settled with what was used", async () => {
    build();
    const exchange = chatOf({ caller: { scopes: [scopeOf({ tokensPerMinute: 1000 })] } });
    await heard(await house.gateway.handle(exchange));
    const { totalInput = 0, totalOutput = 0 } = house.records[0]?.usage ?? {};
    expect(totalInput * totalOutput).toBeGreaterThan(0);
    const left = exchange.notes.headers["x-ratelimit-api_key-remaining-tokens"];
    expect(left).toBe(String(1000 - totalInput - totalOutput));
  });
});
