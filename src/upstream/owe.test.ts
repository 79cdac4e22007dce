/** What is owed where the vendor told nothing of it: estimated by the script of the text, and by the time that passed. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../../test/fake/fake-vendor.ts";
import { chatOf, deploymentOf, type House, houseOf, refusalOf } from "../../test/house.ts";
import { Cancel } from "../canonical/cancel.ts";

let vendor: FakeVendor;
let house: House;
let time = 0;
beforeAll(async () => {
  vendor = await startFakeVendor();
});
afterEach(async () => {
  await house.close();
  vendor.reset();
});
afterAll(() => vendor.stop());

const facts = { price: { input: 1000, output: 1000 }, maxOutput: 100 };
const build = (more: object = {}): void => {
  house = houseOf({
    deployments: [deploymentOf(vendor.url, { facts, ...more })],
    now: () => time,
    routing: { cooldowns: false },
  });
};
const said = () => house.records.at(-1)?.usage;
const delta = (content: string) => ({
  id: "c",
  object: "chat.completion.chunk",
  model: "gpt-fake",
  choices: [{ index: 0, delta: { content } }],
});

async function cut(text: string, decode: boolean): Promise<number> {
  vendor.script([{ sse: [delta(text), delta(text)], cut: 2 }]);
  const reply = await house.gateway.handle({ ...chatOf({ stream: true }), ...(decode && { decode }) });
  if (reply.kind !== "stream") throw new Error("no stream");
  try {
    for await (const _ of reply.batches);
  } catch {
    // It was cut.
  }
  return said()?.output ?? 0;
}

it.each([false, true])("is a token for each sign of a script that has no shorter ones; decoded: %s", async (decode) => {
  build();
  expect(await cut("敏捷的棕色狐狸跳", decode)).toBe(16);
  expect(await cut("быстрая лисица ", decode)).toBe(14);
  expect(await cut("the quick brown fox ", decode)).toBe(10);
});

async function leave(after: number, more: object): Promise<{ input: number; output: number } | undefined> {
  vendor.script([{ hang: true }]);
  const before = vendor.received;
  const cancel = new Cancel();
  const asked = refusalOf(house.gateway.handle(chatOf({ cancel, ...more })));
  await vendor.whenReceived(before + 1);
  time += after;
  cancel.cancel("client-closed");
  await asked;
  return said();
}

it("is for a client that leaves before a word what the vendor can have written by then, and no more than it may", async () => {
  build();
  for (const stream of [false, true]) {
    expect((await leave(900, { stream }))?.output).toBe(0);
    expect((await leave(2000, { stream, body: { max_tokens: 90 } }))?.output).toBe(50);
    expect((await leave(60_000, { stream, body: { max_tokens: 90 } }))?.output).toBe(90);
    expect((await leave(60_000, { stream, body: { max_tokens: 10, n: 3 } }))?.output).toBe(30);
    expect((await leave(60_000, { stream, body: { max_tokens: undefined } }))?.output).toBe(100);
  }
});

it("is of a prompt a token for each such sign too", async () => {
  build();
  const content = "狐".repeat(6000);
  expect((await leave(0, { body: { messages: [{ role: "user", content }] } }))?.input).toBeGreaterThanOrEqual(6000);
});
