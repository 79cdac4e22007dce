/** The fake vendor keeps its word: every dialect, every way to break. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "./fake-vendor.ts";

let vendor: FakeVendor;
beforeEach(async () => {
  vendor = await startFakeVendor();
});
afterEach(() => vendor.stop());

const chat = (body: object = {}) => ({ model: "gpt-fake", messages: [{ role: "user", content: "Hi" }], ...body });
const post = (
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> =>
  fetch(vendor.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
const ask = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<any> =>
  (await post(path, body, headers)).json();
const events = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<any[]> =>
  (await (await post(path, body, headers)).text())
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)));

describe("dialects", () => {
  it("answers a chat whole, on any prefix, with usage that adds up", async () => {
    const answer = await ask("/groq/openai/v1/chat/completions", chat());
    expect(answer.choices[0].message.content).toBe("The gate is open and the house is");
    expect(answer.usage.total_tokens).toBe(answer.usage.prompt_tokens + 8);
    expect(answer.model).toBe("gpt-fake");
  });
  it("gives the same answer on the quick way and on the careful one", async () => {
    const [quick, careful] = [
      await ask("/v1/chat/completions", chat()),
      await ask("/v1/chat/completions", chat(), { "x-fake": "" }),
    ];
    expect({ ...quick, id: "", usage: quick.usage }).toEqual({ ...careful, id: "" });
  });
  it("streams a chat, and tells usage only when asked", async () => {
    const silent = await events("/v1/chat/completions", chat({ stream: true }));
    expect(silent.some((one) => "usage" in one)).toBe(false);
    const told = await events("/v1/chat/completions", chat({ stream: true, stream_options: { include_usage: true } }));
    expect(told.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 8 } });
    expect(told.map((one) => one.choices[0]?.delta.content ?? "").join("")).toBe("The gate is open and the house is");
  });
  it("calls tools that are required, with arguments after the schema", async () => {
    const tools = [
      {
        type: "function",
        function: {
          name: "f",
          parameters: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] },
        },
      },
    ];
    const answer = await ask(
      "/v1/chat/completions",
      chat({ tools, tool_choice: "required", model: "gpt-fake+tools=2" }),
    );
    expect(answer.choices[0].finish_reason).toBe("tool_calls");
    expect(answer.choices[0].message.tool_calls.map((call: any) => call.function)).toEqual([
      { name: "f", arguments: '{"n":0}' },
      { name: "f", arguments: '{"n":1}' },
    ]);
    const streamed = await events("/v1/chat/completions", chat({ tools, tool_choice: "required", stream: true }));
    expect(
      streamed
        .flatMap((one) => one.choices[0].delta.tool_calls ?? [])
        .map((call: any) => call.function.arguments)
        .join(""),
    ).toBe('{"n":0}');
  });
  it("stops at the limit of the request", async () => {
    const answer = await ask("/v1/chat/completions", chat({ max_tokens: 3 }));
    expect(answer).toMatchObject({ usage: { completion_tokens: 3 }, choices: [{ finish_reason: "length" }] });
  });
  it("answers completions, embeddings and models", async () => {
    expect((await ask("/v1/completions", { model: "m", prompt: ["a", "b"] })).choices).toHaveLength(2);
    const floats = await ask("/v1/embeddings", { model: "m", input: ["a", "b"] });
    const packed = await ask("/v1/embeddings", { model: "m", input: ["a", "b"], encoding_format: "base64" });
    const bytes = Buffer.from(packed.data[1].embedding, "base64");
    expect([...new Float32Array(bytes.buffer, bytes.byteOffset, 8)]).toEqual(floats.data[1].embedding);
    expect(await (await fetch(`${vendor.url}/v1/models`)).json()).toMatchObject({ data: [{ id: "gpt-fake" }, {}] });
  });
  it("streams messages with ping, thinking, signature and tools", async () => {
    const body = {
      model: "claude-fake",
      max_tokens: 100,
      thinking: { type: "enabled", budget_tokens: 1024 },
      messages: [],
      stream: true,
    };
    const types = (await events("/v1/messages", body)).map((one) => one.delta?.type ?? one.type);
    expect(types).toEqual(
      expect.arrayContaining([
        "message_start",
        "ping",
        "thinking_delta",
        "signature_delta",
        "text_delta",
        "message_stop",
      ]),
    );
    const whole = await ask("/anthropic/v1/messages", {
      ...body,
      stream: false,
      tools: [{ name: "f", input_schema: {} }],
      tool_choice: { type: "any" },
    });
    expect(whole).toMatchObject({
      stop_reason: "tool_use",
      content: [{ type: "thinking" }, { type: "tool_use", name: "f", input: {} }],
    });
    const counted = { model: "claude-fake", messages: [] };
    expect(await ask("/v1/messages/count_tokens", counted)).toEqual({
      input_tokens: JSON.stringify(counted).length >> 2,
    });
  });
  it("streams responses with every event numbered, and the whole answer at the end", async () => {
    const body = { model: "gpt-fake", input: "Hi", reasoning: { summary: "auto" } };
    const whole = await ask("/v1/responses", body);
    const streamed = await events("/v1/responses", { ...body, stream: true });
    expect(streamed.map((one) => one.sequence_number)).toEqual(streamed.map((_, i) => i));
    const last = streamed.at(-1);
    expect(last.type).toBe("response.completed");
    expect(last.response.output.map((item: any) => item.type)).toEqual(whole.output.map((item: any) => item.type));
    expect(
      streamed
        .filter(({ type }) => type === "response.output_text.delta")
        .map(({ delta }) => delta)
        .join(""),
    ).toBe(whole.output[1].content[0].text);
  });
});

describe("steering", () => {
  it("is read from the header and from the model's name", async () => {
    const limited = await post("/v1/chat/completions", chat(), { "x-fake": "status=429;retry-after=1" });
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await limited.json()).toMatchObject({ error: { code: "rate_limit_exceeded" } });
    const long = await ask("/v1/chat/completions", chat({ model: "gpt-fake+tokens=64,prompt=1000,cached=10" }));
    expect(long).toMatchObject({
      model: "gpt-fake",
      usage: { prompt_tokens: 1000, completion_tokens: 64, prompt_tokens_details: { cached_tokens: 10 } },
    });
    expect(await (await post("/v1/messages", {}, { "x-fake": "status=529" })).json()).toMatchObject({
      type: "error",
      error: { type: "overloaded_error" },
    });
  });
  it("delays and paces", async () => {
    const start = performance.now();
    const streamed = await events("/v1/chat/completions", chat({ stream: true }), {
      "x-fake": "delay=50;pace=10;tokens=4",
    });
    expect(streamed).toHaveLength(6);
    expect(performance.now() - start).toBeGreaterThan(50 + 6 * 10 - 5);
  });
  it("cuts a stream, drops a connection, tells a wrong length, answers garbage and HTML", async () => {
    const cut = await post("/v1/chat/completions", chat({ stream: true }), { "x-fake": "cut=3" });
    await expect(cut.text()).rejects.toThrow();
    await expect(post("/v1/chat/completions", chat(), { "x-fake": "drop" })).rejects.toThrow();
    const wrong = await post("/v1/chat/completions", chat(), { "x-fake": "length=99999" });
    await expect(wrong.text()).rejects.toThrow();
    await expect(ask("/v1/chat/completions", chat(), { "x-fake": "garbage" })).rejects.toThrow();
    const html = await post("/v1/chat/completions", chat(), { "x-fake": "html" });
    expect([html.status, html.headers.get("content-type")]).toEqual([502, "text/html"]);
    expect(vendor.aborted).toBe(0);
  });
  it("serves a fixture, whole or streamed", async () => {
    expect((await ask("/v1/chat/completions", chat(), { "x-fake": "fixture=groq-text" })).x_groq).toBeDefined();
    const streamed = await (
      await post("/v1/chat/completions", chat({ stream: true }), { "x-fake": "fixture=openai-chat/openrouter-text" })
    ).text();
    expect(streamed).toContain(": OPENROUTER PROCESSING");
    expect(
      (await post("/v1/chat/completions", chat(), { "x-fake": "fixture=error-429" })).headers.get("retry-after"),
    ).toBe("2");
    expect((await post("/v1/chat/completions", chat(), { "x-fake": "fixture=../../etc" })).status).toBe(500);
  });
});

describe("scripts", () => {
  it("answer in order, by path where one is given, and are used up", async () => {
    vendor.script([
      { status: 503, headers: { "retry-after": "3" } },
      { path: "/messages", json: { mine: true } },
      { text: "plain" },
    ]);
    const first = await post("/v1/chat/completions", chat());
    expect([first.status, first.headers.get("retry-after")]).toEqual([503, "3"]);
    expect(await (await post("/v1/chat/completions", chat())).text()).toBe("plain");
    expect(await ask("/v1/messages", {})).toEqual({ mine: true });
    expect(vendor.unused).toBe(0);
    expect((await post("/v1/chat/completions", chat())).status).toBe(200);
  });
  it("write frames in the path's dialect", async () => {
    vendor.script([{ sse: [{ type: "ping" }, ": note\n\n"] }, { sse: [{ type: "ping" }] }, { raw: "HTTP? no" }]);
    expect(await (await post("/v1/messages", {})).text()).toBe('event: ping\ndata: {"type":"ping"}\n\n: note\n\n');
    expect(await (await post("/v1/chat/completions", {})).text()).toBe('data: {"type":"ping"}\n\n');
    expect(await (await post("/v1/chat/completions", {})).text()).toBe("HTTP? no");
  });
  it("can send an endless line, a huge error, and nothing after the head", async () => {
    vendor.script([{ endlessLine: true }, { hugeError: 1 << 20 }, { hang: "after-headers" }]);
    const endless = await post("/v1/chat/completions", chat());
    const reader = endless.body?.getReader();
    let size = 0;
    while (size < 1 << 20) size += (await reader?.read())?.value?.length ?? 1 << 30;
    await reader?.cancel();
    await vendor.whenAborted(1);
    const huge = await post("/v1/chat/completions", chat());
    expect(huge.status).toBe(500);
    expect((await huge.text()).length).toBeGreaterThan(1 << 20);
    const leave = new AbortController();
    const hung = await post("/v1/chat/completions", chat(), {}, leave.signal);
    expect(hung.status).toBe(200);
    leave.abort();
    await vendor.whenAborted(2);
  });
});

describe("what it saw", () => {
  it("remembers requests within bounds, with headers and body", async () => {
    await ask("/v1/chat/completions?api-version=1", chat(), { authorization: "Bearer k" });
    expect(vendor.requests).toHaveLength(1);
    expect(vendor.requests[0]).toMatchObject({
      method: "POST",
      path: "/v1/chat/completions?api-version=1",
      headers: { authorization: "Bearer k" },
      json: chat(),
    });
    const small = await startFakeVendor({ keep: 2 });
    for (let i = 0; i < 5; i++) await (await fetch(`${small.url}/v1/models`)).text();
    expect([small.requests.length, small.received]).toEqual([2, 5]);
    await small.stop();
  });
  it("counts a client that leaves before the answer, and one that leaves in mid stream", async () => {
    for (const wish of ["hang", "pace=20;tokens=500"]) {
      const before = vendor.aborted;
      const leave = new AbortController();
      const pending = post("/v1/chat/completions", chat({ stream: true }), { "x-fake": wish }, leave.signal).then(
        (answer) => answer.text(),
      );
      await vendor.whenReceived(before + 1);
      setTimeout(() => leave.abort(), 30);
      await expect(pending).rejects.toThrow();
      await vendor.whenAborted(before + 1);
    }
    expect(vendor.open).toBe(0);
  });
});
