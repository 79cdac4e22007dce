/** What is made of a vendor's refusals, however badly they are said. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../../test/fake/fake-vendor.ts";
import { chatOf, deploymentOf, type House, heard, houseOf, refusalOf } from "../../test/house.ts";
import { Secret } from "../canonical/secret.ts";

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

const build = (more = {}): void => {
  house = houseOf({ deployments: [deploymentOf(vendor.url, more)], routing: { cooldowns: false } });
};
const sse = { "content-type": "text/event-stream" };
const ask = (stream = false) => house.gateway.handle(chatOf({ stream }));

async function wordsOf(reply: Awaited<ReturnType<typeof ask>>): Promise<string> {
  if (reply.kind !== "stream") throw new Error("no stream");
  const told: string[] = [];
  for await (const items of reply.batches) told.push(JSON.stringify(items));
  return told.join();
}

describe("a vendor's refusal", () => {
  it("keeps its status when its text breaks off", async () => {
    build();
    vendor.script([{ status: 429, contentLength: 5000, json: { error: { message: "slow" } } }]);
    expect(await refusalOf(ask())).toMatchObject({ status: 429, source: "upstream" });
  });

  it("loses every secret of ours that it repeats", async () => {
    build({ headers: { "x-own": new Secret("header-secret-1") }, settings: { token: new Secret("setting-secret-1") } });
    const message = "sk-vendor-secret-0123456789, header-secret-1 and setting-secret-1 are no keys";
    vendor.script([{ status: 401, json: { error: { message } } }]);
    const refused = await refusalOf(ask());
    expect(refused.message).toBe("***, *** and *** are no keys");
    expect(JSON.stringify([refused.details, house.records])).not.toContain("secret");
  });

  it("loses them too where it is told with status 200, in a stream of either kind, or in a header", async () => {
    build();
    const error = { error: { message: "Bearer sk-vendor-secret-0123456789 is no key", code: 401 } };
    const word = { id: "x", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content: "a" } }] };
    const headers = { "x-request-id": "for sk-vendor-secret-0123456789" };
    vendor.script([{ sse: [error] }, { sse: [word, error] }, { json: error, headers }, { json: error }]);
    const heardOf: unknown[] = [(await refusalOf(ask(true))).message, await wordsOf(await ask(true))];
    const whole = chatOf();
    heardOf.push((await refusalOf(house.gateway.handle(whole))).message, whole.notes.vendorHeaders);
    heardOf.push((await refusalOf(house.gateway.handle({ ...chatOf(), decode: true }))).message);
    expect(JSON.stringify([heardOf, house.records])).not.toContain("sk-vendor-secret");
    expect(JSON.stringify(heardOf)).toContain("***");
  });

  it("that asks for an eternity is believed for a day", async () => {
    build();
    for (const wait of ["1e999", "Infinity", "99999999999"]) {
      vendor.script([{ status: 503, headers: { "retry-after": wait }, json: {} }]);
      expect((await refusalOf(ask())).details.retryAfter).toBe(86_400);
    }
  });

  it("by a redirect is an error: the key does not travel", async () => {
    build();
    const before = vendor.received;
    vendor.script([{ status: 302, headers: { location: `${vendor.url}/elsewhere` }, text: "" }]);
    expect((await refusalOf(ask())).status).toBe(502);
    expect(vendor.received).toBe(before + 1);
  });

  it("in the first words of a stream is a refusal, and in later ones the end of an answer", async () => {
    build();
    const error = { error: { message: "overloaded", type: "server_error" } };
    const word = { id: "x", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content: "a" } }] };
    vendor.script([{ sse: [error] }, { sse: [word, error] }]);
    expect((await refusalOf(ask(true))).message).toContain("overloaded");
    await heard(await ask(true));
    expect(house.records.map(({ outcome }) => outcome)).toEqual(["failed", "failed"]);
  });

  it("in a frame that nobody can parse ends the answer as broken, and is not handed on", async () => {
    build();
    const word = { id: "x", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content: "whole" } }] };
    vendor.script([{ raw: `data: ${JSON.stringify(word)}\n\ndata: {"id": \n\ndata: [DONE]\n\n`, headers: sse }]);
    const reply = await house.gateway.handle(chatOf({ stream: true }));
    if (reply.kind !== "stream") throw new Error("no stream");
    const told: string[] = [];
    const reading = (async () => {
      for await (const items of reply.batches) told.push(JSON.stringify(items));
    })();
    expect(await refusalOf(reading)).toMatchObject({
      kind: "bad-gateway",
      message: expect.stringContaining("invalid JSON"),
    });
    expect([told.join().includes("whole"), told.join().includes('{\\"id\\": ')]).toEqual([true, false]);
  });

  it("to say more than half a sentence is a failure, told by a page or by a cut", async () => {
    build();
    vendor.script([{ html: "<html>down</html>" }, { steer: "tokens=20", cut: 3 }]);
    expect((await refusalOf(ask(true))).kind).toBe("bad-gateway");
    expect((await refusalOf(ask(true).then(heard))).kind).toBe("bad-gateway");
  });
});

describe("a vendor's answer", () => {
  const whole = (more: object) => ({
    json: {
      id: "x",
      choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
      ...more,
    },
  });
  const last = { id: "x", object: "chat.completion.chunk", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };

  it("that claims more tokens than there can be is billed by an estimate", async () => {
    build({ price: { input: 1e-6, output: 1e-6 } });
    const usage = { prompt_tokens: 1e18, completion_tokens: 1e300, total_tokens: 1e300 };
    vendor.script([whole({ usage }), { sse: [{ ...last, usage }, "data: [DONE]\n\n"] }]);
    await heard(await ask());
    await heard(await ask(true));
    expect(house.records.map(({ outcome, usage: used }) => [outcome, used?.estimated])).toEqual([
      ["answered", true],
      ["answered", true],
    ]);
    for (const { cost, usage: used } of house.records)
      expect([Number.isSafeInteger(cost), (used?.totalInput ?? 1e9) < 1000]).toEqual([true, true]);
  });

  it("may begin with a byte order mark", async () => {
    build();
    vendor.script([
      { raw: `\ufeff${JSON.stringify(whole({}).json)}`, headers: { "content-type": "application/json" } },
    ]);
    expect(await heard(await ask())).toContain("hi");
  });

  it("that is compressed, though nobody asked for that, is an error and no answer", async () => {
    build();
    const coding = { "content-encoding": "gzip" };
    vendor.script([
      { raw: "\u001f", headers: { ...sse, ...coding } },
      { status: 429, raw: "\u001f", headers: coding },
    ]);
    expect((await refusalOf(ask(true))).message).toContain("compressed");
    expect(await refusalOf(ask())).toMatchObject({ status: 429, message: expect.not.stringContaining("\u001f") });
  });

  it("that has said that it is over is over, though its stream goes on", { timeout: 10_000 }, async () => {
    build();
    vendor.script([{ sse: [last, "data: [DONE]\n\n"], hang: "after-frames" }]);
    await heard(await ask(true));
    expect(house.records).toMatchObject([{ outcome: "answered" }]);
  });
});

describe("a model's name", () => {
  it("of dots, or of half a character, does not reach a path", async () => {
    for (const name of ["..", ".", "\ud800"]) {
      build({ provider: "azure", group: "az/*", model: "*", apiBase: vendor.url, settings: { api_version: "v" } });
      const before = vendor.received;
      const refused = await refusalOf(house.gateway.handle(chatOf({ model: `az/${name}` })));
      expect([name, refused.status, vendor.received]).toEqual([name, 400, before]);
    }
  });

  it("cannot climb, nor add a query", async () => {
    build({ provider: "azure", group: "az/*", model: "*", apiBase: vendor.url, settings: { api_version: "v" } });
    await house.gateway.handle(chatOf({ model: "az/../../x?y=#z" })).catch(() => undefined);
    expect(vendor.requests.at(-1)?.path).toContain("/deployments/..%2F..%2Fx%3Fy%3D%23z/");
  });
});
