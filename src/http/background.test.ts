/** Answers that a vendor makes in the background: paid for when it is known what they came to, once, by whoever asked. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../../test/fake/fake-vendor.ts";
import { callerOf, deploymentOf, type House, houseOf, scopeOf } from "../../test/house.ts";
import { createMemoryResponses } from "../state/responses/memory.ts";
import { usualLimits } from "../state/responses/store.ts";
import { responseRoutes } from "./responses.ts";
import { createDoor, type Door } from "./server.ts";
import { createTable } from "./table.ts";

let vendor: FakeVendor;
let house: House;
let door: Door;
let url: string;

/** A microdollar a token, and of a budget that is small enough to be looked at closely. */
const facts = { price: { input: 1000, output: 1000 }, maxOutput: 100, maxInput: 10_000 };
const caller = callerOf({ keyId: "k", scopes: [scopeOf({ budgets: [{ max: 1_000_000, spent: 0 }], parallel: 1 })] });
const quiet = (): undefined => undefined;
beforeAll(async () => {
  vendor = await startFakeVendor();
});
beforeEach(async () => {
  house = houseOf({
    deployments: [deploymentOf(vendor.url, { group: "m", facts })],
    findKey: () => Promise.resolve(caller),
  });
  const responses = createMemoryResponses(usualLimits, Date.now);
  const table = createTable(responseRoutes({ responses, gateway: () => house.gateway }));
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  door = createDoor({ table, gateway: () => house.gateway, log, root: "", connections: 10 });
  const { port } = await door.listen("127.0.0.1", 0);
  url = `http://127.0.0.1:${port}/v1/responses`;
});
afterEach(async () => {
  await door.drain(0.1);
  await house.close();
  vendor.reset();
});
afterAll(() => vendor.stop());

const headers = { authorization: "Bearer sk-somebody-0123456789", "content-type": "application/json" };
const ask = async (method: string, path = "", body?: object) => {
  const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const question = { model: "m", input: "Hi", background: true };
const queued = { id: "resp_1", object: "response", created_at: 1, status: "queued", store: true, output: [] };
const usage = { input_tokens: 20, output_tokens: 80, total_tokens: 100 };
const done = { ...queued, status: "completed", model: "gpt-fake-0613", usage };
const spent = () => house.meters.spent("key:k") ?? { spent: 0, held: 0 };
const recorded = () => house.records.reduce((sum, { cost }) => sum + cost, 0);

it("is estimated when it is begun, its record says so, and the most that it can cost stays held", async () => {
  vendor.script([{ status: 200, json: queued }]);
  await ask("POST", "", question);
  expect(house.records).toMatchObject([{ outcome: "answered", usage: { estimated: true } }]);
  const { spent: estimate, held } = spent();
  expect(estimate).toBe(recorded());
  expect(estimate + held).toBeGreaterThanOrEqual(100_000);
  // Its slot is free: nothing runs here.
  vendor.script([{ status: 200, json: { ...queued, id: "resp_2" } }]);
  expect((await ask("POST", "", question)).status).toBe(200);
});

it("is paid for once, by whoever asks for it when it is done", async () => {
  vendor.script([{ status: 200, json: queued }]);
  await ask("POST", "", question);
  vendor.script([{ status: 200, json: { ...queued, status: "in_progress" } }]);
  await ask("GET", "/resp_1");
  expect(house.records).toHaveLength(1);
  vendor.script([
    { status: 200, json: done },
    { status: 200, json: done },
  ]);
  await Promise.all([ask("GET", "/resp_1"), ask("GET", "/resp_1")]);
  await ask("GET", "/resp_1");
  expect(spent()).toEqual({ spent: 100_000, held: 0 });
  expect(recorded()).toBe(100_000);
  const [asked, settled, ...more] = house.records;
  expect(more).toEqual([]);
  expect(settled).toMatchObject({ settles: asked?.id, keyId: "k", scopes: ["key:k"], usage: { estimated: false } });
  // The sums by model and provider are of both.
  expect([settled?.model, settled?.deployment, settled?.provider]).toEqual(["m", asked?.deployment, asked?.provider]);
});

it.each(["cancelled", "failed", "incomplete"])("is paid for as far as it came: %s", async (status) => {
  vendor.script([{ status: 200, json: queued }]);
  await ask("POST", "", question);
  vendor.script([{ status: 200, json: { ...done, status } }]);
  await (status === "cancelled" ? ask("POST", "/resp_1/cancel") : ask("GET", "/resp_1"));
  expect(spent()).toEqual({ spent: 100_000, held: 0 });
});

it.each([
  ["no usage", null],
  ["one beyond reason", { input_tokens: 1e18, output_tokens: 1, total_tokens: 1e18 }],
])("stays an estimate where its vendor tells %s, and holds nothing any more", async (_, told) => {
  vendor.script([{ status: 200, json: queued }]);
  await ask("POST", "", question);
  const { spent: estimate } = spent();
  vendor.script([{ status: 200, json: { ...queued, status: "cancelled", usage: told } }]);
  await ask("POST", "/resp_1/cancel");
  expect(spent()).toEqual({ spent: estimate, held: 0 });
  expect(house.records).toHaveLength(1);
});

it("is called off and paid for when it is deleted while it is made", async () => {
  vendor.script([{ status: 200, json: queued }]);
  await ask("POST", "", question);
  vendor.script([
    { status: 200, json: { ...queued, status: "in_progress" } },
    { status: 200, json: { ...done, status: "cancelled" } },
    { status: 200, json: { id: "resp_1", object: "response", deleted: true } },
  ]);
  expect((await ask("DELETE", "/resp_1")).status).toBe(200);
  expect(vendor.requests.slice(-3).map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET /v1/responses/resp_1",
    "POST /v1/responses/resp_1/cancel",
    "DELETE /v1/responses/resp_1",
  ]);
  expect(spent()).toEqual({ spent: 100_000, held: 0 });
});

