/** What becomes of an answer that a vendor keeps, when its client asks for it, calls it off or deletes it. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../../test/fake/fake-vendor.ts";
import { adminKey, deploymentOf, type House, houseOf } from "../../test/house.ts";
import { createMemoryResponses } from "../state/responses/memory.ts";
import { usualLimits } from "../state/responses/store.ts";
import { responseRoutes } from "./responses.ts";
import { createDoor, type Door } from "./server.ts";
import { createTable } from "./table.ts";

let vendor: FakeVendor;
let house: House;
let door: Door;
let url: string;
let luck = 0;

const quiet = (): undefined => undefined;
beforeAll(async () => {
  vendor = await startFakeVendor();
  house = houseOf({
    deployments: [
      deploymentOf(vendor.url, { group: "kept" }),
      deploymentOf(vendor.url, { group: "other" }),
      deploymentOf(vendor.url, { group: "translated", provider: "mistral" }),
      deploymentOf(vendor.url, { group: "pair", id: "pair-1", model: "gpt-first" }),
      deploymentOf(vendor.url, { group: "pair", id: "pair-2", model: "gpt-second" }),
      deploymentOf(vendor.url, { group: "mixed", id: "mixed-1", provider: "mistral" }),
      deploymentOf(vendor.url, { group: "mixed", id: "mixed-2", model: "gpt-second" }),
    ],
    random: () => luck,
  });
  const responses = createMemoryResponses(usualLimits, Date.now);
  const table = createTable(responseRoutes({ responses, gateway: () => house.gateway }));
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  door = createDoor({ table, gateway: () => house.gateway, log, root: "", connections: 10 });
  const { port } = await door.listen("127.0.0.1", 0);
  url = `http://127.0.0.1:${port}/v1/responses`;
});
beforeEach(() => vendor.reset());
afterAll(async () => {
  await door.drain(0.1);
  await house.close();
  await vendor.stop();
});

const headers = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
const ask = async (method: string, path = "", body?: object) => {
  const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  heard = answer.headers;
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
let heard = new Headers();
let count = 0;
/** An answer of the vendor's in some state, as its client heard it. */
async function begun(
  status: string,
  output: readonly object[] = [],
  model = "kept",
): Promise<{ readonly id: string; readonly words: object }> {
  const id = `resp_vendor${++count}`;
  const words = { id, object: "response", created_at: 1, status, store: true, model: "gpt-fake-0613", output };
  vendor.script([{ json: words }]);
  await ask("POST", "", { model, input: "Hi", background: true });
  return { id, words };
}
const lastAsked = () => {
  const { method, path, headers } = vendor.requests.at(-1) ?? {};
  return { method, path, authorization: headers?.["authorization"] };
};
const key = "Bearer sk-vendor-secret-0123456789";

it("one that was under way is asked for where it is made, until it is done", async () => {
  const { id, words } = await begun("queued");
  vendor.script([
    { status: 200, json: { ...words, status: "in_progress" } },
    { status: 200, json: { ...words, status: "completed" } },
  ]);
  expect((await ask("GET", `/${id}`)).body).toMatchObject({ id, status: "in_progress", model: "kept" });
  expect(lastAsked()).toEqual({ method: "GET", path: `/v1/responses/${id}`, authorization: key });
  expect((await ask("GET", `/${id}`)).body).toMatchObject({ status: "completed" });
  const asked = vendor.requests.length;
  expect((await ask("GET", `/${id}`)).body).toMatchObject({ status: "completed", model: "kept" });
  expect([heard.get("x-litellm-model-group"), heard.get("x-litellm-model-id")]).toEqual(["kept", "kept-1"]);
  expect(vendor.requests.length).toBe(asked);
});

it("one that is under way is called off where it is made, and one that is done is not", async () => {
  const { id, words } = await begun("in_progress");
  vendor.script([{ status: 200, json: { ...words, status: "cancelled" } }]);
  expect((await ask("POST", `/${id}/cancel`)).body).toMatchObject({ id, status: "cancelled" });
  expect(lastAsked()).toEqual({ method: "POST", path: `/v1/responses/${id}/cancel`, authorization: key });
  expect((await ask("POST", `/${id}/cancel`)).status).toBe(400);
});

