/** A door of the data plane: what it reads out of a body, and how it tells what cannot be served. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../../test/fake/fake-vendor.ts";
import { adminKey, deploymentOf, type House, houseOf } from "../../test/house.ts";
import { endpoints } from "./endpoints.ts";
import { createDoor, type Door } from "./server.ts";
import { createTable } from "./table.ts";

let vendor: FakeVendor;
let house: House;
let door: Door;
let url: string;
const quiet = (): undefined => undefined;

beforeAll(async () => {
  vendor = await startFakeVendor();
  house = houseOf({
    deployments: [deploymentOf(vendor.url), deploymentOf(vendor.url, { group: "other", model: "gpt-other" })],
    routing: { cooldowns: false },
  });
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  door = createDoor({ table: createTable(endpoints), gateway: () => house.gateway, log, root: "", connections: 100 });
  const { port } = await door.listen("127.0.0.1", 0);
  url = `http://127.0.0.1:${port}`;
});
beforeEach(() => {
  vendor.reset();
  house.records.length = 0;
});
afterAll(async () => {
  await door.drain(0.1);
  await house.close();
  await vendor.stop();
});

const post = (path: string, body: object | string, headers: Record<string, string> = {}) =>
  fetch(url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const chat = (more: object = {}) => ({ model: "m", messages: [{ role: "user", content: "hi" }], ...more });
const sent = () => vendor.requests.at(-1)?.json as Record<string, unknown>;

it("a model in the path wins over the body's, and what SDKs pack apart does not name another", async () => {
  await (await post("/openai/deployments/other/chat/completions", chat())).text();
  expect(sent()["model"]).toBe("gpt-other");
  await (await post("/v1/chat/completions", chat({ extra_body: { model: "other", top_k: 3 } }))).text();
  expect(sent()).toMatchObject({ model: "gpt-fake", top_k: 3 });
  expect(sent()).not.toHaveProperty("extra_body");
});

it("what clients may not say they may not say packed apart either", async () => {
  const refused = await post("/v1/chat/completions", chat({ extra_body: { api_base: "http://127.0.0.1:1" } }));
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain("api_base");
  expect(vendor.requests).toEqual([]);
});

it("a refusal is told in the language of the route, and one record tells of it", async () => {
  const openai = (await (await post("/v1/chat/completions", chat({ model: "nobody" }))).json()) as { error: object };
  expect(openai.error).toMatchObject({ code: "model_not_found", param: "model" });
  const anthropic = await (await post("/v1/messages", { ...chat({ model: "nobody" }), max_tokens: 5 })).json();
  expect(anthropic).toMatchObject({ type: "error", error: { type: "not_found_error" } });
  const unread = await post("/v1/messages", "{");
  expect(await unread.json()).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
  expect(house.records.map(({ outcome, status }) => [outcome, status])).toEqual([
    ["refused", 404],
    ["refused", 404],
    ["refused", 400],
  ]);
});

it("a stream that breaks ends in an error of the client's language, and never like a whole one", async () => {
  for (const path of ["/v1/chat/completions", "/v1/messages"]) {
    vendor.script([{ steer: "tokens=20", cut: 5 }]);
    const text = await (await post(path, chat({ stream: true, max_tokens: 20 }))).text();
    expect(text).toContain("error");
    expect(text).not.toContain("[DONE]");
    expect(text).not.toContain("message_stop");
    expect(house.records.at(-1)).toMatchObject({ outcome: "failed", status: 502 });
  }
});

it("an answer says what it cost, whose it was and how often it was asked for", async () => {
  const answer = await post("/v1/chat/completions", chat());
  await answer.text();
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "x-litellm-model-id": "m-1",
    "x-litellm-model-group": "m",
    "x-litellm-attempted-retries": "0",
    "x-litellm-attempted-fallbacks": "0",
    "x-litellm-response-cost": "0",
  });
});

it("a vendor's cookies and the words between two hops stay with us", async () => {
  vendor.script([
    { steer: "tokens=1", headers: { "set-cookie": "a=b", "keep-alive": "timeout=1", "x-request-id": "req_1" } },
  ]);
  const { headers } = await post("/v1/chat/completions", chat());
  expect([...headers.keys()].filter((name) => name.includes("cookie") || name.endsWith("-keep-alive"))).toEqual([]);
  expect(headers.get("llm_provider-x-request-id")).toBe("req_1");
});
