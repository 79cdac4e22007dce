/** Whatever a client sends: a clear error in its own dialect, at once, and everybody else is served on. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../fake/fake-vendor.ts";
import { chat, type Door, doors, expectDialect, leaksIn } from "./doors.ts";
import { adminKey, modelsAt, type Running, startGateway } from "./gateway.ts";
import { requestText, say } from "./raw.ts";

let vendor: FakeVendor;
let gateway: Running;
let key: string;

beforeAll(async () => {
  vendor = await startFakeVendor();
  gateway = await startGateway({
    config: {
      model_list: modelsAt(vendor.url, { gpt: "openai/gpt-fake", claude: "anthropic/claude-fake" }),
      general_settings: { master_key: adminKey, max_request_size_mb: 1 },
    },
  });
  key = await gateway.newKey();
});
afterAll(async () => {
  await gateway?.stop();
  await vendor?.stop();
});
afterEach(async () => {
  const served = await gateway.post("/v1/chat/completions", chat(), key);
  expect(served.status).toBe(200);
  await served.text();
  expect(leaksIn(gateway.output())).toEqual([]);
});

/** The error in the door's dialect, said within two seconds. */
async function refusal(door: Door, asked: () => Promise<Response>): Promise<{ status: number; text: string }> {
  const start = performance.now();
  const answer = await asked();
  const said = await answer.text();
  expect(performance.now() - start).toBeLessThan(2000);
  expect(answer.headers.get("content-type"), said).toContain("application/json");
  expectDialect(door, said);
  return { status: answer.status, text: said };
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  gateway.post(path, body, key, headers);

/** Fields of every door: what is sent in their place, and the path that the answer must name. */
const everywhere: readonly [object, string][] = [
  [{ model: 5 }, "model"],
  [{ model: null }, "model"],
  [{ model: { a: 1 } }, "model"],
  [{ model: ["gpt"] }, "model"],
  [{ timeout: "soon" }, "timeout"],
  [{ timeout: -1 }, "timeout"],
  [{ num_retries: "many" }, "num_retries"],
  [{ tags: "x", fallbacks: 7 }, "fallbacks"],
  [{ cache: 1 }, "cache"],
  [{ cache: { ttl: "x" } }, "cache.ttl"],
  [{ api_base: "http://169.254.169.254" }, "api_base"],
  [{ base_url: "http://169.254.169.254" }, "base_url"],
  [{ api_key: "sk-mine" }, "api_key"],
];
const image = (url: unknown) => [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }];
const wrong: Readonly<Record<string, readonly [object, string][]>> = {
  "/v1/chat/completions": [
    [{ messages: undefined }, "messages"],
    [{ messages: "hi" }, "messages"],
    [{ messages: {} }, "messages"],
    [{ messages: [5] }, "messages.0"],
    [{ messages: [null] }, "messages.0"],
    [{ messages: [{ content: "hi" }] }, "messages.0.role"],
    [{ messages: [{ role: 5, content: "hi" }] }, "messages.0.role"],
    [{ messages: [{ role: "wizard", content: "hi" }] }, "messages.0.role"],
    [{ messages: [{ role: "user", content: 5 }] }, "messages.0.content"],
    [{ messages: [{ role: "user", content: [5] }] }, "messages.0.content.0"],
    [{ messages: [{ role: "user", content: [{ text: "hi" }] }] }, "messages.0.content.0.type"],
    [{ messages: [{ role: "user", content: [{ type: "text", text: 5 }] }] }, "messages.0.content.0.text"],
    [{ messages: image(5) }, "messages.0.content.0.image_url"],
    [{ messages: [{ role: "assistant", tool_calls: "x" }] }, "messages.0.tool_calls"],
    [{ messages: [{ role: "assistant", tool_calls: [{ id: 5 }] }] }, "messages.0.tool_calls.0"],
    [{ messages: [{ role: "tool", content: "x" }] }, "messages.0.tool_call_id"],
    [{ tools: "x" }, "tools"],
    [{ tools: [5] }, "tools.0"],
    [{ tools: [{ type: "function" }] }, "tools.0.function"],
    [{ tools: [{ type: "function", function: { name: 5 } }] }, "tools.0.function.name"],
    [{ tool_choice: 5 }, "tool_choice"],
    [{ temperature: "hot" }, "temperature"],
    [{ top_p: {} }, "top_p"],
    [{ n: "x" }, "n"],
    [{ n: -1 }, "n"],
    [{ max_tokens: "x" }, "max_tokens"],
    [{ max_tokens: -5 }, "max_tokens"],
    [{ max_tokens: 1.5 }, "max_tokens"],
    [{ max_completion_tokens: -5 }, "max_completion_tokens"],
    [{ stream: "yes" }, "stream"],
    [{ stream_options: 5 }, "stream_options"],
    [{ stop: 5 }, "stop"],
    [{ stop: [5] }, "stop.0"],
    [{ response_format: 5 }, "response_format"],
    [{ response_format: { type: "json_schema" } }, "response_format.json_schema"],
    [{ seed: "x" }, "seed"],
    [{ logprobs: "x" }, "logprobs"],
    [{ top_logprobs: "x" }, "top_logprobs"],
    [{ user: 5 }, "user"],
    [{ metadata: 5 }, "metadata"],
    [{ metadata: { tags: 5 } }, "metadata.tags"],
    [{ parallel_tool_calls: "x" }, "parallel_tool_calls"],
    [{ reasoning_effort: 5 }, "reasoning_effort"],
    [{ frequency_penalty: "x" }, "frequency_penalty"],
    [{ presence_penalty: [] }, "presence_penalty"],
    [{ logit_bias: "x" }, "logit_bias"],
    [{ extra_body: 5 }, "extra_body"],
  ],
  "/v1/completions": [
    [{ prompt: undefined }, "prompt"],
    [{ prompt: {} }, "prompt"],
    [{ prompt: [{}] }, "prompt.0"],
    [{ temperature: "hot" }, "temperature"],
    [{ max_tokens: -1 }, "max_tokens"],
    [{ stream: 1 }, "stream"],
    [{ n: "x" }, "n"],
    [{ stop: {} }, "stop"],
  ],
  "/v1/responses": [
    [{ input: undefined }, "input"],
    [{ input: 5 }, "input"],
    [{ input: [5] }, "input.0"],
    [{ input: [{ role: 5, content: "x" }] }, "input.0.role"],
    [{ input: [{ role: "user", content: 5 }] }, "input.0.content"],
    [{ input: [{ role: "user", content: [5] }] }, "input.0.content.0"],
    [{ input: [{ type: "function_call_output", output: "x" }] }, "input.0.call_id"],
    [{ instructions: 5 }, "instructions"],
    [{ tools: 5 }, "tools"],
    [{ tools: [{ type: "function" }] }, "tools.0.name"],
    [{ tool_choice: 5 }, "tool_choice"],
    [{ max_output_tokens: -1 }, "max_output_tokens"],
    [{ temperature: "x" }, "temperature"],
    [{ text: 5 }, "text"],
    [{ text: { format: { type: "json_schema" } } }, "text.format.name"],
    [{ reasoning: 5 }, "reasoning"],
    [{ reasoning: { effort: 5 } }, "reasoning.effort"],
    [{ include: "x" }, "include"],
    [{ stream: "x" }, "stream"],
    [{ store: "x" }, "store"],
    [{ background: "x" }, "background"],
    [{ previous_response_id: 5 }, "previous_response_id"],
    [{ metadata: 5 }, "metadata"],
  ],
  "/v1/embeddings": [
    [{ input: undefined }, "input"],
    [{ input: 5 }, "input"],
    [{ input: {} }, "input"],
    [{ input: [{}] }, "input.0"],
    [{ input: [] }, "input"],
    [{ dimensions: "x" }, "dimensions"],
    [{ dimensions: -1 }, "dimensions"],
    [{ encoding_format: 5 }, "encoding_format"],
    [{ user: 5 }, "user"],
  ],
  "/v1/messages": [
    [{ max_tokens: undefined }, "max_tokens"],
    [{ max_tokens: "x" }, "max_tokens"],
    [{ max_tokens: -1 }, "max_tokens"],
    [{ messages: undefined }, "messages"],
    [{ messages: "hi" }, "messages"],
    [{ messages: [5] }, "messages.0"],
    [{ messages: [{ role: "wizard", content: "hi" }] }, "messages.0.role"],
    [{ messages: [{ role: "user", content: 5 }] }, "messages.0.content"],
    [{ messages: [{ role: "user", content: [5] }] }, "messages.0.content.0"],
    [{ messages: [{ role: "user", content: [{ type: "text", text: 5 }] }] }, "messages.0.content.0.text"],
    [{ messages: [{ role: "user", content: [{ type: "image", source: 5 }] }] }, "messages.0.content.0.source"],
    [{ messages: [{ role: "user", content: [{ type: "tool_result" }] }] }, "messages.0.content.0.tool_use_id"],
    [{ system: 5 }, "system"],
    [{ system: [5] }, "system.0"],
    [{ tools: 5 }, "tools"],
    [{ tools: [{ name: "x" }] }, "tools.0.input_schema"],
    [{ tools: [{ input_schema: {} }] }, "tools.0.name"],
    [{ tool_choice: 5 }, "tool_choice"],
    [{ temperature: "x" }, "temperature"],
    [{ top_k: "x" }, "top_k"],
    [{ stop_sequences: "x" }, "stop_sequences"],
    [{ stream: "x" }, "stream"],
    [{ thinking: 5 }, "thinking"],
    [{ thinking: { type: "enabled", budget_tokens: "x" } }, "thinking.budget_tokens"],
    [{ metadata: 5 }, "metadata"],
  ],
  "/v1/messages/count_tokens": [
    [{ messages: undefined }, "messages"],
    [{ messages: [5] }, "messages.0"],
    [{ system: 5 }, "system"],
    [{ tools: 5 }, "tools"],
  ],
};

