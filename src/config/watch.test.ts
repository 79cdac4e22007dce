/** Reloading, with real files. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Config } from "./config.ts";
import { loadConfig } from "./load.ts";
import { type Watch, watchConfig } from "./watch.ts";

let folder = "";
let path = "";
let watch: Watch | undefined;
let seen: unknown[] = [];

const entry = (name: string) => `model_list: [{model_name: ${name}, litellm_params: {model: openai/a}}]\n`;
const groups = () => seen.map((value) => (value instanceof Error ? "failed" : (value as Config).deployments[0]?.group));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "watch-"));
  path = join(folder, "config.yaml");
  seen = [];
  writeFileSync(path, entry("one"));
  const load = () => loadConfig({ path, env: {}, splitModel: (name) => ({ provider: "openai", model: name }) });
  const { files } = await load();
  watch = watchConfig({
    files,
    load,
    quiet: 20,
    onConfig: (config) => void seen.push(config),
    onFailure: (error) => seen.push(error),
  });
});

afterEach(() => {
  watch?.close();
  rmSync(folder, { recursive: true });
});

it("loads anew when the file is written", async () => {
  writeFileSync(path, entry("second"));
  await vi.waitFor(() => expect(groups()).toEqual(["second"]), { timeout: 5_000 });
});

it("loads anew when another file takes its place", async () => {
  writeFileSync(`${path}.new`, entry("third"));
  renameSync(`${path}.new`, path);
  await vi.waitFor(() => expect(groups()).toEqual(["third"]), { timeout: 5_000 });
});

it("keeps the old one when the new one is broken, and takes the next that is not", async () => {
  writeFileSync(path, "model_list: [\n");
  await vi.waitFor(() => expect(groups()).toEqual(["failed"]), { timeout: 5_000 });
  writeFileSync(path, entry("mended"));
  await vi.waitFor(() => expect(groups()).toEqual(["failed", "mended"]), { timeout: 5_000 });
});

it("loads anew on SIGHUP, one load after the other", async () => {
  process.kill(process.pid, "SIGHUP");
  process.kill(process.pid, "SIGHUP");
  await vi.waitFor(() => expect(groups().length).toBeGreaterThan(0), { timeout: 5_000 });
  await watch?.reload();
  expect(new Set(groups())).toEqual(new Set(["one"]));
});

it("follows files that are included later", async () => {
  const included = join(folder, "more.yaml");
  writeFileSync(included, entry("included"));
  writeFileSync(path, "include: more.yaml\n");
  await vi.waitFor(() => expect(groups()).toEqual(["included"]), { timeout: 5_000 });
  writeFileSync(included, entry("changed-now"));
  await vi.waitFor(() => expect(groups()).toEqual(["included", "changed-now"]), { timeout: 5_000 });
});

it("does nothing once it is closed", async () => {
  watch?.close();
  await watch?.reload();
  expect(seen).toEqual([]);
});
