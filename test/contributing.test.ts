/** The examples of CONTRIBUTING.md are true: put into a copy of the sources as they stand there, they compile, and are served. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "contributing-"));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Example {
  /** The file that it is, or that it goes into. */
  readonly path: string;
  readonly isRow: boolean;
  readonly code: string;
}

/** Blocks that say where they belong: ```ts src/a/b.ts, or ```ts row src/a/b.ts for a line of the list there. */
const examples: readonly Example[] = [
  ...readFileSync(join(root, "CONTRIBUTING.md"), "utf8").matchAll(/^```ts (row )?(src\/\S+)\n([\s\S]*?)^```$/gm),
].map(([, row, path = "", code = ""]) => ({ path, isRow: row !== undefined, code }));

const rows = examples.filter(({ isRow }) => isRow);
const files = examples.filter(({ isRow }) => !isRow);

function apply({ path, isRow, code }: Example): void {
  const target = join(scratch, path);
  if (!isRow) {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code, { flag: "wx" });
    return;
  }
  const text = readFileSync(target, "utf8");
  const end = text.lastIndexOf("\n];");
  if (end < 0) throw new Error(`${path} holds no list`);
  writeFileSync(target, `${text.slice(0, end + 1)}${code}${text.slice(end + 1)}`);
}

/** "The word goes into its index.ts": the name that a file exports, into the list of the rack that it stands in. */
function putOnRack({ path, code }: Example): void {
  const rack = join(scratch, dirname(path), "index.ts");
  const [, word = ""] = /^export const (\w+)/m.exec(code) ?? [];
  const text = readFileSync(rack, "utf8");
  const list = text.indexOf("[", text.indexOf(" = ", text.indexOf("\nexport const")));
  const withWord = `${text.slice(0, list + 1)}${word}, ${text.slice(list + 1)}`;
  writeFileSync(rack, withWord.replace(/^import /m, `import { ${word} } from "./${basename(path)}";\nimport `));
}

/** An endpoint's row names its language, which it has to import. */
function importLanguage(): void {
  const endpoints = join(scratch, "src/http/endpoints.ts");
  const text = readFileSync(endpoints, "utf8");
  const line = 'import { exampleEmbed } from "../wire/example-embed/index.ts";\n';
  writeFileSync(endpoints, text.replace(/^import /m, `${line}import `));
}

const racks = [
  "src/config/secrets",
  "src/http/admin",
  "src/ledger/sinks",
  "src/policy/guardrails",
  "src/providers",
  "src/state/caches",
  "src/upstream/strategies",
];

const run = (command: string, args: readonly string[]): string => {
  const { stdout, stderr, status, error } = spawnSync(command, args, {
    cwd: scratch,
    encoding: "utf8",
    timeout: 60_000,
  });
  if (error) throw error;
  return status === 0 ? stdout : `${stdout}${stderr}`;
};

const node = (...args: string[]): string => run(process.execPath, args);
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

