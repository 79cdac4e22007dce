/** Every curl of the guides does what it is shown for: it is asked of a gateway as it starts without a configuration. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { adminKey, startGateway } from "./e2e/gateway.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const guides = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith(".md"),
);

/** Commands of the blocks for shells, with the lines that they go on in. */
function commandsOf(path: string): readonly string[] {
  const blocks = [...readFileSync(join(root, path), "utf8").matchAll(/^```sh\n([\s\S]*?)^```$/gm)];
  return blocks.flatMap(([, text = ""]) => text.split(/^(?=\S)/m).filter((command) => command.startsWith("curl ")));
}

/** The words of a command as a shell makes them. */
function wordsOf(command: string, env: Readonly<Record<string, string>>): readonly string[] {
  const script = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${command}`;
  const { stdout, status, stderr } = spawnSync("sh", ["-u", "-c", script], { env, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout.split("\0").slice(0, -1);
}

async function ask(words: readonly string[], url: string): Promise<Response> {
  const after = (option: string): readonly string[] =>
    words.flatMap((word, index) => (word === option ? [words[index + 1] ?? ""] : []));
  const [address = ""] = words.filter((word) => word.startsWith("http://127.0.0.1:"));
  const [body] = after("-d");
  const headers = Object.fromEntries(after("-H").map((line) => line.split(": ", 2) as [string, string]));
  return fetch(address.replace(/^http:\/\/127\.0\.0\.1:400[01]/, url), {
    headers,
    ...(body !== undefined && { method: "POST", body }),
  });
}

const withCommands = guides.filter((path) => commandsOf(path).length > 0);

it("the guides show how it is asked", () => {
  expect(withCommands).toEqual(expect.arrayContaining(["README.md", "docs/getting-started.md"]));
});

describe.each(withCommands)("%s", (path) => {
  it("shows commands that are answered", async () => {
    const gateway = await startGateway();
    try {
      const key = await gateway.newKey();
      const env = { GATEHOUSE_ADMIN_KEY: adminKey, LITELLM_MASTER_KEY: adminKey, KEY: key };
      for (const command of commandsOf(path)) {
        const answer = await ask(wordsOf(command, env), gateway.url);
        expect(answer.status, `${command}\n${await answer.text()}`).toBe(200);
      }
    } finally {
      await gateway.stop();
    }
  });
});