it("whose stream its client leaves is there to be asked for, and paid for then", async () => {
  const frames = [
    { type: "response.created", sequence_number: 0, response: { ...queued, status: "in_progress" } },
    {
      type: "response.output_text.delta",
      sequence_number: 1,
      item_id: "m",
      output_index: 0,
      content_index: 0,
      delta: "a",
    },
  ];
  vendor.script([{ sse: frames, hang: "after-frames" }]);
  const leave = new AbortController();
  const answer = await fetch(url, {
    method: "POST",
    headers,
    body: JSON.stringify({ ...question, stream: true }),
    signal: leave.signal,
  });
  await answer.body?.getReader().read();
  leave.abort();
  await expect.poll(() => house.records.length).toBe(1);
  expect(spent().held).toBeGreaterThan(0);
  vendor.script([{ status: 200, json: done }]);
  await expect.poll(async () => (await ask("GET", "/resp_1")).status).toBe(200);
  expect(spent()).toEqual({ spent: 100_000, held: 0 });
  expect(recorded()).toBe(100_000);
});

interface Event {
  readonly type: string;
  readonly sequence_number: number;
  readonly response?: Record<string, unknown>;
}

async function streamed(path: string): Promise<{ status: number; events: { event: string; data: Event }[] }> {
  const answer = await fetch(url + path, { headers });
  const text = await answer.text();
  const events = text
    .split("\n\n")
    .filter((frame) => frame.includes("data: {"))
    .map((frame) => {
      const data = JSON.parse(frame.slice(frame.indexOf("data: ") + 6)) as Event;
      return { event: data.type, data };
    });
  return { status: answer.status, events };
}
const item = { id: "msg_1", type: "message", role: "assistant", status: "completed" };
const content = [{ type: "output_text", text: "Hi!", annotations: [] }];
const spoken = { ...done, output: [{ ...item, content }] };

it("is told again as a stream once it is done, from an event on where the client says so", async () => {
  vendor.script([{ status: 200, json: { ...spoken, store: false } }]);
  await ask("POST", "", { model: "m", input: "Hi" });
  const before = vendor.received;
  const { events } = await streamed("/resp_1?stream=true");
  expect(events[0]).toMatchObject({ event: "response.created", data: { response: { model: "m" } } });
  expect(events.map(({ event }) => event)).toContain("response.output_text.delta");
  expect(events.at(-1)).toMatchObject({
    event: "response.completed",
    data: { response: { model: "m", output: [{}] } },
  });
  const rest = await streamed("/resp_1?stream=true&starting_after=3");
  expect(rest.events).toEqual(events.slice(4));
  expect(vendor.received).toBe(before);
  expect((await streamed("/resp_2?stream=true")).status).toBe(404);
  expect((await streamed("/resp_1?stream=perhaps")).status).toBe(400);
  expect((await streamed("/resp_1?stream=true&starting_after=x")).status).toBe(400);
});

it("is followed at its vendor while that goes on with it, and paid for by its last event", async () => {
  vendor.script([{ status: 200, json: queued }]);
  await ask("POST", "", question);
  const told = [
    { type: "response.in_progress", sequence_number: 8, response: { ...queued, status: "in_progress", model: "v" } },
    { type: "response.output_text.delta", sequence_number: 9, delta: "Hi!" },
    { type: "response.completed", sequence_number: 10, response: spoken },
  ];
  vendor.script([{ status: 200, sse: told }]);
  const { events } = await streamed("/resp_1?stream=true&starting_after=7");
  expect(vendor.requests.at(-1)?.path).toBe("/v1/responses/resp_1?stream=true&starting_after=7");
  expect(events.map(({ data }) => data.sequence_number)).toEqual([8, 9, 10]);
  expect(events.map(({ data }) => data.response?.["model"])).toEqual(["m", undefined, "m"]);
  expect(spent()).toEqual({ spent: 100_000, held: 0 });
  // By now it is kept here.
  const before = vendor.received;
  expect((await ask("GET", "/resp_1")).body).toMatchObject({ status: "completed", model: "m" });
  expect(vendor.received).toBe(before);
});

it("is owed for still where the stream of it breaks off, and says so", async () => {
  vendor.script([{ status: 200, json: queued }]);
  await ask("POST", "", question);
  const error = { type: "error", sequence_number: 2, message: "sk-vendor-secret-0123456789 is no key" };
  const word = { type: "response.output_text.delta", sequence_number: 1, delta: "Hi" };
  vendor.script([{ status: 200, sse: [word, error] }]);
  const { events } = await streamed("/resp_1?stream=true");
  expect(events.at(-1)).toMatchObject({ event: "response.failed", data: { response: { id: "resp_1" } } });
  expect(JSON.stringify(events)).toContain("*** is no key");
  expect(spent().held).toBeGreaterThan(0);
  vendor.script([{ status: 200, json: done }]);
  await ask("GET", "/resp_1");
  expect(spent()).toEqual({ spent: 100_000, held: 0 });
});

it("is told in one piece by a vendor that does not stream it: when it is done as a stream, and before not at all", async () => {
  vendor.script([{ status: 200, json: queued }]);
  await ask("POST", "", question);
  vendor.script([
    { status: 200, json: queued },
    { status: 200, json: queued },
  ]);
  expect((await streamed("/resp_1?stream=true")).status).toBe(400);
  vendor.script([
    { status: 200, json: spoken },
    { status: 200, json: spoken },
  ]);
  expect((await streamed("/resp_1?stream=true")).events.at(-1)?.event).toBe("response.completed");
  expect(spent()).toEqual({ spent: 100_000, held: 0 });
});
