/** Starts the processes of a bench and sees that none outlives it. */
import { fork, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { tree } from "./process-tree.mjs";

const root = new URL("..", import.meta.url).pathname;
const alive = new Set();

/** Ends everything that was started here, children of children too. */
export function endAll() {
  for (const child of alive) end(child);
  alive.clear();
}
process.on("exit", endAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(130));

export function end(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  for (const pid of tree(child.pid).reverse()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has gone by itself.
    }
  }
  alive.delete(child);
}

/** Starts a program; its output goes to a file in `logs`. */
export function start(command, args, { env = {}, logs, name }) {
  const log = openSync(join(logs, `${name}.log`), "a");
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", log, log] });
  alive.add(child);
  child.on("error", () => alive.delete(child));
  child.on("exit", () => alive.delete(child));
  return child;
}

/** The fake vendor, as a process of its own. */
export async function startVendor(logs) {
  const port = await freePort();
  const child = start(process.execPath, ["test/fake/main.ts", "--port", String(port)], { logs, name: "vendor" });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(child, `${url}/_fake/stats`, 15_000);
  return { child, url };
}

export function startLoad() {
  const child = fork(new URL("./load.mjs", import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  alive.add(child);
  const waiting = new Map();
  let number = 0;
  child.on("message", ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  });
  child.on("exit", () => {
    alive.delete(child);
    for (const { reject } of waiting.values()) reject(new Error("the load generator ended"));
  });
  return {
    child,
    run: (job) =>
      new Promise((resolve, reject) => {
        const id = number++;
        waiting.set(id, { resolve, reject });
        child.send({ timeoutMs: 120_000, ...job, id });
      }),
  };
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits until a GET is answered with 200, the process ends, or the time is over. */
export async function untilAnswers(child, url, withinMs) {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended with ${child.exitCode ?? child.signalCode} before it answered`);
    if (child.pid === undefined) throw new Error("it could not be started");
    const answered = await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
      (answer) => answer.arrayBuffer().then(() => answer.status === 200),
      () => false,
    );
    if (answered) return;
    await sleep(25);
  }
  throw new Error(`${url} did not answer within ${withinMs} ms`);
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
