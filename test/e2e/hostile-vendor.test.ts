/** Whatever a vendor answers: the client gets a clear error in its own dialect, at once, and never a broken answer that looks whole. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Answer } from "../fake/answer.ts";
import { type FakeVendor, startFakeVendor } from "../fake/fake-vendor.ts";
import { type Door, doors, expectDialect, leaksIn } from "./doors.ts";
import { adminKey, modelsAt, type Running, startGateway } from "./gateway.ts";

let vendor: FakeVendor;
let elsewhere: FakeVendor;
let gateway: Running;
let key: string;

beforeAll(async () => {
  [vendor, elsewhere] = await Promise.all([startFakeVendor(), startFakeVendor()]);
  gateway = await startGateway({
    config: {
      model_list: [
        ...modelsAt(vendor.url, { gpt: "openai/gpt-fake", claude: "anthropic/claude-fake" }, { timeout: 0.4 }),
        ...modelsAt("http://127.0.0.1:1", { nowhere: "openai/gpt-fake" }),
        ...modelsAt(elsewhere.url, { other: "openai/gpt-fake" }),
      ],
      router_settings: { num_retries: 0, disable_cooldowns: true },
      general_settings: { master_key: adminKey, max_response_size_mb: 1 },
    },
  });
  key = await gateway.newKey();
});
afterAll(async () => {
  await gateway?.stop();
  await vendor?.stop();
  await elsewhere?.stop();
});
beforeEach(() => vendor.reset());
afterEach(async () => {
  const [chat] = doors;
  const served = await gateway.post("/v1/chat/completions", chat?.body({ model: "other" }), key);
  expect(served.status).toBe(200);
  await served.text();
  expect(leaksIn(gateway.output())).toEqual([]);
});

interface Way {
  readonly door: Door;
  readonly model: string;
  readonly stream: boolean;
}
const streams = ["/v1/chat/completions", "/v1/messages", "/v1/responses"];
const ways: readonly Way[] = doors
  .filter(({ path }) => !path.endsWith("count_tokens"))
  .flatMap((door) =>
    (door.path === "/v1/embeddings" ? ["gpt"] : ["gpt", "claude"]).flatMap((model) =>
      (streams.includes(door.path) ? [false, true] : [false]).map((stream) => ({ door, model, stream })),
    ),
  );

interface Case {
  readonly name: string;
  readonly answer: Answer;
  readonly status: readonly number[];
}
const cases: readonly Case[] = [
  {
    name: "half a JSON",
    answer: { raw: '{"id":"x","choices":[{"mess', headers: { "content-type": "application/json" } },
    status: [502],
  },
  { name: "JSON of another kind", answer: { json: [1, "two", null] }, status: [502] },
  { name: "null", answer: { json: null }, status: [502] },
  {
    name: "numbers where objects belong",
    answer: { json: { choices: 5, content: 5, output: 5, data: 5, usage: "x" } },
    status: [502],
  },
  { name: "HTML as if it were an answer", answer: { html: "<html><body>Welcome!</body></html>" }, status: [502] },
  {
    name: "HTML as an error",
    answer: { status: 503, html: "<html><h1>503 Service Unavailable</h1></html>" },
    status: [503],
  },
  { name: "nothing", answer: { raw: "" }, status: [502] },
  { name: "nothing, as an error", answer: { status: 500, raw: "" }, status: [500] },
  { name: "no content at all", answer: { status: 204, raw: "" }, status: [502] },
  { name: "a reset", answer: { drop: true }, status: [502] },
  { name: "a head and a reset", answer: { cut: 0, steer: "" }, status: [502] },
  { name: "less than it announced", answer: { json: { id: "x" }, contentLength: 5000 }, status: [502] },
  { name: "silence", answer: { hang: true }, status: [408] },
  { name: "a head and silence", answer: { hang: "after-headers" }, status: [408] },
  { name: "a huge error", answer: { hugeError: 8 << 20 }, status: [500] },
  { name: "an endless line", answer: { endlessLine: true }, status: [502] },
  {
    name: "bytes that are no text",
    answer: { raw: new Uint8Array([0xff, 0xfe, 0x00, 0xc3, 0x28]), headers: { "content-type": "application/json" } },
    status: [502],
  },
  {
    name: "a depth without end",
    answer: { raw: "[".repeat(100_000), headers: { "content-type": "application/json" } },
    status: [502],
  },
  {
    name: "a status that nobody knows",
    answer: { status: 799, json: { error: { message: "odd" } } },
    status: [502],
  },
];

const post = ({ door, model, stream }: Way) =>
  gateway.post(door.path, door.body({ model, ...(stream && { stream }) }), key);

describe.each(ways)("$door.path at $model, streamed: $stream", (way) => {
  it.each(cases)("a vendor that answers $name", async ({ answer, status }) => {
    vendor.script([answer]);
    const start = performance.now();
    const told = await post(way);
    const said = await told.text();
    expect(performance.now() - start).toBeLessThan(2000);
    expect(status, `${told.status} ${said.slice(0, 500)}`).toContain(told.status);
    expectDialect(way.door, said);
    expect(said.length).toBeLessThan(5000);
  });

  it("a vendor that sends the gateway elsewhere: it does not go", async () => {
    const before = elsewhere.received;
    for (const status of [301, 302, 307, 308]) {
      vendor.script([{ status, raw: "", headers: { location: `${elsewhere.url}/v1/chat/completions` } }]);
      const told = await post(way);
      expect(told.status).toBe(502);
      expectDialect(way.door, await told.text());
      expect(told.headers.get("location")).toBeNull();
    }
    expect(elsewhere.received).toBe(before);
  });

  it("a vendor that repeats the key it was asked with: nobody hears it", async () => {
    const message = "Incorrect API key provided: fake-vendor-key.";
    vendor.script([
      { status: 401, json: { type: "error", error: { type: "authentication_error", message, code: null } } },
    ]);
    const told = await post(way);
    const said = await told.text();
    expect(told.status).toBe(401);
    expectDialect(way.door, said);
    expect(JSON.stringify([...told.headers])).not.toContain("fake-vendor-key");
    expect(said).toContain("Incorrect API key provided");
  });

  it("a vendor that would set cookies and lie about the length: it may not", async () => {
    vendor.script([
      {
        status: 400,
        json: { type: "error", error: { type: "invalid_request_error", message: "not so", code: null } },
        headers: { "set-cookie": "a=b", "x-litellm-call-id": "mine", "access-control-allow-origin": "*" },
      },
    ]);
    const told = await post(way);
    expect(told.status).toBe(400);
    expectDialect(way.door, await told.text());
    expect(told.headers.get("set-cookie")).toBeNull();
    expect(told.headers.get("x-litellm-call-id")).not.toBe("mine");
    expect(told.headers.get("access-control-allow-origin")).toBeNull();
  });
});

it("a vendor that cannot be reached is told at once, without its address", async () => {
  const [chat] = doors;
  const start = performance.now();
  const told = await gateway.post("/v1/chat/completions", chat?.body({ model: "nowhere" }), key);
  expect(told.status).toBe(503);
  expect(await told.text()).not.toContain("127.0.0.1");
  expect(performance.now() - start).toBeLessThan(1000);
});
