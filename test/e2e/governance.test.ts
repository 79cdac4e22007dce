/** Budgets and limits hold exactly, whatever is thrown at them at once. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../fake/fake-vendor.ts";
import { adminKey, modelsAt, type Running, startGateway } from "./gateway.ts";

let vendor: FakeVendor;
let gateway: Running;

/** Ten tokens out at a tenth of a cent each: a cent a call. */
const cent = { input_cost_per_token: 0, output_cost_per_token: 0.001 };

beforeAll(async () => {
  vendor = await startFakeVendor();
  gateway = await startGateway({
    config: {
      model_list: [
        ...modelsAt(vendor.url, { cent: "openai/gpt-fake+tokens=10" }, cent),
        ...modelsAt(vendor.url, {
          slow: "openai/gpt-fake+tokens=50,pace=40",
          waits: "openai/gpt-fake+delay=5000",
          free: "openai/gpt-fake",
          fails: "openai/gpt-fake+status=500",
        }),
      ],
      router_settings: { num_retries: 0, disable_cooldowns: true },
      general_settings: { master_key: adminKey },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  await vendor.stop();
});

const ask = (key: string, model: string, more: object = {}) =>
  gateway.post(
    "/v1/chat/completions",
    { model, max_tokens: 10, messages: [{ role: "user", content: "hi" }], ...more },
    key,
  );

const statuses = async (count: number, send: () => Promise<Response>): Promise<Map<number, number>> => {
  const counts = new Map<number, number>();
  await Promise.all(
    Array.from({ length: count }, async () => {
      const answer = await send();
      await answer.arrayBuffer();
      counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
    }),
  );
  return counts;
};

const spendOf = async (key: string): Promise<number> =>
  ((await (await gateway.get("/key/info", key)).json()) as { info: { spend: number } }).info.spend;

it("a thousand cents at once on a key of five dollars spend exactly five dollars", async () => {
  const key = await gateway.newKey({ max_budget: 5 });
  const counts = await statuses(1000, () => ask(key, "cent"));
  expect(counts.get(200)).toBe(500);
  expect(counts.get(429)).toBe(500);
  expect(await spendOf(key)).toBeCloseTo(5, 9);
});

it("a spent key is told what it cost, and how to go on is for its owner", async () => {
  const key = await gateway.newKey({ max_budget: 0.01 });
  const served = await ask(key, "cent");
  expect(served.status).toBe(200);
  expect(Number(served.headers.get("x-litellm-key-spend"))).toBeCloseTo(0.01, 9);
  const refused = await ask(key, "cent");
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({
    error: { type: "budget_exceeded", message: expect.stringContaining("Budget has been exceeded!") },
  });
});

it("a burst of three hundred on a hundred a minute lets a hundred pass", async () => {
  const key = await gateway.newKey({ rpm_limit: 100 });
  const counts = await statuses(300, () => ask(key, "free"));
  expect(counts.get(200)).toBe(100);
  expect(counts.get(429)).toBe(200);
});

it("a refusal for haste says when to come again", async () => {
  const key = await gateway.newKey({ rpm_limit: 1 });
  await ask(key, "free");
  const refused = await ask(key, "free");
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
});

it("tokens a minute are reserved before and settled after", async () => {
  const key = await gateway.newKey({ tpm_limit: 500 });
  const counts = await statuses(40, () => ask(key, "free", { max_tokens: 100 }));
  expect(counts.get(200)).toBeGreaterThanOrEqual(1);
  expect(counts.get(200)).toBeLessThanOrEqual(4);
});

it("requests at a time are as many as were granted", async () => {
  const key = await gateway.newKey({ max_parallel_requests: 3 });
  const counts = await statuses(20, () => ask(key, "slow"));
  expect(counts.get(200)).toBe(3);
  expect((await ask(key, "free")).status).toBe(200);
});

it("aborted streams leave no slot taken and end the vendor's calls", async () => {
  const key = await gateway.newKey({ max_parallel_requests: 50 });
  const before = vendor.aborted;
  for (let round = 0; round < 20; round++)
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const stop = new AbortController();
        const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
          method: "POST",
          signal: stop.signal,
          headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
          body: JSON.stringify({ model: "slow", stream: true, messages: [{ role: "user", content: "hi" }] }),
        });
        expect(answer.status).toBe(200);
        await answer.body?.getReader().read();
        stop.abort();
      }).map((one) => one.catch(() => undefined)),
    ).then(() => new Promise((resolve) => setTimeout(resolve, 60)));
  const deadline = Date.now() + 5000;
  while (vendor.aborted - before < 1000 && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(vendor.aborted - before).toBe(1000);
  const counts = await statuses(50, () => ask(key, "free"));
  expect(counts.get(200)).toBe(50);
}, 60_000);