it("one that is deleted is deleted at the vendor too, and stays where the vendor refuses", async () => {
  const { id } = await begun("completed");
  vendor.script([{ status: 500, json: { error: { message: "not now" } } }]);
  expect((await ask("DELETE", `/${id}`)).status).toBe(500);
  expect((await ask("GET", `/${id}`)).status).toBe(200);
  vendor.script([{ status: 200, json: { id, object: "response", deleted: true } }]);
  expect(await ask("DELETE", `/${id}`)).toEqual({ status: 200, body: { id, object: "response", deleted: true } });
  expect(lastAsked()).toEqual({ method: "DELETE", path: `/v1/responses/${id}`, authorization: key });
  expect((await ask("GET", `/${id}`)).status).toBe(404);
});

it("one that the vendor no longer has is deleted here", async () => {
  const { id } = await begun("completed");
  vendor.script([{ status: 404, json: { error: { message: "gone" } } }]);
  expect((await ask("DELETE", `/${id}`)).status).toBe(200);
  expect((await ask("GET", `/${id}`)).status).toBe(404);
});

it("one that was made from another language is nobody's but ours", async () => {
  const { body } = await ask("POST", "", { model: "translated", input: "Hi" });
  const asked = vendor.requests.length;
  expect((await ask("DELETE", `/${String(body["id"])}`)).status).toBe(200);
  expect(vendor.requests.length).toBe(asked);
});

const thought = { type: "reasoning", id: "rs_1", summary: [] };
const call = {
  type: "function_call",
  id: "fc_1",
  call_id: "call_1",
  name: "look",
  arguments: "{}",
  status: "completed",
};
const result = { type: "function_call_output", call_id: "call_1", output: "blue" };
const lastBody = () => JSON.parse(String(vendor.requests.at(-1)?.body)) as Record<string, unknown>;

it("one that is built on is named to the vendor that keeps it, thoughts and all", async () => {
  const { id } = await begun("completed", [thought, call]);
  vendor.script([{ status: 200, json: { id: "resp_next", object: "response", status: "completed", output: [] } }]);
  await ask("POST", "", { model: "kept", input: [result], previous_response_id: id });
  expect(lastBody()).toEqual({ model: "gpt-fake", input: [result], previous_response_id: id });
});

it("one that is built on elsewhere is told in full, without names that only its vendor knows", async () => {
  const { id } = await begun("completed", [thought, call]);
  await ask("POST", "", { model: "other", input: [result], previous_response_id: id });
  const { id: _, ...nameless } = call;
  const question = { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] };
  expect(lastBody()).toEqual({ model: "gpt-fake", input: [question, nameless, result] });
  await ask("POST", "", { model: "translated", input: [result], previous_response_id: id });
  expect(lastBody()["messages"]).toMatchObject([{ role: "user" }, { role: "assistant" }, { role: "tool" }]);
});

it("one whose maker does not say that it keeps it is deleted here alone", async () => {
  vendor.script([{ json: { id: "resp_unkept", object: "response", status: "completed", output: [] } }]);
  await ask("POST", "", { model: "kept", input: "Hi" });
  const asked = vendor.requests.length;
  expect((await ask("DELETE", "/resp_unkept")).status).toBe(200);
  expect(vendor.requests.length).toBe(asked);
});

const question = { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] };
const follow = (model: string, previous: string, more: object = {}) =>
  ask("POST", "", { model, input: [result], previous_response_id: previous, ...more });

it("one that is built on is asked for at the deployment that keeps it, wherever chance would go", async () => {
  luck = 0.9;
  const { id } = await begun("completed", [thought, call], "pair");
  luck = 0;
  expect(lastBody()["model"]).toBe("gpt-second");
  await follow("pair", id);
  expect(lastBody()).toEqual({ model: "gpt-second", input: [result], previous_response_id: id });
  vendor.script([{ status: 429, json: { error: { message: "too many" } } }]);
  expect((await follow("pair", id)).status).toBe(429);
  await follow("pair", id);
  expect(lastBody()).toMatchObject({ model: "gpt-first", input: [question, { name: "look" }, result] });
});

