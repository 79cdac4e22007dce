/** The agents that people code with, headless and as they are published, each writing a file through the gateway, at a vendor of its own language and at one of another. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Answer } from "../fake/answer.ts";
import { type FakeVendor, startFakeVendor } from "../fake/fake-vendor.ts";
import type { Seen } from "../fake/seen.ts";
import { adminKey, type Ended, modelsAt, type Running, runToEnd, startGateway } from "./gateway.ts";

const packages = ["@anthropic-ai/claude-code@2.1.330", "@openai/codex@0.169.0"] as const;

/** Hundreds of megabytes: kept from one run to the next, and never part of the project. */
const folder = join(tmpdir(), "gatehouse-agents-2.1.330-0.169.0");
const claude = join(folder, "node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs");
const codex = join(folder, "node_modules/@openai/codex/bin/codex.js");

/** Why they cannot be run here; undefined where they can. */
const missing = await install();

async function install(): Promise<string | undefined> {
  const done = join(folder, ".installed");
  if (existsSync(done)) return undefined;
  let trouble = "";
  for (let turn = 0; turn < 3; turn++) {
    try {
      mkdirSync(folder, { recursive: true });
      // Their install scripts only make shorter ways to what is started here by its own name.
      const said = ["install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"];
      await promisify(execFile)("npm", [...said, ...packages], { timeout: 90_000, maxBuffer: 16 << 20 });
      if (!existsSync(claude) || !existsSync(codex)) throw new Error("npm installed something else");
      writeFileSync(done, "");
      return undefined;
    } catch (error) {
      trouble = String(error).slice(0, 500);
    }
  }
  return `npm could not install ${packages.join(" and ")}: ${trouble}`;
}

let vendor: FakeVendor;
let gateway: Running;
let key: string;
let scratch: string;

beforeAll(async () => {
  vendor = await startFakeVendor();
  gateway = await startGateway({
    config: {
      model_list: modelsAt(vendor.url, { "claude-fake": "anthropic/claude-fake", "gpt-fake": "openai/gpt-fake" }),
      general_settings: { master_key: adminKey },
    },
  });
  key = await gateway.newKey();
});
afterAll(async () => {
  await gateway?.stop();
  await vendor?.stop();
});
beforeEach(() => {
  vendor.reset();
  scratch = mkdtempSync(join(tmpdir(), "gatehouse-agent-"));
  mkdirSync(join(scratch, "home"));
  mkdirSync(join(scratch, "work"));
  return () => rmSync(scratch, { recursive: true, force: true });
});

/** Runs an agent in the scratch folder, with nothing of this machine's settings. */
function run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const { PATH = "" } = process.env;
  const own = { PATH, HOME: join(scratch, "home"), NO_COLOR: "1", ...env };
  return runToEnd([program, ...args], { cwd: join(scratch, "work"), env: own }, 40_000);
}

const note = () => join(scratch, "work", "note.txt");
const goal = "Write the word lantern into note.txt";
const farewell = "The lantern is lit.";

const runClaude = (model: string) =>
  run(claude, ["-p", goal, "--model", model, "--output-format", "json", "--permission-mode", "acceptEdits"], {
    ANTHROPIC_BASE_URL: gateway.url,
    ANTHROPIC_AUTH_TOKEN: key,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  });

function runCodex(model: string): Promise<Ended> {
  mkdirSync(join(scratch, "home", ".codex"));
  const lines = [
    `model = "${model}"`,
    'model_provider = "gate"',
    "[model_providers.gate]",
    'name = "gate"',
    `base_url = "${gateway.url}/v1"`,
    'env_key = "GATE_KEY"',
    'wire_api = "responses"',
  ];
  writeFileSync(join(scratch, "home", ".codex", "config.toml"), `${lines.join("\n")}\n`);
  // The sandbox of the agent wants rights that a container may not give; the folder is scratch anyhow.
  return run(codex, ["exec", "--skip-git-repo-check", "--sandbox", "danger-full-access", goal], { GATE_KEY: key });
}

/** A turn of Anthropic's messages: text, or a call of a tool. */
function claudeTurn(block: { text: string } | { name: string; input: object }): Answer {
  const [type, start, delta] =
    "text" in block
      ? ["text", { type: "text", text: "" }, { type: "text_delta", text: block.text }]
      : [
          "tool_use",
          { type: "tool_use", id: "toolu_lantern1", name: block.name, input: {} },
          { type: "input_json_delta", partial_json: JSON.stringify(block.input) },
        ];
  return {
    path: "/messages",
    sse: [
      {
        type: "message_start",
        message: {
          id: "msg_1",
          type: "message",
          role: "assistant",
          model: "claude-fake",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 20, output_tokens: 1 },
        },
      },
      { type: "content_block_start", index: 0, content_block: start },
      { type: "content_block_delta", index: 0, delta },
      { type: "content_block_stop", index: 0 },
      {
        type: "message_delta",
        delta: { stop_reason: type === "text" ? "end_turn" : "tool_use", stop_sequence: null },
        usage: { output_tokens: 9 },
      },
      { type: "message_stop" },
    ],
  };
}

