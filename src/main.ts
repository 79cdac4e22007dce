#!/usr/bin/env node
/** The key: the program that people start. */

import { Command } from "commander";
import pino from "pino";
import { check } from "./cli/check.ts";
import { ownVersion } from "./cli/compose.ts";
import { type ServeOptions, serve } from "./cli/serve.ts";
import { ConfigError } from "./config/notices.ts";
import { reportText } from "./config/report.ts";

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** The last words of a program that cannot go on. */
function fail(error: unknown): void {
  const text =
    error instanceof ConfigError ? reportText(error.notices) : error instanceof Error ? error.message : String(error);
  process.stderr.write(`gatehouse: ${text}\n`);
  process.exitCode = 1;
}

const program = new Command("gatehouse")
  .description("An AI gateway: one address in front of every model vendor.")
  .version(ownVersion(), "-v, --version")
  .showHelpAfterError()
  .enablePositionalOptions();

program
  .command("serve", { isDefault: true })
  .description("serve a configuration, or without one whatever vendors the environment has keys for")
  .option("-c, --config <file>", "config.yaml")
  .option("-p, --port <port>", "port to listen on (default 4000, or PORT)")
  .option("-H, --host <host>", "address to listen on (default 127.0.0.1, or HOST)")
  .option(
    "-d, --data-dir <folder>",
    "where everything that must last is kept (default ~/.gatehouse, or GATEHOUSE_DATA_DIR)",
  )
  .option("--allow-weak-admin-key", "serve others although the admin key is weak")
  .action(async (options: ServeOptions) => {
    const log = pino({ name: "gatehouse", level: process.env["GATEHOUSE_LOG_LEVEL"] ?? "info" }, pino.destination(2));
    await serve(options, log, say);
    process.exit(0);
  });

program
  .command("check")
  .description("say what is wrong in a configuration, with line and remedy")
  .option("-c, --config <file>", "config.yaml")
  .option("--json", "as JSON")
  .action(async (options: { readonly config?: string; readonly json?: boolean }) => {
    process.exitCode = await check(options, say);
  });

program.parseAsync().catch(fail);