it("a client that leaves before the first word ends the vendor's call, stream or not", async () => {
  for (const stream of [true, false]) {
    const before = vendor.aborted;
    const stop = new AbortController();
    const asked = fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      signal: stop.signal,
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "waits", stream, messages: [{ role: "user", content: "hi" }] }),
    }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 150));
    stop.abort();
    await asked;
    const deadline = Date.now() + 3000;
    while (vendor.aborted === before && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(vendor.aborted).toBe(before + 1);
  }
});

it("a key limited to some models reaches no other by query, path, alias or fallback", async () => {
  const key = await gateway.newKey({ models: ["free"] });
  expect((await ask(key, "free")).status).toBe(200);
  expect((await ask(key, "cent")).status).toBe(403);
  const body = { model: "free", messages: [{ role: "user", content: "hi" }] };
  expect((await gateway.post("/engines/cent/chat/completions", body, key)).status).toBe(403);
  expect((await gateway.post("/openai/deployments/cent/chat/completions", body, key)).status).toBe(403);
  expect((await gateway.post("/v1/chat/completions?model=cent", body, key)).headers.get("x-litellm-model-group")).toBe(
    "free",
  );
  expect((await ask(key, "free", { fallbacks: ["cent"] })).status).toBe(403);
});

it("a blocked, an expired and a deleted key are dead at once", async () => {
  const [blocked, deleted] = [await gateway.newKey(), await gateway.newKey()];
  for (const key of [blocked, deleted]) expect((await ask(key, "free")).status).toBe(200);
  await gateway.post("/key/block", { key: blocked });
  await gateway.post("/key/delete", { keys: [deleted] });
  expect((await ask(blocked, "free")).status).toBe(401);
  expect((await ask(deleted, "free")).status).toBe(401);
  const expired = await gateway.newKey({ duration: "1s" });
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect((await ask(expired, "free")).status).toBe(401);
  await gateway.post("/key/unblock", { key: blocked });
  expect((await ask(blocked, "free")).status).toBe(200);
});

it("kill -9 loses no key and no settled money", async () => {
  const config = {
    model_list: modelsAt(vendor.url, { cent: "openai/gpt-fake+tokens=10" }, cent),
    general_settings: { master_key: adminKey },
  };
  const first = await startGateway({ config });
  const key = await first.newKey({ max_budget: 100 });
  const answers = await Promise.all(
    Array.from({ length: 60 }, () =>
      first
        .post(
          "/v1/chat/completions",
          { model: "cent", max_tokens: 10, messages: [{ role: "user", content: "hi" }] },
          key,
        )
        .then((answer) => answer.text()),
    ),
  );
  expect(answers).toHaveLength(60);
  await first.kill("SIGKILL");
  const second = await startGateway({ config, dataDir: first.dataDir });
  const info = (await (await second.get("/key/info", key)).json()) as { info: { spend: number } };
  expect(info.info.spend).toBeCloseTo(0.6, 9);
  await second.stop();
  await first.stop();
}, 30_000);

it("a fallback that a client names is paid for before it is asked", async () => {
  const key = await gateway.newKey({ max_budget: 0.05 });
  const counts = await statuses(40, () => ask(key, "fails", { fallbacks: ["cent"] }));
  expect(counts.get(200)).toBe(5);
  expect(await spendOf(key)).toBeCloseTo(0.05, 9);
});

it("an alias opens no other model than its own, by fallback neither", async () => {
  const key = await gateway.newKey({ models: ["free", "fails"], aliases: { cent: "free" } });
  const answer = await ask(key, "fails", { fallbacks: ["cent"] });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("x-litellm-model-group")).toBe("free");
});
