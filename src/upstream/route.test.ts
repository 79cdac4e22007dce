/** Who is asked, how often, in what order, and what it costs when they fail. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../../test/fake/fake-vendor.ts";
import { chatOf, deploymentOf, type House, type HouseOptions, heard, houseOf, refusalOf } from "../../test/house.ts";
import { Cancel } from "../canonical/cancel.ts";

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

const build = (more: Partial<HouseOptions>): void => {
  house = houseOf({ deployments: [deploymentOf(vendor.url)], ...more });
};
const two = () => [deploymentOf(vendor.url, { id: "a", weight: 1 }), deploymentOf(vendor.url, { id: "b", weight: 1 })];
const words = (text: string, status = 500) => ({ status, json: { error: { message: text, type: "x" } } });

describe("a failing deployment", () => {
  it("is followed by another one at once, and told in the record", async () => {
    build({ deployments: two(), routing: { retries: 1 } });
    vendor.script([words("broken")]);
    const exchange = chatOf();
    await heard(await house.gateway.handle(exchange));
    expect(exchange.notes.attempts.map(({ deployment, status }) => [deployment, status])).toEqual([
      ["a", 500],
      ["b", 200],
    ]);
    expect(exchange.notes.retries).toBe(1);
  });

  it("rests at once for a 429 where there is another, and is not asked while it does", async () => {
    let at = 1_000_000;
    build({ deployments: two(), routing: { retries: 1 }, now: () => at });
    vendor.script([words("slow down", 429)]);
    await heard(await house.gateway.handle(chatOf()));
    for (let turn = 0; turn < 3; turn++) {
      const exchange = chatOf();
      await heard(await house.gateway.handle(exchange));
      expect(exchange.notes.deployment?.id).toBe("b");
    }
    at += 5001;
    const later = chatOf();
    await heard(await house.gateway.handle(later));
    expect(later.notes.deployment?.id).toBe("a");
  });

  it("does not rest for what one client provokes: a file that is not there, or a time that is too short", async () => {
    build({ deployments: two(), routing: { retries: 0, allowedFails: 1 } });
    const missing = { status: 404, json: { error: { message: "No such File object: file-model", code: null } } };
    vendor.script(Array.from({ length: 4 }, () => missing));
    for (let turn = 0; turn < 4; turn++)
      expect((await refusalOf(house.gateway.handle(chatOf()))).message).toContain("No such File");
    vendor.script(Array.from({ length: 4 }, () => ({ steer: "delay=300" })));
    for (let turn = 0; turn < 4; turn++)
      expect((await refusalOf(house.gateway.handle(chatOf({ controls: { timeout: 0.03 } })))).kind).toBe("timeout");
    const { health } = house.gateway.directory.deployments[0] ?? {};
    expect(health).toMatchObject({ restsUntil: 0, failures: 0 });
  });

  it("rests for a time that was too short for all", async () => {
    build({ deployments: two(), routing: { retries: 0, allowedFails: 1, timeout: 0.03 } });
    vendor.script(Array.from({ length: 2 }, () => ({ steer: "delay=300" })));
    for (let turn = 0; turn < 2; turn++) expect((await refusalOf(house.gateway.handle(chatOf()))).kind).toBe("timeout");
    expect(house.gateway.directory.deployments[0]?.health.restsUntil).toBeGreaterThan(Date.now());
  });

  it("alone is not rested for a 429, and for a 401 it is: then the client learns how long", async () => {
    build({ now: () => 1_000_000 });
    vendor.script([words("slow down", 429), words("who are you", 401)]);
    expect((await refusalOf(house.gateway.handle(chatOf()))).status).toBe(429);
    expect((await refusalOf(house.gateway.handle(chatOf()))).status).toBe(401);
    const refused = await refusalOf(house.gateway.handle(chatOf()));
    expect(refused).toMatchObject({ kind: "rate-limited", source: "gateway", details: { retryAfter: 5 } });
    expect(vendor.received).toBeGreaterThan(0);
  });

  it("is not blamed for what its clients get wrong", async () => {
    build({
      deployments: [deploymentOf(vendor.url, { id: "a", order: 1 }), deploymentOf(vendor.url, { id: "b", order: 2 })],
    });
    vendor.script(Array.from({ length: 12 }, () => words("bad field", 400)));
    for (let turn = 0; turn < 6; turn++) await refusalOf(house.gateway.handle(chatOf()));
    vendor.script([words("broken")]);
    await heard(await house.gateway.handle(chatOf()));
    const exchange = chatOf();
    await heard(await house.gateway.handle(exchange));
    expect(exchange.notes.deployment?.id).toBe("a");
  });

  it("of the first tier is replaced by the second without any retry", async () => {
    build({
      deployments: [deploymentOf(vendor.url, { id: "a", order: 1 }), deploymentOf(vendor.url, { id: "b", order: 2 })],
    });
    vendor.script([words("broken")]);
    const exchange = chatOf();
    await heard(await house.gateway.handle(exchange));
    expect(exchange.notes).toMatchObject({ retries: 0, deployment: { id: "b" } });
  });

  it("leaves no mark on the record of an answer that came after it", async () => {
    build({
      routing: { fallbacks: new Map([["m", ["n"]]]) },
      deployments: [deploymentOf(vendor.url), deploymentOf(vendor.url, { group: "n" })],
    });
    vendor.script([{ sse: [{ error: { message: "overloaded", type: "server_error" } }] }]);
    await heard(await house.gateway.handle(chatOf({ stream: true })));
    expect(house.records.map(({ outcome, status, fallbacks }) => [outcome, status, fallbacks])).toEqual([
      ["answered", 200, 1],
    ]);
  });
});

describe("stand-ins", () => {
  const named = (...groups: string[]) => groups.map((group) => deploymentOf(vendor.url, { group }));

  it("are asked by the group's own name, also when the client used another", async () => {
    build({
      deployments: named("m", "n"),
      aliases: new Map([["nick", { group: "m", hidden: false }]]),
      routing: { fallbacks: new Map([["m", ["n"]]]) },
    });
    vendor.script([words("broken")]);
    const exchange = chatOf({ model: "nick" });
    await heard(await house.gateway.handle(exchange));
    expect(exchange.notes).toMatchObject({ fallbacks: 1, group: "n" });
  });

  it("are asked once each, however their lists go in circles, and the first failure is told", async () => {
    build({
      deployments: named("m", "n"),
      routing: {
        fallbacks: new Map([
          ["m", ["n"]],
          ["n", ["m"]],
        ]),
      },
    });
    vendor.script([words("the first"), words("the second"), words("the third")]);
    expect((await refusalOf(house.gateway.handle(chatOf()))).message).toContain("the first");
    expect(vendor.unused).toBe(1);
  });

  it("are not asked when the client wants none, nor for what the client got wrong", async () => {
    build({ deployments: named("m", "n"), routing: { defaultFallbacks: ["n"] } });
    vendor.script([words("broken"), words("unused")]);
    await refusalOf(house.gateway.handle(chatOf({ controls: { noFallbacks: true } })));
    expect(vendor.unused).toBe(1);
    expect((await refusalOf(house.gateway.handle(chatOf({ model: "nobody" })))).kind).toBe("not-found");
    expect(vendor.unused).toBe(1);
  });
});

describe("a deployment with so many slots", () => {
  it("keeps one for a stream until it ends, however it ends", async () => {
    build({ deployments: [deploymentOf(vendor.url, { parallel: 1 })] });
    const leave = async (cancel: Cancel, how: "read" | "left"): Promise<void> => {
      const reply = await house.gateway.handle(chatOf({ stream: true, cancel }));
      const second = await refusalOf(house.gateway.handle(chatOf()));
      expect(second).toMatchObject({ status: 429, source: "gateway" });
      if (reply.kind !== "stream") throw new Error("it streams");
      if (how === "read") await heard(reply);
      else await reply.batches[Symbol.asyncIterator]().return?.();
    };
    for (const how of ["read", "left", "read"] as const) await leave(new Cancel(), how);
    await heard(await house.gateway.handle(chatOf()));
  });

  it("gets its slot back from calls that fail", async () => {
    build({ deployments: [deploymentOf(vendor.url, { parallel: 1 })], routing: { cooldowns: false } });
    vendor.script([words("broken"), words("broken"), { raw: "no json" }]);
    for (let turn = 0; turn < 3; turn++) await refusalOf(house.gateway.handle(chatOf()));
    await heard(await house.gateway.handle(chatOf()));
  });
});

describe("time", () => {
  it("ends a stream that does not begin, and the vendor hears of it", async () => {
    build({});
    const before = vendor.aborted;
    vendor.script([{ hang: "after-headers", sse: [] }]);
    const refused = await refusalOf(house.gateway.handle(chatOf({ stream: true, controls: { streamTimeout: 0.15 } })));
    expect(refused.kind).toBe("timeout");
    await vendor.whenAborted(before + 1, 1000);
    expect(house.records).toMatchObject([{ outcome: "failed", status: 408 }]);
  });

  it("ends a whole answer that only drips, and the vendor hears of it", async () => {
    build({});
    const before = vendor.aborted;
    vendor.script([
      { sse: Array.from({ length: 200 }, () => " "), paceMs: 30, headers: { "content-type": "application/json" } },
    ]);
    const began = performance.now();
    const refused = await refusalOf(house.gateway.handle(chatOf({ controls: { timeout: 0.2 } })));
    expect(refused.kind).toBe("timeout");
    expect(performance.now() - began).toBeLessThan(1500);
    await vendor.whenAborted(before + 1, 1000);
  });

  it("of nothing, or of an eternity, is no wish of a client", async () => {
    build({});
    for (const seconds of [0, 1e15])
      for (const stream of [false, true])
        await heard(
          await house.gateway.handle(chatOf({ stream, controls: { timeout: seconds, streamTimeout: seconds } })),
        );
  });

  it("stops the moment the client leaves, also between two attempts", async () => {
    build({ routing: { retries: 5, cooldowns: false } });
    const cancel = new Cancel();
    vendor.script([{ ...words("later", 503), headers: { "retry-after": "30" } }, words("never asked")]);
    const asked = refusalOf(house.gateway.handle(chatOf({ cancel })));
    await new Promise((resolve) => setTimeout(resolve, 150));
    cancel.cancel("client-closed");
    await asked;
    expect(vendor.unused).toBe(1);
    expect(house.records).toMatchObject([{ outcome: "abandoned" }]);
  });
});
