/** From the first start to the last: what the program says, what it refuses, how it takes changes and how it ends. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../fake/fake-vendor.ts";
import { describeWith } from "../services/need.ts";
import {
  adminKey,
  freePort,
  main,
  modelsAt,
  type Running,
  runGateway,
  type StartOptions,
  startGateway,
  until,
} from "./gateway.ts";

let vendor: FakeVendor;
let folder: string;
const running: Running[] = [];

beforeAll(async () => {
  vendor = await startFakeVendor();
});
afterAll(() => vendor?.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-start-"));
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: StartOptions): Promise<Running> {
  const one = await startGateway(options);
  running.push(one);
  return one;
}

const keyless = { LITELLM_MASTER_KEY: undefined };
const hello = { messages: [{ role: "user", content: "hi" }] };
const madeKey = (output: string) => /sk-[\w-]{20,}/.exec(output)?.[0];
const configAt = (names: Readonly<Record<string, string>>, more: object = {}) => ({
  model_list: modelsAt(vendor.url, names),
  general_settings: { master_key: adminKey },
  ...more,
});
const writeConfig = (text: string): string => {
  const file = join(folder, "config.yaml");
  writeFileSync(file, text);
  return file;
};

describe("a start without configuration", () => {
  it("tells the address and a key, once, and a request that works", async () => {
    const dataDir = join(folder, "data");
    const first = await start({ dataDir, env: keyless });
    await until(() => first.output().includes("Try it"));
    const key = madeKey(first.output());
    expect(first.output()).toContain(first.url);
    expect(first.output().split(key ?? "?").length, "the key, and the key in the request").toBe(3);
    expect(statSync(dataDir).mode & 0o077).toBe(0);

    const command = first.output().slice(first.output().indexOf("    curl "));
    const { stdout } = await promisify(execFile)("sh", ["-c", command.slice(0, command.indexOf("}'") + 2)]);
    expect(JSON.parse(stdout)).toMatchObject({ choices: [{ message: { content: "Hello, Gatehouse" } }] });
    await first.kill();

    const second = await start({ dataDir, env: keyless });
    await until(() => second.output().includes("Try it"));
    expect(madeKey(second.output())).toBeUndefined();
    expect(second.output()).toContain("was shown when it was generated");
    expect((await second.get("/v1/models", key)).status).toBe(200);
    expect((await second.get("/v1/models", "sk-another-key-00000000000")).status).toBe(401);
    expect(readFileSync(join(dataDir, "admin-key.sha256"), "utf8")).not.toContain(key);
  });

  it("finds vendors by the keys in the environment, and says so", async () => {
    const env = { ...keyless, OPENAI_API_KEY: "sk-found-openai-key", ANTHROPIC_API_KEY: "sk-found-anthropic-key" };
    const gateway = await start({ env });
    await until(() => gateway.output().includes("Try it"));
    expect(gateway.output()).toContain("openai");
    expect(gateway.output()).toContain("anthropic");
    expect(gateway.output()).not.toContain("sk-found");
    const list = await (await gateway.get("/v1/models", madeKey(gateway.output()))).text();
    expect(list).toContain('"anthropic/claude');
    expect(list).toContain('"openai/gpt');
  });

  it("serves what was found: the vendor's own models, by vendor/*", async () => {
    const env = { ...keyless, OPENAI_API_KEY: "sk-found-openai-key", OPENAI_BASE_URL: `${vendor.url}/v1` };
    const gateway = await start({ env });
    await until(() => gateway.output().includes("Try it"));
    const answer = await gateway.post(
      "/v1/chat/completions",
      { model: "openai/gpt-fake", ...hello },
      madeKey(gateway.output()),
    );
    expect(answer.status).toBe(200);
    expect(vendor.requests.at(-1)?.headers.authorization).toBe("Bearer sk-found-openai-key");
  });
});

describe("a weak admin key", () => {
  it("is refused where others can reach the gateway", async () => {
    const port = String(await freePort());
    const args = ["serve", "--host", "0.0.0.0", "--port", port, "--data-dir", join(folder, "data")];
    const { code, output } = await runGateway(args, { LITELLM_MASTER_KEY: "sk-1234" });
    expect(code).toBe(1);
    expect(output).toContain("weak");
    expect(output).toContain("GATEHOUSE_ADMIN_KEY");
    expect(output).not.toContain("    at ");
  });

  it("is warned of on this machine, and where the operator insists", async () => {
    for (const args of [[], ["--host", "0.0.0.0", "--allow-weak-admin-key"]]) {
      const gateway = await start({ args, env: { LITELLM_MASTER_KEY: "sk-1234" } });
      expect(gateway.output()).toContain("WARNING: the admin key is weak");
      expect((await gateway.get("/v1/models", "sk-1234")).status).toBe(200);
    }
  });
});

describe("the program", () => {
  it("helps, and tells its version", async () => {
    const help = await runGateway(["--help"]);
    expect(help.code).toBe(0);
    for (const word of ["serve", "check", "--version"]) expect(help.output).toContain(word);
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect((await runGateway(["--version"])).output.trim()).toBe(version);
    expect((await runGateway(["serve", "--help"])).output).toContain("--data-dir");
  });

  it("says what is wrong with how it was called", async () => {
    for (const args of [["--nonsense"], ["serve", "--port", "80000"], ["serve", "--port", "x"], ["serve", "extra"]]) {
      const { code, output } = await runGateway([...args, "--data-dir", folder]);
      expect(code, args.join(" ")).toBe(1);
      expect(output).not.toContain("    at ");
      expect(output.trim()).not.toBe("");
    }
    const unknown = await runGateway(["frobnicate"]);
    expect([unknown.code, unknown.output.split("\n", 1)[0]]).toEqual([1, "error: unknown command 'frobnicate'"]);
    const { code, output } = await runGateway(["serve", "--config", join(folder, "absent.yaml"), "--data-dir", folder]);
    expect(code).toBe(1);
    expect(output).toContain("absent.yaml");
  });

  it("takes the flags of LiteLLM's start command that cost nothing, and refuses the others with a remedy", async () => {
    const args = ["--num_workers", "8", "--detailed_debug", "--telemetry", "False"];
    const gateway = await start({ args, config: configAt({ gpt: "openai/gpt-fake" }) });
    for (const flag of ["--num_workers: ", "--detailed_debug: ", "--telemetry: "])
      expect(gateway.output()).toContain(flag);
    const { code, output } = await runGateway(["--ssl_keyfile_path", "key.pem", "--data-dir", folder]);
    expect(code).toBe(1);
    expect(output).toContain("reverse proxy");
  });

  it("says when its port is another's", async () => {
    const other = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    const { code, output } = await runGateway(["serve", "--port", String(port), "--data-dir", join(folder, "data")]);
    other.close();
    expect(code).toBe(1);
    expect(output).toContain(`127.0.0.1:${port} is in use`);
    expect(output).toContain("--port");
  });

  it("starts a second time on the same data, after an end or a crash", async () => {
    const dataDir = join(folder, "data");
    const first = await start({ dataDir, config: configAt({ gpt: "openai/gpt-fake" }) });
    const key = await first.newKey({ key_alias: "lasting" });
    expect((await first.post("/v1/chat/completions", { model: "gpt", ...hello }, key)).status).toBe(200);
    await first.kill("SIGKILL");
    const second = await start({ dataDir, config: configAt({ gpt: "openai/gpt-fake" }) });
    expect((await second.post("/v1/chat/completions", { model: "gpt", ...hello }, key)).status).toBe(200);
    await second.kill();
    const third = await start({ dataDir, config: configAt({ gpt: "openai/gpt-fake" }) });
    const info = await (await third.get("/key/info", key)).json();
    expect(info).toMatchObject({ info: { key_alias: "lasting" } });
  });
});

describe("a Node that is too old", () => {
  it("is stood behind by the one that is needed, which ends as it does", async () => {
    const dataDir = join(folder, "data");
    const program = join(folder, "older.mjs");
    const ownNode = new URL("cli/own-node.js", pathToFileURL(main)).href;
    writeFileSync(
      program,
      `import { runOnOwnNode } from ${JSON.stringify(ownNode)};\nprocess.argv[1] = ${JSON.stringify(main)};\nawait runOnOwnNode();\n`,
    );
    const first = await start({ dataDir, program, config: configAt({ gpt: "openai/gpt-fake" }) });
    expect((await first.post("/v1/chat/completions", { model: "gpt", ...hello })).status).toBe(200);
    await first.kill();
    await expect(fetch(first.url)).rejects.toThrow();

    const second = await start({ dataDir, program, config: configAt({ gpt: "openai/gpt-fake" }) });
    await second.kill("SIGKILL");
    await until(() =>
      fetch(second.url).then(
        () => false,
        () => true,
      ),
    );
    await start({ dataDir, config: configAt({ gpt: "openai/gpt-fake" }) });
  });
});

describe("check", () => {
  it("finds nothing wrong with what is right", async () => {
    const file = writeConfig(JSON.stringify(configAt({ gpt: "openai/gpt-fake" })));
    const { code, output } = await runGateway(["check", "--config", file]);
    expect(code, output).toBe(0);
    expect(output).toContain("0 errors");
  });

  it("says where, what and what to do", async () => {
    const lines = [
      "model_list:",
      "  - model_name: a",
      "    litellm_params:",
      "      model: openai/gpt-4o",
      "      timeout: soon",
      "  - litellm_params:",
      "      model: openai/gpt-4o",
      "router_settings:",
      "  routing_strategy: by-moonlight",
      "unknown_section: 1",
    ];
    const file = writeConfig(`${lines.join("\n")}\n`);
    const { code, output } = await runGateway(["check", "--config", file]);
    expect(code, output).toBe(1);
    for (const place of [":5:", ":6:", ":9:", ":10:"]) expect(output).toContain(`${file}${place}`);
    expect(output).not.toContain("    at ");
    const json = await runGateway(["check", "--json", "--config", file]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.output)).toMatchObject({ ok: false, notices: expect.any(Array) });
  });

  it("tells what is wrong with where records go", async () => {
    const more = {
      litellm_settings: { callbacks: ["webhook"] },
      callback_settings: { webhook: { endpoint: "nowhere" } },
    };
    const { code, output } = await runGateway(["check", "--config", writeConfig(JSON.stringify(configAt({}, more)))]);
    expect(code, output).toBe(1);
    expect(output).toMatch(/config\.yaml:\d+:\d+ error callback_settings\.webhook\.endpoint: .*https:/);
  });

  it("reads no broken YAML, and says where it breaks", async () => {
    const file = writeConfig("model_list:\n  - model_name: [a\n  x: : y\n");
    const { code, output } = await runGateway(["check", "--config", file]);
    expect(code).toBe(1);
    expect(output).toMatch(/config\.yaml:\d+:\d+ error/);
    const served = await runGateway(["serve", "--config", file, "--data-dir", join(folder, "data")]);
    expect(served.code).toBe(1);
    expect(served.output).toContain("config.yaml");
  });
});

describe("a new configuration", () => {
  const models = async (gateway: Running): Promise<string> => (await gateway.get("/v1/models")).text();

  it("is taken when its file changes, and on SIGHUP, while a stream goes on", async () => {
    const gateway = await start({ config: configAt({ old: "openai/gpt-fake+tokens=60,pace=20" }) });
    const stream = await gateway.post("/v1/chat/completions", { model: "old", stream: true, ...hello });
    const reader = stream.body?.getReader();
    await reader?.read();
    writeFileSync(gateway.configFile, JSON.stringify(configAt({ new: "openai/gpt-fake" })));
    await until(async () => (await models(gateway)).includes('"new"'));
    expect(await models(gateway)).not.toContain('"old"');
    expect((await gateway.post("/v1/chat/completions", { model: "old", ...hello })).status).toBe(404);
    let rest = "";
    for (let step = await reader?.read(); step && !step.done; step = await reader?.read())
      rest += Buffer.from(step.value).toString();
    expect(rest).toContain("[DONE]");

    writeFileSync(gateway.configFile, JSON.stringify(configAt({ newer: "openai/gpt-fake" })));
    process.kill(gateway.pid, "SIGHUP");
    await until(async () => (await models(gateway)).includes('"newer"'));
  });

  it("that is broken is not taken, and the old one stays", async () => {
    const gateway = await start({ config: configAt({ old: "openai/gpt-fake" }) });
    writeFileSync(gateway.configFile, "model_list: [[[");
    await until(() => gateway.output().includes("the old one stays"));
    expect((await gateway.post("/v1/chat/completions", { model: "old", ...hello })).status).toBe(200);
  });
});

describe("the end", () => {
  it("waits for what is under way, takes nothing new, and is clean", async () => {
    const gateway = await start({ config: configAt({ slow: "openai/gpt-fake+tokens=30,pace=30" }) });
    const stream = await gateway.post("/v1/chat/completions", { model: "slow", stream: true, ...hello });
    const reader = stream.body?.getReader();
    await reader?.read();
    const gone = gateway.kill("SIGTERM");
    await until(async () => (await gateway.get("/health/readiness")).status === 503);
    const refused = await gateway.post("/v1/chat/completions", { model: "slow", ...hello });
    expect([refused.status, refused.headers.get("connection")]).toEqual([503, "close"]);
    expect(await refused.text()).toContain("shutting down");
    let rest = "";
    for (let step = await reader?.read(); step && !step.done; step = await reader?.read())
      rest += Buffer.from(step.value).toString();
    expect(rest).toContain("[DONE]");
    expect(await gone).toBe(0);
    expect(gateway.output()).not.toContain('"level":50');
  });

  it("is at once when it is asked for a second time, and loses no money", async () => {
    const dataDir = join(folder, "data");
    const config = configAt({ gpt: "openai/gpt-fake", slow: "openai/gpt-fake+tokens=1000,pace=30" });
    const gateway = await start({ dataDir, config });
    const key = await gateway.newKey();
    await (await gateway.post("/v1/chat/completions", { model: "gpt", ...hello }, key)).text();
    const stream = await gateway.post("/v1/chat/completions", { model: "slow", stream: true, ...hello });
    const gone = gateway.kill("SIGTERM");
    await until(() => gateway.output().includes("a second signal ends at once"));
    process.kill(gateway.pid, "SIGTERM");
    expect(await gone).toBe(143);
    await expect(stream.text()).rejects.toThrow();
    const next = await start({ dataDir, config });
    expect(await (await next.get(`/spend/logs?api_key=${key}`)).json()).toHaveLength(1);
  });

  it("is clean on SIGINT too, after a SIGHUP", async () => {
    const gateway = await start({ config: configAt({ gpt: "openai/gpt-fake" }) });
    process.kill(gateway.pid, "SIGHUP");
    await until(() => gateway.output().includes("read anew"));
    expect(await gateway.kill("SIGINT")).toBe(0);
  });

  it("leaves nothing that others may read", async () => {
    const dataDir = join(folder, "a", "data");
    const gateway = await start({ dataDir, config: configAt({ gpt: "openai/gpt-fake" }) });
    await (await gateway.post("/v1/chat/completions", { model: "gpt", ...hello })).text();
    const open = ["", ...readdirSync(dataDir, { recursive: true, encoding: "utf8" })].filter(
      (name) => (statSync(join(dataDir, name)).mode & 0o077) !== 0,
    );
    expect(open).toEqual([]);
  });

  it("is quick when nothing is under way, with connections open that are not used", async () => {
    const gateway = await start({ config: configAt({ gpt: "openai/gpt-fake" }) });
    for (let turn = 0; turn < 5; turn++) await (await gateway.get("/v1/models")).text();
    const began = performance.now();
    await gateway.kill("SIGTERM");
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

await describeWith("postgres", "with PostgreSQL", (at) => {
  it("keys and spend are there, and outlive the process", async () => {
    const config = configAt({ gpt: "openai/gpt-fake" });
    const first = await start({ config, env: { DATABASE_URL: at } });
    await until(() => first.output().includes("PostgreSQL database"));
    expect(first.output()).not.toContain(at);
    const key = await first.newKey({ key_alias: "kept" });
    expect((await first.post("/v1/chat/completions", { model: "gpt", ...hello }, key)).status).toBe(200);
    // Another gateway on the same database knows the key at once, and hears of its end.
    const second = await start({ config, env: { DATABASE_URL: at } });
    expect((await second.post("/v1/chat/completions", { model: "gpt", ...hello }, key)).status).toBe(200);
    await first.post("/key/block", { key });
    await until(
      async () => (await second.post("/v1/chat/completions", { model: "gpt", ...hello }, key)).status === 401,
    );
    await first.kill();
    await second.kill();
    const third = await start({ config, env: { DATABASE_URL: at } });
    expect(await (await third.get(`/key/info?key=${key}`)).json()).toMatchObject({
      info: { key_alias: "kept", blocked: true },
    });
    await until(async () => {
      const rows = await (await third.get(`/spend/logs?api_key=${key}`)).json();
      return Array.isArray(rows) && rows.length >= 2;
    });
  });

  it("that goes away for a while holds up neither known keys nor their records, and administration waits for it", async () => {
    const target = new URL(at);
    const open = new Set<Socket>();
    const relay = createServer((socket) => {
      const onward = connect(Number(target.port), target.hostname);
      for (const end of [socket, onward]) {
        open.add(end);
        end.on("error", () => undefined);
        end.on("close", () => [socket, onward].map((other) => other.destroy()));
      }
      socket.pipe(onward).pipe(socket);
    });
    const port = await freePort();
    const listen = () => new Promise<void>((resolve) => relay.listen(port, "127.0.0.1", resolve));
    await listen();
    const through = new URL(at);
    through.host = `127.0.0.1:${port}`;
    const gateway = await start({ config: configAt({ gpt: "openai/gpt-fake" }), env: { DATABASE_URL: through.href } });
    const key = await gateway.newKey();
    const ask = () => gateway.post("/v1/chat/completions", { model: "gpt", ...hello }, key);
    expect((await ask()).status).toBe(200);

    const closed = new Promise((resolve) => relay.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
    expect((await ask()).status).toBe(200);
    const refused = await gateway.get("/key/list");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await refused.text()).toContain("database is not available");

    await listen();
    await until(async () => (await gateway.get("/key/list")).status === 200);
    await until(async () => {
      const rows = await (await gateway.get(`/spend/logs?api_key=${key}`)).json();
      return Array.isArray(rows) && rows.length === 2;
    });
    await gateway.kill();
    relay.close();
  });

  it("that cannot be reached is told, without its password", async () => {
    const url = "postgres://someone:hush-hush@127.0.0.1:1/none";
    const { code, output } = await runGateway(["serve", "--port", "0", "--data-dir", folder], { DATABASE_URL: url });
    expect(code).toBe(1);
    expect(output).not.toContain("hush-hush");
    expect(output).toMatch(/database|PostgreSQL/i);
  });
});
