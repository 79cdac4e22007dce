/** The documents say what the code does: tables that stand in both are the same, and links lead somewhere. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { loadConfig } from "../src/config/load.ts";
import { createGuards } from "../src/policy/guards.ts";
import { providers } from "../src/providers/index.ts";
import { splitModel } from "../src/providers/model-name.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Lines of "name: [\"a\", \"b\"]" between `const mayImport` and its end. */
function tableInCode(): Record<string, string> {
  const [, table = ""] = /const mayImport\b[^{]*\{\n([\s\S]*?)\n\};/.exec(read("src/architecture.test.ts")) ?? [];
  const rows = [...table.matchAll(/^ {2}"?([\w.]+)"?:\s*(\[[\s\S]*?\]|everything),$/gm)];
  return Object.fromEntries(rows.map(([, room = "", seen = ""]) => [room, namesIn(seen, /"([^"]+)"/g) || seen]));
}

function tableInWords(): Record<string, string> {
  const [, part = ""] = read("ARCHITECTURE.md").split("## Allowed imports\n");
  const rows = [
    ...part
      .split("\n## ", 1)
      .join("")
      .matchAll(/^\| `([^`]+)` \| (.+) \|$/gm),
  ];
  const word = (text: string): string => (text === "nothing" ? "[]" : text);
  return Object.fromEntries(rows.map(([, room = "", seen = ""]) => [room, namesIn(seen, /`([^`]+)`/g) || word(seen)]));
}

const namesIn = (text: string, name: RegExp): string => [...text.matchAll(name)].map(([, found]) => found).join(" ");

it("the allowed imports are documented as they are checked", () => {
  const code = tableInCode();
  expect(Object.keys(code)).toContain("main.ts");
  expect(code["config"]).toBe("canonical net");
  expect(tableInWords()).toEqual(code);
});

it("every room has a line that says what it is", () => {
  const rooms = [...read("ARCHITECTURE.md").matchAll(/^\| `([^`]+)` \| (?!`|nothing|everything)/gm)].map(
    ([, room]) => room,
  );
  expect(rooms).toEqual(expect.arrayContaining(Object.keys(tableInCode())));
});

const documents = ["", "docs", "docs/decisions", "fixtures", "bench"]
  .flatMap((folder) =>
    existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => join(folder, name)) : [],
  )
  .filter((path) => path.endsWith(".md"));

it.each(documents)("%s leads to nothing that is not there", (path) => {
  const links = [...read(path).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(([, link = ""]) => link);
  expect(links.filter((link) => !existsSync(join(root, dirname(path), link)))).toEqual([]);
});

/** Files that a document of the house names in code: `policy/limit.ts`, below src, or from the root. */
it.each(["ARCHITECTURE.md", "CONTRIBUTING.md", "AGENTS.md"].filter((path) => existsSync(join(root, path))))(
  "%s names no file that is not there",
  (path) => {
    const prose = read(path).replace(/```[\s\S]*?```/g, "");
    const named = [...prose.matchAll(/`((?:[\w.-]+\/)+(?:[\w.-]+\.(?:ts|json|mjs|md))?)`/g)].map(
      ([, name = ""]) => name,
    );
    const there = (name: string): boolean => existsSync(join(root, name)) || existsSync(join(root, "src", name));
    expect(named.filter((name) => !there(name))).toEqual([]);
  },
);

/** Every configuration in the guides, whole or in part. */
const configurations = documents.flatMap((path) =>
  [...read(path).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""], index) => ({ path, index, text })),
);

it.each(configurations)("the configuration in $path ($index) is served, with nothing to remark", async ({ text }) => {
  const variables = [...text.matchAll(/os\.environ\/(\w+)/g)].map(([, name = ""]) => [name, "a-value"]);
  const { config } = await loadConfig({
    path: "/config.yaml",
    env: Object.fromEntries(variables),
    readFile: async (path) => (path === "/config.yaml" ? text : undefined),
    splitModel: (name, about) => splitModel(name, { ...about, providers }),
  });
  expect([...config.notices, ...createGuards(config.guardrails, "/").notices]).toEqual([]);
});
