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
