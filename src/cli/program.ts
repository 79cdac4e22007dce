/** The commands that people give, and what each of them does. Each loads only what it needs: a gateway should be up at once. */

import { Command } from "commander";
import { addBorrowedFlags, readBorrowed } from "./borrowed-flags.ts";
import type { ServeOptions } from "./serve.ts";
import { ownVersion } from "./version.ts";

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** The last words of a program that cannot go on. */
async function fail(error: unknown): Promise<void> {
  const { ConfigError } = await import("../config/notices.ts");
  const { reportText } = await import("../config/report.ts");
  const said = error instanceof Error ? error.message : String(error);
  process.stderr.write(`gatehouse: ${error instanceof ConfigError ? reportText(error.notices) : said}\n`);
  process.exit(1);
}

async function startServing(given: ServeOptions & Readonly<Record<string, unknown>>): Promise<void> {
  const options = { ...given, ...readBorrowed(given) };
  const [{ default: pino }, { serve }] = await Promise.all([import("pino"), import("./serve.ts")]);
  await serve(options, (level) => pino({ name: "gatehouse", level }, pino.destination(2)), say);
  process.exit(0);
}

async function checkOnly(options: { readonly config?: string; readonly json?: boolean }): Promise<void> {
  const { check } = await import("./check.ts");
  process.exitCode = await check(options, say);
}

export async function run(): Promise<void> {
  const program = new Command("gatehouse")
    .description("An AI gateway: a single endpoint in front of all your model providers.")
    .version(ownVersion(), "-v, --version")
    .showHelpAfterError()
    .enablePositionalOptions();
  const serving = program
    .command("serve", { isDefault: true })
    .description(
      "start the gateway, with a configuration file or with the providers whose API keys are in the environment",
    )
    .option("-c, --config <file>", "config.yaml")
    .option("-p, --port <port>", "port to listen on (default 4000, or PORT)")
    .option("-H, --host <host>", "address to listen on (default 127.0.0.1, or HOST)")
    .option("-d, --data-dir <folder>", "where data is stored (default ~/.gatehouse, or GATEHOUSE_DATA_DIR)")
    .option("--allow-weak-admin-key", "listen on other addresses than loopback even if the admin key is weak")
    .action(startServing);
  addBorrowedFlags(serving);
  program
    .command("check")
    .description("check a configuration: report errors by line, and how to fix them")
    .option("-c, --config <file>", "config.yaml")
    .option("--json", "print JSON")
    .action(checkOnly);
  const [word] = process.argv.slice(2);
  const known = [...program.commands.map((one) => one.name()), "help"];
  if (word !== undefined && !word.startsWith("-") && !known.includes(word))
    program.error(`error: unknown command '${word}'`);
  await program.parseAsync().catch(fail);
}
