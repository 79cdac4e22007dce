/** What clients and tools are told of the models. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { adminKey, deploymentOf, type House, houseOf } from "../../test/house.ts";
import { Secret } from "../canonical/secret.ts";
import { healthRoutes } from "./health.ts";
import { modelRoutes } from "./models.ts";
import { createDoor, type Door } from "./server.ts";
import { createTable } from "./table.ts";
import { utilityRoutes } from "./utilities.ts";

let house: House;
let door: Door;
let url: string;

const quiet = (): undefined => undefined;
beforeAll(async () => {
  house = houseOf({
    deployments: [
      deploymentOf("http://127.0.0.1:9", {
        group: "talk",
        id: "dep-talk",
        info: { note: "ours" },
        params: { model: "openai/gpt-fake" },
        facts: { mode: "chat", maxInput: 1000, maxOutput: 100, entry: { max_input_tokens: 1000 } },
      }),
      deploymentOf("http://127.0.0.1:9", {
        group: "vectors",
        id: "dep-vectors",
        facts: { mode: "embedding", maxInput: 8191 },
      }),
      deploymentOf("http://127.0.0.1:9", {
        group: "claude",
        id: "dep-claude",
        provider: "anthropic",
        model: "claude-sonnet-4-5",
        apiBase: "http://user:secret@127.0.0.1:9?code=secret",
        headers: { "X-Own": new Secret("header-secret-1") },
      }),
      deploymentOf("http://127.0.0.1:9", { group: "any/*", id: "dep-any", model: "*" }),
    ],
  });
  const health = healthRoutes({ database: async () => true, draining: () => false });
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const table = createTable([...modelRoutes, ...utilityRoutes, ...health]);
  door = createDoor({ table, gateway: () => house.gateway, log, root: "", connections: 10 });
  const { port } = await door.listen("127.0.0.1", 0);
  url = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  await door.drain(0.1);
  await house.close();
});

const headers = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
const get = async (path: string): Promise<unknown> => (await fetch(url + path, { headers })).json();
const post = async (path: string, body: unknown): Promise<unknown> =>
  (await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) })).json();

it("a list says what kind each model is and how much it takes, where that is known", async () => {
  const talk = { id: "talk", object: "model", mode: "chat", max_input_tokens: 1000, max_output_tokens: 100 };
  const list = (await get("/v1/models")) as { data: readonly object[] };
  expect(list.data).toEqual([
    expect.objectContaining(talk),
    expect.objectContaining({ id: "vectors", mode: "embedding", max_input_tokens: 8191 }),
    expect.objectContaining({ id: "claude" }),
    expect.objectContaining({ id: "any/*" }),
  ]);
  expect(list.data.map((one) => "max_output_tokens" in one)).toEqual([true, false, false, false]);
  expect(await get("/v1/models/talk")).toMatchObject(talk);
});

it("a deployment's page tells how it is called and what is known of its model, without its key", async () => {
  const { data } = (await get("/v1/model/info?litellm_model_id=dep-talk")) as { data: unknown };
  expect(data).toEqual([
    {
      model_name: "talk",
      litellm_params: { model: "openai/gpt-fake" },
      model_info: {
        id: "dep-talk",
        db_model: false,
        key: "gpt-fake",
        note: "ours",
        max_input_tokens: 1000,
        supported_openai_params: expect.arrayContaining(["temperature"]),
      },
    },
  ]);
});

it("a group's page makes no limit up, and names the parameters that its model takes", async () => {
  const { data } = (await get("/model_group/info?model_group=vectors")) as { data: readonly Record<string, unknown>[] };
  expect(data[0]).toMatchObject({ max_input_tokens: 8191, max_output_tokens: null });
  expect(data[0]?.["supported_openai_params"]).toContain("temperature");
});

it("health is told of one model, or of one deployment, where only that is asked for", async () => {
  expect(await get("/health?model=talk")).toMatchObject({
    healthy_count: 1,
    healthy_endpoints: [{ model_id: "dep-talk" }],
  });
  expect(await get("/health?model_id=dep-any")).toMatchObject({ healthy_endpoints: [{ model_id: "dep-any" }] });
  expect(await get("/health?model=none")).toMatchObject({ healthy_count: 0, unhealthy_count: 0 });
});

it("tokens are counted with what a message brings besides its text, and said to be an estimate", async () => {
  const messages = [{ role: "user", content: "Why is the sky blue?" }];
  expect(await post("/utils/token_counter", { model: "talk", messages })).toEqual({
    total_tokens: 13,
    request_model: "talk",
    model_used: "gpt-fake",
    tokenizer_type: "openai_tokenizer",
    count_source: "local_estimate",
    original_response: null,
    error: false,
    error_message: null,
    status_code: null,
  });
});

it("a request is shown as its vendor would get it, without keys and without what the operator adds to the headers", async () => {
  const chat = { messages: [{ role: "user", content: "Hi" }], max_tokens: 5, num_retries: 3 };
  const shown = (type: string, model: string) =>
    post("/utils/transform_request", { call_type: type, request_body: { model, ...chat } });
  const text = JSON.stringify(await shown("acompletion", "claude"));
  expect(JSON.parse(text)).toEqual({
    raw_request_api_base: "http://127.0.0.1:9/v1/messages",
    raw_request_body: {
      model: "claude-sonnet-4-5",
      max_tokens: 5,
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
    },
    raw_request_headers: expect.objectContaining({ "anthropic-version": "2023-06-01" }),
    error: null,
  });
  expect(text).not.toContain("secret");
  expect(await shown("anthropic_messages", "talk")).toMatchObject({ raw_request_body: { model: "gpt-fake" } });
  expect(await shown("nonsense", "talk")).toMatchObject({ error: { param: "call_type" } });
  expect(await shown("completion", "none")).toMatchObject({ error: { code: "model_not_found" } });
  expect(await shown("embedding", "claude")).toMatchObject({ error: { param: expect.any(String) } });
});
