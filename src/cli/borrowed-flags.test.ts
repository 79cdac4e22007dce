/** A start command that was written for another gateway. */
import { Command } from "commander";
import { expect, it } from "vitest";
import { addBorrowedFlags, readBorrowed } from "./borrowed-flags.ts";

function given(...args: string[]): Record<string, unknown> {
  const command = new Command("serve").option("-c, --config <file>").option("-p, --port <port>").exitOverride();
  addBorrowedFlags(command);
  return command.parse(args, { from: "user" }).opts();
}

it("is taken, and answered for flag by flag", () => {
  const options = given("--config=/app/config.yaml", "--num_workers", "8", "--detailed_debug", "--port", "4000");
  const { remarks, debug } = readBorrowed(options);
  expect(debug).toBe(true);
  expect(remarks).toEqual([
    expect.stringMatching(/^--num_workers: One process/),
    expect.stringMatching(/^--detailed_debug: .*GATEHOUSE_LOG=debug/),
  ]);
  expect(options).toMatchObject({ config: "/app/config.yaml", port: "4000" });
});

it("that says nothing of the kind has nothing said about it", () =>
  expect(readBorrowed(given("--port", "4000"))).toEqual({ remarks: [], debug: false }));

it("is refused where it asks for what would be missed", () => {
  for (const [args, word] of [
    [["--ssl_keyfile_path", "key.pem", "--ssl_certfile_path", "cert.pem"], "reverse proxy"],
    [["-m", "gpt-4o"], "model_list"],
    [["--max_budget", "5"], "configuration file"],
    [["--skip_server_startup"], "can be left out"],
  ] as const) {
    expect(() => readBorrowed(given(...args))).toThrow(word);
    expect(() => readBorrowed(given(...args))).toThrow(/^--/);
  }
});
