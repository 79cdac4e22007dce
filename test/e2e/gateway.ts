/** Starts the built gateway as a user would, on loopback, with a data directory of its own. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const adminKey = "sk-test-admin-0123456789abcdef";

export interface Running {
  readonly url: string;
  readonly dataDir: string;
  /** Where its configuration stands, if it has one. */
  readonly configFile: string;
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  /** A virtual key with these limits; the plaintext. */
  newKey(fields?: object): Promise<string>;
  post(path: string, body: unknown, key?: string, headers?: Record<string, string>): Promise<Response>;
  get(path: string, key?: string): Promise<Response>;
  /** Its exit code; null where the signal itself ended it. */
  kill(signal?: NodeJS.Signals): Promise<number | null>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** The configuration as a value; YAML reads JSON. Undefined: started without one. */
  readonly config?: object;
  /** Undefined takes away what is there by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly dataDir?: string;
  readonly args?: readonly string[];
  /** Instead of the built program. */
  readonly program?: string;
}

export const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export async function startGateway({
  config,
  env = {},
  dataDir,
  args = [],
  program = main,
}: StartOptions = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-e2e-"));
  const data = dataDir ?? join(folder, "data");
  const port = await freePort();
  const file = join(folder, "config.yaml");
  if (config) writeFileSync(file, JSON.stringify(config));
  const said = [
    program,
    "serve",
    "--port",
    String(port),
    "--data-dir",
    data,
    ...(config ? ["--config", file] : []),
    ...args,
  ];
  const child = spawn(process.execPath, said, { env: environment(env), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (piece: Buffer) => (output = (output + piece.toString()).slice(-200_000)));
  const url = `http://127.0.0.1:${port}`;
  await ready(url, child, () => output);

  const post: Running["post"] = (path, body, key = adminKey, headers = {}) =>
    fetch(url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
      body: typeof body === "string" || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    });
  const kill = async (signal: NodeJS.Signals = "SIGTERM") => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const gone = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill(signal);
    return await gone;
  };
  return {
    url,
    dataDir: data,
    configFile: file,
    pid: child.pid ?? 0,
    output: () => output,
    post,
    get: (path, key = adminKey) => fetch(url + path, { headers: { authorization: `Bearer ${key}` } }),
    async newKey(fields = {}) {
      const answer = await post("/key/generate", fields);
      if (!answer.ok) throw new Error(`no key: ${await answer.text()}`);
      return ((await answer.json()) as { key: string }).key;
    },
    kill,
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program of this Node's to its end; one that takes longer is killed. */
export function runToEnd(args: readonly string[], options: SpawnOptions, withinMs: number): Promise<Ended> {
  const child = spawn(process.execPath, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const late = setTimeout(() => child.kill("SIGKILL"), withinMs);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (piece: Buffer) => (output += piece.toString()));
  return new Promise((resolve) =>
    child.once("close", (code) => {
      clearTimeout(late);
      resolve({ code, output });
    }),
  );
}

export const runGateway = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Ended> => runToEnd([main, ...args], { env: environment(env) }, 10_000);

/** Waits for something that shall come to pass; rejects when it does not. */
export async function until(holds: () => unknown, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error("it did not come to pass in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Nothing of the machine's own vendors and databases. */
function environment(env: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  const { PATH = "", HOME = tmpdir() } = process.env;
  return { PATH, HOME, LITELLM_MASTER_KEY: adminKey, NO_COLOR: "1", ...env };
}

async function ready(url: string, child: ChildProcess, output: () => string): Promise<void> {
  for (let turn = 0; turn < 300; turn++) {
    if (child.exitCode !== null) throw new Error(`the gateway did not start:\n${output()}`);
    const answer = await fetch(`${url}/health/liveliness`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill("SIGKILL");
  throw new Error(`the gateway was not ready in time:\n${output()}`);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

/** A model list with one deployment for each pair of name and model, all at this vendor. */
export const modelsAt = (base: string, models: Readonly<Record<string, string>>, more: object = {}) =>
  Object.entries(models).map(([model_name, model]) => ({
    model_name,
    litellm_params: {
      model,
      api_base: model.startsWith("anthropic/") ? base : `${base}/v1`,
      api_key: "fake-vendor-key",
      ...more,
    },
  }));