it("one that its vendor has lost is told in full", async () => {
  const { id } = await begun("completed", [thought, call]);
  const gone = { message: "gone", param: "previous_response_id", code: "previous_response_not_found" };
  vendor.script([{ status: 400, json: { error: gone } }]);
  expect((await follow("kept", id)).status).toBe(200);
  expect(lastBody()).toMatchObject({ input: [question, { name: "look" }, result] });
  expect(lastBody()).not.toHaveProperty("previous_response_id");
});

it.each(["kept", "other", "translated"])("an answer of %s names the one that it is built on", async (model) => {
  const { id } = await begun("completed", [call]);
  const { body } = await follow(model, id);
  expect(body["previous_response_id"]).toBe(id);
  expect((await ask("GET", `/${String(body["id"])}`)).body["previous_response_id"]).toBe(id);
  const streamed = await fetch(url, {
    method: "POST",
    headers,
    body: JSON.stringify({ model, input: [result], previous_response_id: id, stream: true }),
  });
  const snapshots = (await streamed.text()).split("\n").filter((line) => line.includes('"response":{'));
  expect(snapshots.length).toBeGreaterThan(2);
  for (const line of snapshots)
    expect(JSON.parse(line.slice(6))).toMatchObject({ response: { previous_response_id: id } });
});

it.each([
  ["conversation", "conv_1"],
  ["prompt", { id: "pmpt_1" }],
  ["previous_response_id", "resp_elsewhere"],
])("a request with %s goes to whoever may know it, and is refused where nobody does", async (field, value) => {
  luck = 0;
  expect((await ask("POST", "", { model: "mixed", input: "Hi", [field]: value })).status).toBe(200);
  expect(lastBody()).toMatchObject({ model: "gpt-second", [field]: value });
  const asked = vendor.requests.length;
  const refused = await ask("POST", "", { model: "translated", input: "Hi", [field]: value });
  expect(refused).toMatchObject({ status: 400, body: { error: { param: field } } });
  expect(vendor.requests.length).toBe(asked);
});

const failed = {
  id: "resp_failed",
  object: "response",
  created_at: 7,
  status: "failed",
  error: { code: "server_error", message: "The model failed to generate a response." },
  output: [],
  model: "gpt-fake-0613",
  usage: { input_tokens: 12, output_tokens: 3, total_tokens: 15 },
};

it("an answer that failed is told as it is, under the client's name for the model, and recorded as failed", async () => {
  vendor.script([{ json: failed }]);
  expect(await ask("POST", "", { model: "kept", input: "Hi" })).toEqual({
    status: 200,
    body: { ...failed, model: "kept" },
  });
  expect(house.records.at(-1)).toMatchObject({ outcome: "failed", usage: { input: 12, output: 3 } });
  expect((await ask("GET", "/resp_failed")).body).toMatchObject({ status: "failed" });
});

it("an answer that failed before its first word is streamed as one that failed", async () => {
  const created = { ...failed, status: "in_progress", error: null, usage: null };
  vendor.script([
    {
      sse: [
        { type: "response.created", sequence_number: 0, response: created },
        { type: "response.failed", sequence_number: 1, response: failed },
      ],
    },
  ]);
  const streamed = await fetch(url, {
    method: "POST",
    headers,
    body: JSON.stringify({ model: "kept", input: "Hi", stream: true }),
  });
  const text = await streamed.text();
  expect(text.match(/^event: .*/gm)).toEqual([
    "event: response.created",
    "event: response.in_progress",
    "event: response.failed",
  ]);
  const last = text.trim().split("\n").at(-1) ?? "";
  expect(JSON.parse(last.slice(6))).toMatchObject({ response: { ...failed, model: "kept" } });
  expect(house.records.at(-1)).toMatchObject({ outcome: "failed", usage: { input: 12, output: 3 } });
});
