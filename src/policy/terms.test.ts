/** Requests that ask for other prices (a tier, a speed, a place): reserved for as they ask, settled as the vendor says. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../../test/fake/fake-vendor.ts";
import { chatOf, configOf, deploymentOf, type House, heard, houseOf, refusalOf, scopeOf } from "../../test/house.ts";
import { Secret } from "../canonical/secret.ts";
import type { DeploymentConfig } from "../config/config.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";

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

const facts = { price: { input: 0, output: 1000, services: { priority: { input: 0, output: 2000 } } }, maxOutput: 100 };
const claudeFacts = { price: { input: 0, output: 1000, factors: { fast: 6, us: 1.1 } }, maxOutput: 100 };
const build = (more: Partial<DeploymentConfig> = {}): void => {
  house = houseOf({ deployments: [deploymentOf(vendor.url, { facts, ...more })] });
};
const claude = (): void => {
  const key = new Secret("sk-vendor-secret-0123456789");
  const config = configOf("anthropic", "claude-fake", { apiBase: vendor.url, key, facts: claudeFacts });
  house = houseOf({ deployments: [config] });
};
const ask = (max: number, body: object = {}) =>
  house.gateway.handle(chatOf({ caller: { scopes: [scopeOf({ budgets: [{ max, spent: 0 }] })] }, body }));
const askClaude = (max: number, more: object) => {
  const words = { model: "m", max_tokens: 10, messages: [{ role: "user", content: "hi" }], ...more };
  const request = { value: anthropicMessages.request.decode(words), quote: { format: anthropicMessages.id, words } };
  const exchange = chatOf({ caller: { scopes: [scopeOf({ budgets: [{ max, spent: 0 }] })] } });
  return house.gateway.handle({ ...exchange, format: anthropicMessages, request });
};
const spent = () => house.meters.spent("key:k")?.spent;
const answer = (more: object = {}) => ({
  status: 200,
  json: {
    id: "c",
    object: "chat.completion",
    model: "gpt-fake",
    choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 10, total_tokens: 11 },
    ...more,
  },
});
const message = (usage: object) => ({
  status: 200,
  json: {
    id: "msg",
    type: "message",
    role: "assistant",
    model: "claude-fake",
    content: [{ type: "text", text: "hi" }],
    stop_reason: "end_turn",
    usage: { input_tokens: 1, output_tokens: 10, ...usage },
  },
});

it.each([
  ["priority", 20_000],
  ["fast", 20_000],
  ["default", 10_000],
  ["flex", 10_000],
  ["ultrafast", 60_000],
  ["unheard-of", 25_000],
])("are settled at the tier that the vendor says it used: %s", async (tier, cost) => {
  build();
  vendor.script([answer({ service_tier: tier })]);
  await heard(await ask(1e9));
  expect(spent()).toBe(cost);
});

it("are settled as usual where the vendor did not grant what was asked for, and as asked where it says nothing", async () => {
  build();
  vendor.script([answer({ service_tier: "default" })]);
  await heard(await ask(1e9, { service_tier: "priority" }));
  expect(spent()).toBe(10_000);
  vendor.script([answer()]);
  await heard(await ask(1e9, { service_tier: "priority" }));
  expect(spent()).toBe(30_000);
});

it("get no discount that nobody granted", async () => {
  build({ facts: { ...facts, price: { ...facts.price, services: { flex: { input: 0, output: 500 } } } } });
  vendor.script([answer()]);
  await heard(await ask(1e9, { service_tier: "flex" }));
  expect(spent()).toBe(10_000);
});

it("are refused where the budget reaches for the usual terms only", async () => {
  build();
  // Ten tokens at the dearest tier that the price knows are 20,000.
  expect(await refusalOf(ask(30_000, { max_tokens: 10, service_tier: "ultrafast" }))).toMatchObject({
    kind: "budget-exceeded",
  });
  vendor.script([answer()]);
  await heard(await ask(30_000, { max_tokens: 10 }));
});

it("hold no more for a tier whose price is known than it costs", async () => {
  build();
  vendor.script([answer({ service_tier: "priority" })]);
  await heard(await ask(21_000, { max_tokens: 10, service_tier: "priority" }));
  expect(spent()).toBe(20_000);
});

it("count the operator's own terms, whatever the client says", async () => {
  build({ defaults: { service_tier: "ultrafast" } });
  expect((await refusalOf(ask(30_000, { max_tokens: 10 }))).kind).toBe("budget-exceeded");
});

it("know a speed and a place, in the request and in the usage, whole and streamed", async () => {
  claude();
  const terms = { speed: "fast", inference_geo: "us" };
  expect((await refusalOf(askClaude(65_999, terms))).kind).toBe("budget-exceeded");
  vendor.script([message(terms)]);
  await heard(await askClaude(1e9, terms));
  expect(spent()).toBe(66_000);
  vendor.script([message({ speed: "standard", inference_geo: "global" })]);
  await heard(await askClaude(1e9, terms));
  expect(spent()).toBe(76_000);
});

it("are found among the unknown fields of another language too", async () => {
  claude();
  expect((await refusalOf(ask(59_999, { max_tokens: 10, speed: "fast" }))).kind).toBe("budget-exceeded");
});
