/** A configuration that is read anew: what has been learned stays, what changed is changed, and nothing is left behind. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../fake/fake-vendor.ts";
import { adminKey, modelsAt, type Running, startGateway, until } from "./gateway.ts";

let vendor: FakeVendor;
let gateway: Running;
beforeAll(async () => {
  vendor = await startFakeVendor();
});
afterAll(() => vendor?.stop());
afterEach(async () => {
  await gateway?.stop();
  vendor.reset();
});

const read = () => gateway.output().split("the configuration was read anew").length - 1;
/** Once it is done. */
async function reload(config?: object): Promise<void> {
  const before = read();
  if (config) writeFileSync(gateway.configFile, JSON.stringify(config));
  process.kill(gateway.pid, "SIGHUP");
  await until(() => read() > before);
}
const ask = (more: object = {}) =>
  gateway.post("/v1/chat/completions", { model: "gpt", messages: [{ role: "user", content: "hi" }], ...more });
const configOf = (names: Readonly<Record<string, string>>, more: object = {}) => ({
  model_list: modelsAt(vendor.url, names),
  general_settings: { master_key: adminKey },
  ...more,
});

describe("answers that are kept", () => {
  const cached = (more: object = {}) => ({
    litellm_settings: { cache: true, cache_params: { type: "local", ttl: 600, ...more } },
  });
  const isKept = async () => {
    const answer = await ask();
    await answer.text();
    return answer.headers.has("x-litellm-cache-key");
  };

  it("stay while the cache's settings do, and go when those change", async () => {
    gateway = await startGateway({ config: configOf({ gpt: "openai/gpt-fake" }, cached()) });
    expect([await isKept(), await isKept()]).toEqual([false, true]);
    await reload(configOf({ gpt: "openai/gpt-fake", more: "openai/gpt-more" }, cached()));
    expect(await isKept()).toBe(true);
    await reload(configOf({ gpt: "openai/gpt-fake" }, cached({ namespace: "anew" })));
    expect([await isKept(), await isKept()]).toEqual([false, true]);
    await reload(configOf({ gpt: "openai/gpt-fake" }));
    await reload(configOf({ gpt: "openai/gpt-fake" }, cached({ namespace: "anew" })));
    expect(await isKept()).toBe(false);
  });
});

describe("a deployment that rests", () => {
  const resting = async () =>
    ((await (await gateway.get("/health")).json()) as { unhealthy_count: number }).unhealthy_count;
  const configFor = (key: string) => ({
    model_list: ["bad", key].map((api_key, index) => ({
      model_name: "gpt",
      litellm_params: {
        model: "openai/gpt-fake",
        api_base: `${vendor.url}/v1`,
        api_key: `fake-key-${api_key}`,
        weight: index === 0 ? 1000 : 1,
      },
    })),
    router_settings: { cooldown_time: 600 },
    general_settings: { master_key: adminKey },
  });

  it("rests on, and is asked again when it is set up otherwise", async () => {
    gateway = await startGateway({ config: configFor("good") });
    vendor.script([{ status: 401, json: { error: { message: "wrong key" } } }]);
    expect((await ask()).status).toBe(200);
    expect(await resting()).toBe(1);
    await reload();
    expect(await resting()).toBe(1);
    await reload(configFor("better"));
    expect(await resting()).toBe(1);
    await reload({ ...configFor("better"), model_list: configFor("bad").model_list.slice(1) });
    expect(await resting()).toBe(0);
  });
});

describe("again and again", () => {
  const held = () => {
    const status = readFileSync(`/proc/${gateway.pid}/status`, "utf8");
    return {
      files: readdirSync(`/proc/${gateway.pid}/fd`).length,
      threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1]),
    };
  };

  it.runIf(existsSync("/proc/self/fd"))(
    "leaves no file, socket, watcher or thread behind, and streams that began before end well",
    async () => {
      const names = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`m${n}`, "openai/gpt-fake"]));
      const config = (turn: number) =>
        configOf(
          { gpt: "openai/gpt-fake", slow: "openai/gpt-fake+tokens=100,pace=20", ...names },
          {
            litellm_settings: {
              cache: true,
              cache_params: { type: "local", namespace: `${turn % 3}` },
              callbacks: ["file"],
            },
            guardrails: [
              {
                guardrail_name: "words",
                litellm_params: {
                  guardrail: "litellm_content_filter",
                  mode: "pre_call",
                  default_on: true,
                  blocked_words: [{ keyword: `w${turn}`, action: "BLOCK" }],
                },
              },
            ],
          },
        );
      gateway = await startGateway({ config: config(0) });
      const stream = await ask({ model: "slow", stream: true });
      const turns = async (from: number, count: number) => {
        for (let turn = from; turn < from + count; turn++) {
          await reload(turn % 10 === 0 ? config(turn) : undefined);
          if (turn % 50 === 0) expect((await ask()).status).toBe(200);
        }
      };
      await turns(0, 30);
      const before = held();
      await turns(30, 120);
      const after = held();
      expect(await stream.text()).toContain("[DONE]");
      expect(after.files).toBeLessThanOrEqual(before.files + 5);
      expect(after.threads).toBeLessThanOrEqual(before.threads + 1);
    },
    60_000,
  );
});