beforeAll(() => {
  const copied = ["src", "data", "package.json", "tsconfig.json", "tsconfig.core.json", "tsconfig.build.json"];
  for (const name of copied) cpSync(join(root, name), join(scratch, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(scratch, "node_modules"));
  for (const example of examples) apply(example);
  for (const example of files) if (racks.includes(dirname(example.path))) putOnRack(example);
  importLanguage();
});

it("there is an example of everything that is a file", () => {
  expect(rows.map(({ path }) => path)).toEqual(["src/providers/openai-compatible.ts", "src/http/endpoints.ts"]);
  expect(files.map(({ path }) => dirname(path)).sort()).toEqual([
    "src/canonical",
    "src/config/secrets",
    "src/http/admin",
    "src/ledger/sinks",
    "src/policy",
    "src/policy/guardrails",
    "src/providers",
    "src/state/caches",
    "src/upstream/strategies",
    "src/wire/example-embed",
  ]);
});

it.each(["tsconfig.core.json", "tsconfig.build.json"])(
  "the examples compile under %s",
  { timeout: 90_000 },
  (config) => {
    expect(node(compiler, "-p", config, "--noEmit", "--incremental", "false")).toBe("");
  },
);

/** Asks the copied sources as `upstream/` would. */
const questions = `
import { providers } from "./src/providers/index.ts";
import { splitModel } from "./src/providers/model-name.ts";
import { createDeployment } from "./src/upstream/deployment.ts";
import { prepare } from "./src/upstream/prepare.ts";
import { openaiChat } from "./src/wire/openai-chat/index.ts";

const named = splitModel("example/some-model", { providers });
const provider = providers.get("example");
const config = {
  id: "d", group: "m", provider: "example", model: named?.model ?? "", settings: {}, headers: {}, defaults: {},
  additionalDropParams: [], allowedParams: [], accessGroups: [], facts: {}, info: {}, params: {},
};
const deployment = createDeployment(config, { provider, facts: {}, signer: () => (draft) => draft });
const words = { model: "m", max_completion_tokens: 5, messages: [{ role: "user", content: "Hello" }] };
const value = openaiChat.request.decode(words);
const exchange = {
  operation: "chat", format: openaiChat, request: { value, quote: { format: openaiChat.id, words } },
  controls: { fields: [] }, headers: {}, notes: {},
};
const { url, body } = prepare(exchange, deployment, deployment.plan("chat", openaiChat.id), { dropParams: false });
const embeddings = deployment.plan("embed", "openai-embeddings").url;
console.log(JSON.stringify({ named, id: provider.id, key: provider.env.key, url, body: JSON.parse(body), embeddings }));
`;

describe("the vendor of the worked example", () => {
  it("is in the rack, is meant by its name, and is asked at its address in its own words", () => {
    writeFileSync(join(scratch, "ask.ts"), questions);
    expect(JSON.parse(node("ask.ts"))).toEqual({
      named: { provider: "example", model: "some-model" },
      id: "example",
      key: ["EXAMPLE_API_KEY"],
      url: "https://api.example.ai/v1/chat/completions",
      body: { model: "some-model", max_tokens: 5, messages: [{ role: "user", content: "Hello" }] },
      embeddings: "https://api.example.ai/v1/embeddings",
    });
  });
});

/** What the racks and the table of routes hold now. */
const inventory = `
import { secretStores } from "./src/config/secrets/index.ts";
import { adminEndpoints } from "./src/http/admin/index.ts";
import { endpoints } from "./src/http/endpoints.ts";
import { createTable } from "./src/http/table.ts";
import { sinkKinds } from "./src/ledger/sinks/index.ts";
import { guardrailKinds } from "./src/policy/guardrails/index.ts";
import { providers } from "./src/providers/index.ts";
import { splitModel } from "./src/providers/model-name.ts";
import { caches } from "./src/state/caches/index.ts";
import { createDeployment } from "./src/upstream/deployment.ts";
import { strategies } from "./src/upstream/strategies/index.ts";

const named = splitModel("example_claude/opus", { providers });
const config = {
  id: "d", group: "m", provider: named?.provider ?? "", model: named?.model ?? "", settings: { region_name: "eu" },
  headers: {}, defaults: {}, additionalDropParams: [], allowedParams: [], accessGroups: [], facts: {}, info: {}, params: {},
};
const provider = providers.get(config.provider);
const claude = createDeployment(config, { provider, facts: {}, signer: () => (draft) => draft });
const ids = (rack) => [...rack.values()].map(({ id }) => id);
console.log(JSON.stringify({
  claude: claude.plan("chat", "anthropic-messages").url,
  embed: createTable(endpoints).match("POST", "/example/v1/embed").route.paths,
  admin: adminEndpoints.flatMap(({ paths }) => paths),
  racks: [secretStores, sinkKinds, guardrailKinds, caches, strategies].map(ids),
}));
`;

describe("the other examples", () => {
  it("are found where they are served", () => {
    writeFileSync(join(scratch, "look.ts"), inventory);
    expect(JSON.parse(node("look.ts"))).toEqual({
      claude: "https://claude.eu.example.ai/v1/messages",
      embed: ["/example/v1/embed"],
      admin: expect.arrayContaining(["/time"]),
      racks: ["base64", "counting", "shouting", "forgetful", "in-order"].map((id) => expect.arrayContaining([id])),
    });
  });
});