/** A turn of OpenAI's responses: text, or a call of a function. */
function responseTurn(said: { text: string } | { name: string; input: object }): Answer {
  const item =
    "text" in said
      ? {
          id: "msg_1",
          type: "message",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: said.text, annotations: [] }],
        }
      : {
          id: "fc_1",
          type: "function_call",
          status: "completed",
          call_id: "call_lantern1",
          name: said.name,
          arguments: JSON.stringify(said.input),
        };
  const empty = "text" in said ? { content: [] } : { arguments: "" };
  const response = { id: "resp_1", object: "response", created_at: 1, model: "gpt-fake", error: null };
  const at = { item_id: item.id, output_index: 0 };
  const delta =
    "text" in said
      ? [
          { type: "response.content_part.added", ...at, content_index: 0, part: { type: "output_text", text: "" } },
          { type: "response.output_text.delta", ...at, content_index: 0, delta: said.text },
          { type: "response.output_text.done", ...at, content_index: 0, text: said.text },
        ]
      : [
          { type: "response.function_call_arguments.delta", ...at, delta: JSON.stringify(said.input) },
          { type: "response.function_call_arguments.done", ...at, arguments: JSON.stringify(said.input) },
        ];
  const events = [
    { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
    { type: "response.output_item.added", output_index: 0, item: { ...item, ...empty, status: "in_progress" } },
    ...delta,
    { type: "response.output_item.done", output_index: 0, item },
    {
      type: "response.completed",
      response: {
        ...response,
        status: "completed",
        output: [item],
        usage: { input_tokens: 20, output_tokens: 9, total_tokens: 29 },
      },
    },
  ];
  return { path: "/responses", sse: events.map((event, number) => ({ ...event, sequence_number: number })) };
}

const bodyOf = (request: Seen | undefined) => request?.json as Record<string, any>;

describe.skipIf(missing !== undefined)("Claude Code", () => {
  const write = () => ({ name: "Write", input: { file_path: note(), content: "lantern\n" } });

  it("writes a file with a model of Anthropic", async () => {
    vendor.script([claudeTurn(write()), claudeTurn({ text: farewell })]);
    const { code, output } = await runClaude("claude-fake");
    expect(code, output).toBe(0);
    expect(readFileSync(note(), "utf8")).toBe("lantern\n");
    expect(output).toContain(farewell);
    expect(vendor.requests.map(({ path }) => path.split("?")[0])).toEqual(["/v1/messages", "/v1/messages"]);
    // What it asks of Anthropic's own models comes through untouched, and so does the result of the call.
    expect(vendor.requests[0]?.headers["anthropic-beta"]).toContain("claude-code-");
    expect(bodyOf(vendor.requests[0])["model"]).toBe("claude-fake");
    expect(JSON.stringify(bodyOf(vendor.requests[1])["messages"])).toContain("toolu_lantern1");
  });

  it("writes a file with a model of OpenAI", async () => {
    vendor.script([responseTurn(write()), responseTurn({ text: farewell })]);
    const { code, output } = await runClaude("gpt-fake");
    expect(code, output).toBe(0);
    expect(readFileSync(note(), "utf8")).toBe("lantern\n");
    expect(output).toContain(farewell);
    expect(vendor.requests.map(({ path }) => path)).toEqual(["/v1/responses", "/v1/responses"]);
    const [first, second] = vendor.requests.map(bodyOf);
    expect(first).not.toHaveProperty("context_management");
    expect(first).not.toHaveProperty("betas");
    expect(vendor.requests[0]?.headers).not.toHaveProperty("anthropic-beta");
    expect(second?.["input"]).toContainEqual(expect.objectContaining({ type: "function_call_output" }));
  });

  it("tells its user what a vendor that refuses has said", async () => {
    vendor.script(
      Array.from({ length: 12 }, () => ({
        path: "/messages",
        status: 400,
        json: { type: "error", error: { type: "invalid_request_error", message: "the wick is wet" } },
      })),
    );
    const { code, output } = await runClaude("claude-fake");
    expect(code).not.toBe(0);
    expect(output).toContain("the wick is wet");
  });
});

describe.skipIf(missing !== undefined)("Codex", () => {
  const write = () => ({ name: "exec_command", input: { cmd: "echo lantern > note.txt" } });

  it("writes a file with a model of OpenAI", async () => {
    vendor.script([responseTurn(write()), responseTurn({ text: farewell })]);
    const { code, output } = await runCodex("gpt-fake");
    expect(code, output).toBe(0);
    expect(readFileSync(note(), "utf8")).toBe("lantern\n");
    expect(output).toContain(farewell);
    expect(vendor.requests.map(({ path }) => path)).toEqual(["/v1/responses", "/v1/responses"]);
    // What it asks of OpenAI's own models comes through, down to what only Codex says.
    expect(bodyOf(vendor.requests[0])).toMatchObject({ store: false, client_metadata: expect.any(Object) });
  });

  it("writes a file with a model of Anthropic", async () => {
    vendor.script([claudeTurn(write()), claudeTurn({ text: farewell })]);
    const { code, output } = await runCodex("claude-fake");
    expect(code, output).toBe(0);
    expect(readFileSync(note(), "utf8")).toBe("lantern\n");
    expect(output).toContain(farewell);
    const [first, second] = vendor.requests.map(bodyOf);
    const names = first?.["tools"].map(({ name }: { name: string }) => name);
    // Anthropic refuses a name twice, and every field that it does not know.
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("multi_agent_v1__close_agent");
    for (const field of ["client_metadata", "include", "prompt_cache_key", "store"])
      expect(first).not.toHaveProperty(field);
    expect(JSON.stringify(second?.["messages"])).toContain('"tool_use_id":"toolu_lantern1"');
  });
});

if (missing !== undefined) it("the agents can be installed", ({ skip }) => skip(missing));
