/** Who may look at whom, and the other rules of the house that a machine can check. The table below is the picture of the house. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const everything = "everything";

/** A room is a folder of src, or a file that stands there by itself. Rooms that are not named here may look at nothing. */
const mayImport: Readonly<Record<string, readonly string[] | typeof everything>> = {
  canonical: [],
  wire: ["canonical"],
  providers: ["canonical", "wire"],
  "exchange.ts": ["canonical", "wire"],
  net: ["canonical"],
  state: ["canonical"],
  config: ["canonical", "net"],
  policy: ["canonical", "exchange.ts", "state", "net", "config"],
  ledger: ["canonical", "exchange.ts", "state", "net", "config"],
  upstream: ["canonical", "wire", "providers", "exchange.ts", "state", "net", "config"],
  "gateway.ts": ["canonical", "exchange.ts", "providers", "policy", "ledger", "upstream", "state", "net", "config"],
  posture: ["canonical", "providers", "config", "state"],
  http: ["canonical", "wire", "exchange.ts", "gateway.ts", "state", "config", "ledger", "posture"],
  cli: everything,
  "main.ts": everything,
  "index.ts": everything,
};

/** They do no I/O, know no time and no chance, and take nothing from outside. */
const pure = ["canonical", "wire", "providers"];

const limits = { lines: 300, testLines: 500 };

/** Where the language of the gateway that we take the place of is spoken. Comments may name it anywhere. */
const compatibility = { word: "litellm", spokenIn: ["config/litellm/", "http/admin/", "http/compat.ts"] };

/** Folders that may name vendors, and vendors whose names are no common words. A file named after a vendor may name it too. */
const vendors = {
  spokenIn: ["providers/", "wire/", "config/litellm/", "http/compat.ts"],
  // biome-ignore format: one list
  ids: [
    "ai21", "anthropic", "anyscale", "azure", "azure_ai", "baseten", "bedrock", "cerebras", "cloudflare", "codestral", "cohere", "dashscope",
    "databricks", "deepinfra", "deepseek", "fireworks_ai", "friendliai", "gemini", "gigachat", "groq", "hosted_vllm", "huggingface", "hyperbolic",
    "jina_ai", "lambda_ai", "llamafile", "lm_studio", "mistral", "moonshot", "nebius", "novita", "nvidia_nim", "ollama", "openai", "openrouter",
    "perplexity", "replicate", "sagemaker", "sambanova", "snowflake", "together_ai", "vercel_ai_gateway", "vertex_ai", "volcengine", "voyage",
    "watsonx", "xai", "xinference", "zai",
  ],
};

/** `index.ts` is a rack's list, a format's one export, or the library. */
const racks = [
  "providers",
  "policy/guardrails",
  "upstream/strategies",
  "ledger/sinks",
  "state/caches",
  "config/secrets",
  "posture/rules",
  "http/admin",
  "net/auth",
];
const wordless = [
  "utils",
  "util",
  "helpers",
  "helper",
  "common",
  "core",
  "base",
  "manager",
  "service",
  "misc",
  "shared",
];

// ---------------------------------------------------------------------------------------------------------------------

interface Source {
  /** Below src, with slashes. */
  readonly path: string;
  readonly text: string;
  /** The text with its comments blanked. */
  readonly code: string;
  readonly isTest: boolean;
}

const root = fileURLToPath(new URL(".", import.meta.url));

const uncommented = (text: string): string =>
  text.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (found) =>
    found.startsWith("/") ? found.replace(/[^\n]/g, " ") : found,
  );

const source = (path: string, text: string): Source => ({
  path,
  text,
  code: uncommented(text),
  isTest: path.endsWith(".test.ts"),
});

const sources: readonly Source[] = readdirSync(root, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts") && path !== "core.d.ts")
  .map((path) => source(path, readFileSync(join(root, path), "utf8")));

const roomOf = (path: string): string => path.split("/")[0] ?? "";
const isIn = (path: string, places: readonly string[]): boolean => places.some((place) => path.startsWith(place));
const importsOf = ({ code }: Source): string[] =>
  [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"\n]+)"/g)].map(([, specifier = ""]) => specifier);
const filesImportedBy = (from: Source): string[] =>
  importsOf(from)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => posix.normalize(posix.join(posix.dirname(from.path), specifier)));
