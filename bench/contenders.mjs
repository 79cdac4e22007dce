/** What is measured, and how each is started and asked. One that is not there is left out and named. */
import { accessSync, constants, existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { upstreamModels } from "./models.mjs";
import { freePort, start, untilAnswers } from "./processes.mjs";

const root = new URL("..", import.meta.url).pathname;
const portkeyStart = "node_modules/@portkey-ai/gateway/build/start-server.js";
/** What is run as ours; another build can be measured by BENCH_PROGRAM. */
const program = process.env.BENCH_PROGRAM ?? "dist/main.js";
const masterKey = "sk-bench-9f2c4e7a1b5d8063";
const node = process.execPath;

function onPath(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    if (folder.includes("node_modules")) continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Limits high enough never to bite, so that all of them are counted. */
const limits = {
  max_budget: 1_000_000,
  rpm_limit: 100_000_000,
  tpm_limit: 2_000_000_000,
  max_parallel_requests: 100_000,
};

async function makeKey(url, extra = {}) {
  const answer = await fetch(`${url}/key/generate`, {
    method: "POST",
    headers: { authorization: `Bearer ${masterKey}`, "content-type": "application/json" },
    body: JSON.stringify({ ...limits, ...extra }),
    signal: AbortSignal.timeout(10_000),
  });
  const body = await answer.json();
  if (answer.status !== 200 || typeof body.key !== "string")
    throw new Error(`POST /key/generate answered ${answer.status} ${JSON.stringify(body).slice(0, 200)}`);
  return body.key;
}

/** As many keys as wished, sixteen at a time. */
export async function makeKeys(url, count) {
  const keys = [];
  const work = async () => {
    while (keys.length < count) {
      const at = keys.push("") - 1;
      keys[at] = await makeKey(url, { key_alias: `bench-${at}` });
    }
  };
  await Promise.all(Array.from({ length: Math.min(16, count) }, work));
  return keys;
}

const vendorEnv = (vendor) => ({
  BENCH_OPENAI_BASE: `${vendor}/v1`,
  BENCH_ANTHROPIC_BASE: vendor,
  LITELLM_MASTER_KEY: masterKey,
});

/** Starts ours, without a key yet: used by the cold start too. */
export async function startOurs({ vendor, logs, config = "bench/config.yaml", name = "ours" }) {
  const port = await freePort();
  const data = mkdtempSync(join(logs, `${name}-data-`));
  const args = [
    program,
    "serve",
    "--config",
    config,
    "--port",
    String(port),
    "--host",
    "127.0.0.1",
    "--data-dir",
    data,
  ];
  const child = start(node, args, {
    env: { ...vendorEnv(vendor), LITELLM_SALT_KEY: "sk-bench-salt-51c07e", DATABASE_URL: "" },
    logs,
    name,
  });
  return { child, url: `http://127.0.0.1:${port}`, masterKey };
}

export async function readyOurs(options) {
  const started = await startOurs(options);
  await untilAnswers(started.child, `${started.url}/health/liveliness`, 30_000);
  return started;
}

const bearer = (key) => ({ authorization: `Bearer ${key}` });

export const contenders = [
  {
    id: "direct",
    about: "client → vendor",
    start: async ({ vendor }) => ({ url: vendor, headers: bearer("none"), model: (alias) => upstreamModels[alias] }),
  },
  {
    id: "bare",
    about: "node:http + undici dispatch, no rules",
    start: async ({ vendor, logs }) => {
      const port = await freePort();
      const child = start(node, ["bench/bare-proxy.mjs", "--port", String(port), "--vendor", vendor], {
        logs,
        name: "bare",
      });
      const url = `http://127.0.0.1:${port}`;
      await untilListens(child, url);
      return { child, url, headers: bearer("none"), model: (alias) => alias };
    },
  },
  {
    id: "ours",
    about: "governed: key, budget, limits, price, log",
    missing: () => (existsSync(resolve(root, program)) ? undefined : `${program} is not built (npm run build)`),
    start: async (about) => {
      const ours = await readyOurs(about);
      return { ...ours, headers: bearer(await makeKey(ours.url)), model: (alias) => alias, anthropic: true };
    },
  },
  {
    id: "portkey",
    about: "@portkey-ai/gateway, no rules",
    share: 0.2,
    missing: () => (existsSync(join(root, portkeyStart)) ? undefined : "@portkey-ai/gateway is not installed"),
    start: async ({ vendor, logs }) => {
      const port = await freePort();
      const child = start(node, [portkeyStart, `--port=${port}`, "--headless"], {
        env: { TRUSTED_CUSTOM_HOSTS: "localhost,127.0.0.1", NODE_ENV: "production" },
        logs,
        name: "portkey",
      });
      const url = `http://127.0.0.1:${port}`;
      await untilAnswers(child, `${url}/`, 20_000);
      return {
        child,
        url,
        headers: {
          ...bearer("fake-vendor-key"),
          "x-portkey-provider": "openai",
          "x-portkey-custom-host": `${vendor}/v1`,
        },
        model: (alias) => upstreamModels[alias],
      };
    },
  },
  {
    id: "litellm",
    about: "LiteLLM's proxy, master key only",
    share: 0.1,
    missing: () => (onPath("litellm") === undefined ? "litellm is not on the PATH" : undefined),
    start: async ({ vendor, logs }) => {
      const port = await freePort();
      const child = start(
        onPath("litellm"),
        ["--config", "bench/config.yaml", "--port", String(port), "--host", "127.0.0.1"],
        {
          env: { ...vendorEnv(vendor), LITELLM_LOCAL_MODEL_COST_MAP: "True", LITELLM_LOG: "ERROR" },
          logs,
          name: "litellm",
        },
      );
      const url = `http://127.0.0.1:${port}`;
      await untilAnswers(child, `${url}/health/liveliness`, 120_000);
      return { child, url, headers: bearer(masterKey), model: (alias) => alias, anthropic: true };
    },
  },
  {
    id: "bifrost",
    about: "Bifrost, no rules",
    missing: () => (bifrost() === undefined ? "bifrost is not on the PATH" : undefined),
    start: async ({ vendor, logs }) => {
      const port = await freePort();
      const folder = mkdtempSync(join(logs, "bifrost-"));
      const config = {
        providers: {
          openai: {
            keys: [{ name: "k", value: "fake-vendor-key", weight: 1, models: ["*"] }],
            network_config: { base_url: vendor },
          },
        },
      };
      writeFileSync(join(folder, "config.json"), JSON.stringify(config));
      const child = start(bifrost(), ["-host", "127.0.0.1", "-port", String(port), "-app-dir", folder], {
        logs,
        name: "bifrost",
      });
      const url = `http://127.0.0.1:${port}`;
      await untilAnswers(child, `${url}/metrics`, 30_000);
      return { child, url, headers: {}, model: (alias) => `openai/${upstreamModels[alias]}` };
    },
  },
  {
    id: "gomodel",
    about: "GoModel, no rules",
    missing: () => (onPath("gomodel") === undefined ? "gomodel is not on the PATH" : undefined),
    start: async ({ vendor, logs }) => {
      const port = await freePort();
      const child = start(onPath("gomodel"), [], {
        env: { PORT: String(port), OPENAI_API_KEY: "fake-vendor-key", OPENAI_BASE_URL: `${vendor}/v1` },
        logs,
        name: "gomodel",
      });
      const url = `http://127.0.0.1:${port}`;
      await untilAnswers(child, `${url}/health`, 30_000);
      return { child, url, headers: {}, model: (alias) => upstreamModels[alias] };
    },
  },
];

const bifrost = () => onPath("bifrost-http") ?? onPath("bifrost");

/** The bare proxy knows no GET: a POST that comes back at all will do. */
async function untilListens(child, url) {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline && child.exitCode === null) {
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      body: '{"model":"chat"}',
      signal: AbortSignal.timeout(2000),
    }).catch(() => undefined);
    if (answer?.status === 200) return void (await answer.arrayBuffer());
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("the bare proxy did not start");
}
