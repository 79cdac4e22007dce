/** Hundreds of configurations, one after the other, in one process: each takes the place of the one before, and leaves nothing of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, expect, it } from "vitest";
import { watchConfig } from "../config/watch.ts";
import type { Gateway } from "../gateway.ts";
import { createHealthBook } from "../upstream/health-book.ts";
import { buildHouse, catalogueFor, layFoundation, readConfig } from "./compose.ts";
import { createKeptCache } from "./kept-cache.ts";
import { rulesOf } from "./rules.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-reload-"));
const path = join(folder, "config.yaml");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
const heap = (): number => {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
};
const write = (turn: number): void => {
  const models = Array.from({ length: 20 }, (_, n) => ({
    model_name: `m${n}`,
    litellm_params: { model: "openai/gpt-4o", api_key: `key-of-turn-${turn}` },
  }));
  const guard = { guardrail: "litellm_content_filter", mode: "pre_call", blocked_words: [{ keyword: `w${turn}` }] };
  const settings = { cache: true, cache_params: { type: "local", namespace: `${turn % 3}` }, callbacks: ["file"] };
  const guardrails = [{ guardrail_name: "words", litellm_params: guard }];
  writeFileSync(path, JSON.stringify({ model_list: models, litellm_settings: settings, guardrails }));
};

it("hundreds of reloads leave no memory, timer or watcher behind", async () => {
  const quiet = (): undefined => undefined;
  const complaints: unknown[] = [];
  const log = { debug: quiet, info: quiet, warn: quiet, error: (fields: object) => void complaints.push(fields) };
  const catalogue = catalogueFor({});
  const load = () => readConfig(path, folder, catalogue);
  write(0);
  const { config, files } = await load();
  const foundation = await layFoundation(config, folder, log);
  const parts = { ...foundation, catalogue, health: createHealthBook() };
  const kept = createKeptCache();
  const houses: Gateway[] = [];
  const watch = watchConfig({
    files,
    load,
    onConfig: async (next) => {
      houses[0] = buildHouse(next, { ...parts, rules: await rulesOf(next, path, log, kept) });
    },
    onFailure: (error) => void complaints.push(error),
  });
  const reload = async (from: number, to: number): Promise<void> => {
    for (let turn = from; turn < to; turn++) {
      write(turn);
      await watch.reload();
    }
  };
  await reload(1, 100);
  const [heapBefore, resourcesBefore] = [heap(), process.getActiveResourcesInfo().length];
  await reload(100, 400);
  expect(heap() - heapBefore).toBeLessThan(5);
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(resourcesBefore + 2);
  expect(houses[0]?.config.deployments[0]?.key?.reveal()).toBe("key-of-turn-399");
  expect(complaints).toEqual([]);
  watch.close();
  await foundation.close();
}, 60_000);
