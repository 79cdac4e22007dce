/** The package as a program would use it: built, by its name, with no server. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CallRecord } from "../src/index.ts";

type Library = typeof import("../src/index.ts");

const entry = createRequire(import.meta.url).resolve("gatehouse");
const folder = mkdtempSync(join(tmpdir(), "library-"));
afterAll(() => rmSync(folder, { recursive: true }));

let gatehouse: Library;
beforeAll(async () => {
  // Vitest would read the sources: what is tested is what is shipped.
  gatehouse = (await import(/* @vite-ignore */ pathToFileURL(entry).href)) as Library;
});

it("is what the package's name leads to", () => {
  expect(entry.replaceAll("\\", "/")).toMatch(/\/dist\/index\.js$/);
});

describe("two languages", () => {
  it("say the same question", () => {
    const { anthropicMessages, openaiChat } = gatehouse;
    const asked = openaiChat.request.decode({
      model: "claude-sonnet-4-5",
      max_tokens: 50,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hello" },
      ],
    });
    expect(anthropicMessages.request.encode(asked)).toMatchObject({
      model: "claude-sonnet-4-5",
      max_tokens: 50,
      system: [{ type: "text", text: "Be brief." }],
      messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
    });
  });

  it("say the same stream", () => {
    const { anthropicMessages, compose, openaiChat, run, sseDecoder } = gatehouse;
    const chunk = (delta: object, finish: string | null = null): string =>
      `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    const text = `${chunk({ role: "assistant", content: "Hel" })}${chunk({ content: "lo" })}${chunk({}, "stop")}data: [DONE]\n\n`;
    const { events: spoken } = openaiChat;
    const { events: wanted } = anthropicMessages;
    if (!spoken || !wanted) throw new Error("both stream");
    const events = run(compose(sseDecoder(), spoken.decoder()), [text]);
    const frames = run(wanted.encoder({ now: 1, id: "0" }), events);
    const deltas = frames
      .filter(({ event }) => event === "content_block_delta")
      .map(({ data }) => (JSON.parse(data) as { delta: { text: string } }).delta.text);
    expect(deltas.join("")).toBe("Hello");
    expect(frames.at(-1)?.event).toBe("message_stop");
    expect(gatehouse.collect(events)).toMatchObject({ choices: [{ parts: [{ type: "text", text: "Hello" }] }] });
  });

  it("refuse a wrong field by its name", () => {
    expect(() => gatehouse.openaiChat.request.decode({ model: "m", messages: 5 })).toThrow(gatehouse.GatewayError);
  });
});

describe("a gateway without a door", () => {
  const key = "sk-only-for-this-test-0123456789abcdef";

  const build = async (records: CallRecord[]) => {
    const path = join(folder, "config.yaml");
    writeFileSync(
      path,
      `model_list:\n  - model_name: greeter\n    litellm_params:\n      model: mock/echo\ngeneral_settings:\n  master_key: ${key}\n`,
    );
    const catalogue = gatehouse.loadCatalogue();
    const { providers, splitModel } = gatehouse;
    const { config } = await gatehouse.loadConfig({
      path,
      env: {},
      splitModel: (name, about) => splitModel(name, { ...about, providers, makerOf: catalogue.makerOf }),
    });
    const wire = gatehouse.createWire({});
    const gateway = gatehouse.createGateway({
      config,
      version: "0",
      meters: gatehouse.createMemoryMeters({ now: Date.now, nextReset: gatehouse.nextReset }),
      findKey: async () => undefined,
      send: wire.send,
      write: (record) => void records.push(record),
      factsOf: ({ provider, model, facts }) => ({ ...catalogue.lookup([`${provider}/${model}`, model]), ...facts }),
      modelsOf: catalogue.modelsOf,
      tokenizer: gatehouse.createTokenizer(),
      now: Date.now,
      random: Math.random,
    });
    return { gateway, wire };
  };

  it("answers a chat from the built-in mock, and keeps a record of it", async () => {
    const records: CallRecord[] = [];
    const { gateway, wire } = await build(records);
    const { anthropicMessages: format, Cancel } = gatehouse;
    const words = { model: "greeter", max_tokens: 20, messages: [{ role: "user", content: "Hello, library" }] };
    const reply = await gateway.handle({
      id: gateway.newId(),
      operation: "chat",
      format,
      request: { value: format.request.decode(words), quote: { format: format.id, words } },
      caller: await gateway.authenticate(key),
      controls: { fields: [] },
      headers: {},
      cancel: new Cancel(),
      decode: false,
      notes: {
        began: Date.now(),
        route: "library",
        address: undefined,
        userAgent: undefined,
        attempts: [],
        retries: 0,
        fallbacks: 0,
        headers: {},
      },
    });
    await wire.close();
    if (reply.kind !== "whole") throw new Error("nobody asked for a stream");
    expect(format.response.encode(reply.response.value, { now: 1, id: "0" })).toMatchObject({
      type: "message",
      role: "assistant",
      content: [{ type: "text", text: "Hello, library" }],
    });
    expect(records).toMatchObject([{ outcome: "answered", operation: "chat" }]);
  });

  it("lets no stranger in", async () => {
    const { gateway, wire } = await build([]);
    await expect((async () => gateway.authenticate("sk-somebody-else"))()).rejects.toMatchObject({ status: 401 });
    await wire.close();
  });
});

describe("docs/library.md", () => {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const page = readFileSync(join(root, "docs/library.md"), "utf8");

  it("shows programs that compile, and do what they are shown for", { timeout: 60_000 }, async () => {
    const home = join(folder, "program");
    mkdirSync(join(home, "node_modules"), { recursive: true });
    symlinkSync(root, join(home, "node_modules", "gatehouse"));
    symlinkSync(join(root, "node_modules", "@types"), join(home, "node_modules", "@types"));
    const examples = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""], index) => {
      const file = join(home, `example-${index}.ts`);
      writeFileSync(file, code);
      return file;
    });
    writeFileSync(join(home, "package.json"), JSON.stringify({ type: "module" }));
    const settings = ["--strict", "--noEmit", "--skipLibCheck", "--module", "nodenext", "--target", "es2023"];
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const said = spawnSync(process.execPath, [compiler, ...settings, "--types", "node", ...examples], {
      cwd: home,
      encoding: "utf8",
    });
    expect(said.stdout).toBe("");

    const [ask = "", translate = ""] = examples;
    const { body } = (await import(/* @vite-ignore */ pathToFileURL(ask).href)) as { body: unknown };
    expect(body).toMatchObject({ messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }] });
    const { translated } = (await import(/* @vite-ignore */ pathToFileURL(translate).href)) as {
      translated: (pieces: readonly string[]) => string;
    };
    const chunk = {
      id: "c",
      created: 1,
      model: "m",
      choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: "stop" }],
    };
    expect(translated([`data: ${JSON.stringify(chunk)}\n\n`, "data: [DONE]\n\n"])).toContain("event: message_stop");
  });

  it("names every value that is exported, and none that is not", () => {
    const begin = page.indexOf("| export |");
    const table = page.slice(begin, page.indexOf("\n\n", begin));
    const named = [...table.matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, cell = ""]) =>
      cell.replaceAll("`", "").split(", "),
    );
    expect(named.sort()).toEqual(Object.keys(gatehouse).sort());
  });
});