const lineOf = (text: string, at: number): number => text.slice(0, at).split("\n").length;
/** The same file, its imports of other files blanked: where a thing is imported from says nothing about whose word it is. */
const withoutImports = (file: Source): Source => ({
  ...file,
  code: file.code.replace(/(\bfrom|\bimport)(\s*\(?\s*)"\.[^"\n]*"/g, '$1$2""'),
});
const everyMatch = ({ code }: Source, pattern: RegExp): string[] =>
  [...code.matchAll(pattern)].map((found) => `line ${lineOf(code, found.index)}: ${found[0].trim()}`);

/** What a rule finds wrong with one file. */
type Rule = (file: Source) => readonly string[];

const strangers: Rule = (file) => {
  const allowed = mayImport[roomOf(file.path)] ?? [];
  if (file.isTest || allowed === everything) return [];
  return filesImportedBy(file).filter((to) => roomOf(to) !== roomOf(file.path) && !allowed.includes(roomOf(to)));
};

const outsiders: Rule = (file) =>
  file.isTest || !pure.includes(roomOf(file.path))
    ? []
    : importsOf(file)
        .filter((specifier) => !specifier.startsWith("."))
        .concat(
          everyMatch(file, /\bDate\.now\b|\bMath\.random\b|\bnew Date\(\)|\bDate\(\)|\bperformance\.|\bcrypto\./g),
        );

const tooLong: Rule = (file) => {
  const lines = file.text.split("\n").length - 1;
  return lines > (file.isTest ? limits.testLines : limits.lines) ? [`${lines} lines`] : [];
};

const unannounced: Rule = ({ text }) => {
  const first = text.replace(/^#!.*\n/, "").split("\n", 1)[0] ?? "";
  return /^\/\*\* \S.{10,}/.test(first) ? [] : [`the first line is not a /** sentence */: ${first.slice(0, 60)}`];
};

const foreignDialect: Rule = (file) =>
  file.isTest || isIn(file.path, compatibility.spokenIn)
    ? []
    : everyMatch(withoutImports(file), new RegExp(compatibility.word, "gi"));

const vendorNames: Rule = (file) => {
  if (file.isTest || isIn(file.path, vendors.spokenIn)) return [];
  const ids = vendors.ids.filter((id) => !file.path.includes(id.replaceAll("_", "-")));
  // "/openai/deployments" is an address, "openai-chat" a language, "anthropic-version" a header: none of them names a vendor.
  return everyMatch(withoutImports(file), new RegExp(`(?<![\\w/.-])(?:${ids.join("|")})(?![\\w-]|\\.[a-z])`, "g"));
};

const anys: Rule = (file) =>
  file.isTest ? [] : everyMatch(file, /(?:\bas|[:<|,]) any\b|<any\b|\bany\[\]|@ts-(?:ignore|nocheck)/g);

const mutableModules: Rule = (file) =>
  file.isTest
    ? []
    : everyMatch(
        file,
        /^(?:export )?(?:let|var) .*|^(?:export )?const [^=]+= new (?:Weak)?(?:Map|Set)(?:<.*>)?\(\).*/gm,
      );

const names: Rule = ({ path }) => {
  const folder = basename(dirname(path));
  const name = basename(path).replace(/(\.test)?\.ts$/, "");
  const wrong: string[] = [];
  if (name.split("-").some((word) => wordless.includes(word)) || wordless.includes(folder))
    wrong.push("says nothing about what it holds");
  if (path.includes("/") && (name === folder || name.startsWith(`${folder}-`)) && !allowedEchoes.includes(path))
    wrong.push("repeats its folder");
  const isList = path === "index.ts" || racks.includes(dirname(path)) || /^wire\/[^/]+$/.test(dirname(path));
  if (name === "index" && !isList) wrong.push("index.ts is only for a rack's list or a format's one export");
  return wrong;
};
/** The settings themselves are what the folder is named after. */
const allowedEchoes = ["config/config.ts"];

const rules: Readonly<Record<string, Rule>> = {
  "looks only into rooms that it may see": strangers,
  "is pure where it must be": outsiders,
  "is not too long": tooLong,
  "says in its first line what it is": unannounced,
  "leaves the compatible dialect to the edge": foreignDialect,
  "names no vendor outside the vendor's files": vendorNames,
  "has no any and silences no compiler": anys,
  "keeps no state in the module": mutableModules,
  "has a telling name": names,
};

/** The first way round that comes back to where it began. */
const cycleIn = (graph: ReadonlyMap<string, readonly string[]>): readonly string[] => {
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const next of graph.get(path) ?? []) {
      const cycle = walk(next, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const path of graph.keys()) {
    const cycle = walk(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
};

describe.each(Object.entries(rules))("every file %s", (_, rule) => {
  it("in src", () => {
    const wrong = sources.flatMap((file) => rule(file).map((finding) => `src/${file.path}: ${finding}`));
    expect(wrong).toEqual([]);
  });
});

it("no files import each other in a circle", () => {
  expect(cycleIn(new Map(sources.map((file) => [file.path, filesImportedBy(file)])))).toEqual([]);
});

it("every room has its line in the table", () => {
  const rooms = new Set(sources.filter(({ isTest }) => !isTest).map(({ path }) => roomOf(path)));
  expect([...rooms].filter((room) => mayImport[room] === undefined)).toEqual([]);
});

describe("the rules themselves find", () => {
  const said = "/** What this file is, in a sentence. */\n";
  it.each<[string, Rule, string, string]>([
    ["a look into a forbidden room", strangers, "canonical/a.ts", 'import { b } from "../wire/b.ts";'],
    ["a look by a type", strangers, "policy/a.ts", 'export type A = import("../upstream/b.ts").B;'],
    ["a room nobody knows", strangers, "attic/a.ts", 'import { b } from "../canonical/b.ts";'],
    ["a package in the core", outsiders, "wire/a.ts", 'import { z } from "zod";'],
    ["the time in the core", outsiders, "providers/a.ts", "const now = Date.now();"],
    ["a long file", tooLong, "net/a.ts", "\n".repeat(301)],
    ["a file without a word about itself", unannounced, "net/a.ts", "export {};"],
    ["the other gateway's words", foreignDialect, "policy/a.ts", 'const header = "x-LiteLLM-key";'],
    ["a vendor's name", vendorNames, "upstream/a.ts", 'if (provider.id === "openai") retry();'],
    ["an any", anys, "net/a.ts", "const a = (b: any) => b;"],
    ["state in a module", mutableModules, "net/a.ts", "const seen = new Map<string, number>();"],
    ["a name that says nothing", names, "net/http-utils.ts", ""],
    ["a folder said twice", names, "net/net-send.ts", ""],
    ["a barrel", names, "net/index.ts", ""],
  ])("%s", (_, rule, path, text) => {
    expect(rule(source(path, text))).toHaveLength(1);
  });

  it.each<[string, Rule, string, string]>([
    ["its own room", strangers, "wire/chat/a.ts", 'import { b } from "../b.ts";'],
    ["the address of an endpoint", vendorNames, "http/a.ts", 'const path = "/openai/deployments/{model}";'],
    [
      "the import of a language",
      vendorNames,
      "http/a.ts",
      'import { anthropicMessages } from "../wire/anthropic-messages/index.ts";',
    ],
    ["the header of a language", vendorNames, "http/a.ts", 'const header = "anthropic-version";'],
    ["a vendor in its own file", vendorNames, "policy/guardrails/bedrock.ts", 'const id = "bedrock";'],
    ["a remark about a vendor", vendorNames, "upstream/a.ts", "// as openai does"],
    ["a remark about the other gateway", foreignDialect, "policy/a.ts", "// LiteLLM answers 400 here."],
    ["the import of the dialect", foreignDialect, "main.ts", 'import { read } from "./config/litellm/read.ts";'],
    ["an address in a string", foreignDialect, "policy/a.ts", 'const docs = "https://example.com"; // litellm'],
    ["a constant list", mutableModules, "net/a.ts", 'const safe = new Set(["get"]);'],
    ["a program's first line", unannounced, "main.ts", `#!/usr/bin/env node\n${said}`],
  ])("nothing wrong with %s", (_, rule, path, text) => {
    expect(rule(source(path, text))).toEqual([]);
  });

  it("a circle of imports", () => {
    const graph = new Map([
      ["a", ["b"]],
      ["b", ["c"]],
      ["c", ["b"]],
    ]);
    expect(cycleIn(graph)).toEqual(["b", "c", "b"]);
  });
});
