/** Started on a Node that is too old: goes on with the one that a checkout brings along, or says what is needed. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startedName } from "./runtime.ts";

/** Runs this program again, and ends as it ends. It stands for the other one: signals are passed on, and when it dies so does that. */
export async function runOnOwnNode(): Promise<void> {
  const node = ownNode();
  if (node === undefined) {
    process.stderr.write(
      `gatehouse: Node ${process.versions.node} is too old. Install Node 26, or 24.15 or later of 24 (https://nodejs.org), or start with \`npm start\` in a checkout, which brings its own.\n`,
    );
    process.exitCode = 1;
    return;
  }
  // A group of its own: what the terminal sends reaches it once, through us. The channel tells it when we are gone.
  const child = spawn(node, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    detached: true,
    argv0: startedName,
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  await new Promise<void>((resolve) => {
    child.on("error", (error) => {
      process.stderr.write(`gatehouse: ${node} cannot be run: ${error.message}\n`);
      process.exitCode = 1;
      resolve();
    });
    child.on("exit", (code, signal) => {
      process.exitCode = code ?? (signal === "SIGTERM" || signal === "SIGINT" ? 130 : 1);
      resolve();
    });
  });
  process.exit();
}

/** The Node among the development dependencies of a checkout. */
function ownNode(): string | undefined {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const path = fileURLToPath(new URL(`../../node_modules/node/bin/${name}`, import.meta.url));
  return existsSync(path) ? path : undefined;
}