describe.each(doors)("$path", (door) => {
  const { path, body } = door;

  it("names the field that has the wrong type", async () => {
    const silent: string[] = [];
    for (const [more, field] of [...everywhere, ...(wrong[path] ?? [])]) {
      const answer = await post(path, body(more));
      const [status, said] = [answer.status, await answer.text()];
      const error = JSON.parse(said).error ?? {};
      if (status === 400) expectDialect(door, said);
      if (status !== 400 || !(door.anthropic ? error.message : `${error.param}`).includes(field))
        silent.push(`${JSON.stringify(more)} wants ${field}: ${status} ${said.slice(0, 200)}`);
    }
    expect(silent).toEqual([]);
  });

  it("refuses what is no JSON object", async () => {
    const whole = JSON.stringify(body());
    const bodies = [
      "",
      "{",
      whole.slice(0, -1),
      `${whole}}`,
      "null",
      "[]",
      '"hi"',
      "5",
      "{'model': 1}",
      "\u0000",
      "NaN",
    ];
    for (const one of [...bodies, `{"model": NaN}`, `${whole} ${whole}`])
      expect((await refusal(door, () => post(path, one))).status, one).toBe(400);
  });

  it("refuses a name that stands twice, a depth without end, and bytes that are no text", async () => {
    const [open] = JSON.stringify(body()).split("}");
    const twice = JSON.stringify(body()).replace("{", '{"model":"other",');
    const deep = `{"model":"gpt","x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const deeper = `{"model":"gpt","x":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`;
    for (const one of [twice, deep, deeper, `${open},"x":${"[".repeat(100_000)}`])
      expect((await refusal(door, () => post(path, one))).status).toBe(400);
    const bytes = Buffer.from(JSON.stringify(body({ user: "xx" })));
    bytes.set([0xc3, 0x28], bytes.indexOf("xx"));
    expect((await refusal(door, () => post(path, bytes))).text).toContain("UTF-8");
    const utf16 = Buffer.from(JSON.stringify(body()), "utf16le");
    expect((await refusal(door, () => post(path, utf16))).status).toBe(400);
  });

  it("is not impressed by __proto__ and constructor", async () => {
    const whole = JSON.stringify(body());
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      const answer = await post(path, whole.replace("{", `{"${name}":{"stream":true,"polluted":"yes"},`));
      await answer.text();
      expect(answer.status).toBeLessThan(500);
      const after = await post(path, body());
      expect(after.status).not.toBe(500);
      expect(await after.text()).not.toContain("polluted");
      expect((await refusal(door, () => post(path, body({ model: name })))).status).toBe(404);
    }
  });

  it("refuses other content types, and compressed bodies", async () => {
    for (const type of ["text/html", "multipart/form-data; boundary=x", "application/xml", "image/png"])
      expect((await refusal(door, () => post(path, body(), { "content-type": type }))).status).toBe(415);
    expect((await refusal(door, () => post(path, body(), { "content-encoding": "gzip" }))).status).toBe(415);
  });

  it("refuses bodies over the limit, whether their length is told or not", async () => {
    const large = JSON.stringify(body({ user: "x".repeat(1_100_000) }));
    expect((await refusal(door, () => post(path, large))).status).toBe(413);
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const [head = ""] = requestText(`POST ${path}`, { ...headers, "transfer-encoding": "chunked" }, "");
    const heard = await say(gateway.url, [head, ...Array.from({ length: 20 }, () => chunk)]);
    expect(heard.status).toBe(413);
    expectDialect(door, heard.body);
  });

  it("asks for a key, and believes no other", async () => {
    const keyless = (headers: Record<string, string>) =>
      fetch(gateway.url + path, { method: "POST", headers, body: JSON.stringify(body()) });
    const bad = ["sk-no-such-key-000000000000", "x", "Bearer", "Bearer ", "Bearer Bearer sk-x", "Basic !!!", "é"];
    for (const authorization of bad) {
      const { status, text: said } = await refusal(door, () => keyless({ authorization: encodeURI(authorization) }));
      expect(status).toBe(401);
      if (authorization.length > 12) expect(said).not.toContain(authorization);
    }
    expect((await refusal(door, () => keyless({}))).status).toBe(401);
    expect((await refusal(door, () => keyless({ "x-api-key": "sk-nothing-of-ours-0000" }))).status).toBe(401);
    // Before the body is read: even one that cannot be.
    const lost = () => fetch(gateway.url + path, { method: "POST", body: "{" });
    expect((await refusal(door, lost)).status).toBe(401);
  });

  it("knows what models there are", async () => {
    for (const model of ["nobody", "", "gpt ", "../gpt", "gpt\u0000", "gpt\r\nx-evil: 1", "x".repeat(100_000), "💥"]) {
      const answer = await post(path, body({ model }));
      expect(answer.headers.get("x-evil")).toBeNull();
      const said = await answer.text();
      expectDialect(door, said);
      expect(answer.status === 404 || answer.status === 400, `${answer.status} ${said}`).toBe(true);
      expect(said.length).toBeLessThan(2000);
    }
  });

  it("is asked by POST alone", async () => {
    for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
      const ask = () => fetch(gateway.url + path, { method, headers: { authorization: `Bearer ${key}` } });
      const { status, text: said } = await refusal({ ...door, anthropic: false }, ask);
      expect(status).toBe(405);
      expect(said).toContain("POST");
    }
  });
});
