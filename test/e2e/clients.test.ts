/** The vendors' own libraries, unchanged, through the gateway: each at a vendor of its own language and at those of others. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { AzureOpenAI } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../fake/fake-vendor.ts";
import { adminKey, modelsAt, type Running, startGateway } from "./gateway.ts";

let vendor: FakeVendor;
let gateway: Running;
let openai: OpenAI;
let anthropic: Anthropic;
let key: string;

const said = "The gate is open and the house is";
/** A model of each vendor, by the language that it speaks, and what each of its variants is told to do. */
const families = { gpt: "openai/gpt-fake", claude: "anthropic/claude-fake", llama: "hosted_vllm/llama-fake" } as const;
const variants = {
  "": "",
  "-calls": "+tools=2",
  "-thinks": "+reasoning=4",
  "-slow": "+tokens=200,pace=20",
  "-refuses": "+refusal",
};
const everyModel = Object.keys(families) as (keyof typeof families)[];

beforeAll(async () => {
  vendor = await startFakeVendor();
  const models = Object.entries(families).flatMap(([name, model]) =>
    Object.entries(variants).map(([ending, steering]) => [name + ending, model + steering]),
  );
  const failing = [400, 401, 403, 404, 409, 422, 429, 500, 503].map((status) => [
    `fails-${status}`,
    `openai/gpt-fake+status=${status};retry-after=0`,
  ]);
  gateway = await startGateway({
    config: {
      model_list: modelsAt(vendor.url, Object.fromEntries([...models, ...failing])),
      router_settings: { num_retries: 0, disable_cooldowns: true },
      general_settings: { master_key: adminKey },
    },
  });
  key = await gateway.newKey();
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: gateway.url, apiKey: key, maxRetries: 0 });
});
afterAll(async () => {
  await gateway?.stop();
  await vendor?.stop();
});
beforeEach(() => vendor.reset());

const bodies = () => vendor.requests.map(({ json }) => json as Record<string, any>);
const hi = [{ role: "user" as const, content: "hi" }];
const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] } as const;
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

describe.each(everyModel)("openai's chat with %s", (name) => {
  it("a whole answer", async () => {
    const answer = await openai.chat.completions.create({ model: name, messages: hi });
    expect(answer).toMatchObject({
      object: "chat.completion",
      model: name,
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: said } }],
      usage: { completion_tokens: 8 },
    });
  });

  it("a stream, and its helper's whole", async () => {
    const stream = openai.chat.completions.stream({
      model: name,
      messages: hi,
      stream_options: { include_usage: true },
    });
    let text = "";
    stream.on("content", (delta) => (text += delta));
    const whole = await stream.finalChatCompletion();
    expect(text).toBe(said);
    expect(whole.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: said } });
    expect(whole.usage?.completion_tokens).toBe(8);
    expect((await stream.totalUsage()).total_tokens).toBeGreaterThan(8);
  });

  it.each([false, true])("tools, in parallel and back, streamed: %s", async (streamed) => {
    const tools = ["look", "ask"].map((tool) => ({ type: "function" as const, function: { name: tool, parameters } }));
    const model = `${name}-calls`;
    const first = streamed
      ? await openai.chat.completions.stream({ model, messages: hi, tools }).finalChatCompletion()
      : await openai.chat.completions.create({ model, messages: hi, tools });
    const [choice] = first.choices;
    const calls = choice?.message.tool_calls ?? [];
    expect(choice?.finish_reason).toBe("tool_calls");
    expect(calls.map((call) => (call.type === "function" ? call.function.name : ""))).toEqual(["look", "ask"]);
    for (const call of calls)
      expect(JSON.parse(call.type === "function" ? call.function.arguments : "")).toHaveProperty("city");
    const results = calls.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: "sunny" }));
    const messages = [...hi, { role: "assistant" as const, tool_calls: calls }, ...results];
    const second = await openai.chat.completions.create({ model: name, messages, tools });
    expect(second.choices[0]?.message.content).toBe(said);
    const sent = JSON.stringify(bodies().at(-1)?.["messages"]);
    for (const { id } of calls) expect(sent.split(id)).toHaveLength(3);
  });

  it("a JSON schema and a picture reach the vendor", async () => {
    await openai.chat.completions.create({
      model: name,
      response_format: { type: "json_schema", json_schema: { name: "place", schema: parameters } },
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "where?" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${dot}` } },
          ],
        },
      ],
    });
    const sent = JSON.stringify(bodies()[0]);
    expect(sent).toContain(dot);
    expect(sent).toContain('"city"');
  });

  it("thoughts come beside the answer", async () => {
    const { choices } = await openai.chat.completions.create({ model: `${name}-thinks`, messages: hi });
    expect(choices[0]?.message).toMatchObject({ content: said, reasoning_content: "The gate is open" });
    let thoughts = "";
    for await (const { choices } of await openai.chat.completions.create({
      model: `${name}-thinks`,
      messages: hi,
      stream: true,
    }))
      thoughts += (choices[0]?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? "";
    expect(thoughts).toBe("The gate is open");
  });

  it("leaving in mid-stream ends the vendor's call", async () => {
    const aborted = vendor.aborted;
    const stream = await openai.chat.completions.create({ model: `${name}-slow`, messages: hi, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    await vendor.whenAborted(aborted + 1);
  });
});

describe.each(everyModel)("openai's responses with %s", (name) => {
  it("a whole answer, kept, asked for again, built on and deleted", async () => {
    const first = await openai.responses.create({ model: name, input: "remember the lantern" });
    expect(first).toMatchObject({ object: "response", status: "completed", model: name, output_text: said });
    expect(first.usage?.output_tokens).toBe(8);
    expect(await openai.responses.retrieve(first.id)).toMatchObject({ id: first.id, output_text: said });
    const items = await openai.responses.inputItems.list(first.id);
    expect(JSON.stringify(items.data)).toContain("remember the lantern");
    const second = await openai.responses.create({ model: name, input: "what?", previous_response_id: first.id });
    expect(second.output_text).toBe(said);
    const sent = bodies().at(-1);
    // Either the vendor remembers, or it is told again.
    if (sent?.["previous_response_id"] === undefined) {
      expect(JSON.stringify(sent)).toContain("remember the lantern");
      expect(JSON.stringify(sent)).toContain(said);
    }
    await openai.responses.delete(first.id);
    await expect(openai.responses.retrieve(first.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(openai.responses.cancel(second.id)).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  });

  it("another's answer is nobody's to see or to build on", async () => {
    const { id } = await openai.responses.create({ model: name, input: "a secret" });
    const other = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: await gateway.newKey(), maxRetries: 0 });
    await expect(other.responses.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(other.responses.delete(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    expect((await openai.responses.retrieve(id)).id).toBe(id);
  });

  it("a stream, and its helper's whole", async () => {
    const stream = openai.responses.stream({ model: name, input: "hi" });
    let text = "";
    let last = -1;
    for await (const event of stream) {
      expect(event.sequence_number).toBe(last + 1);
      last = event.sequence_number;
      if (event.type === "response.output_text.delta") text += event.delta;
    }
    const whole = await stream.finalResponse();
    expect(text).toBe(said);
    expect(whole).toMatchObject({ status: "completed", model: name, output_text: said });
    expect(await openai.responses.retrieve(whole.id)).toMatchObject({ id: whole.id });
  });

  it.each([false, true])("tools and back, streamed: %s", async (streamed) => {
    const tools = [{ type: "function" as const, name: "look", parameters: { ...parameters }, strict: false }];
    const model = `${name}-calls`;
    const first = streamed
      ? await openai.responses.stream({ model, input: "hi", tools }).finalResponse()
      : await openai.responses.create({ model, input: "hi", tools });
    const calls = first.output.filter((item) => item.type === "function_call");
    expect(calls).toHaveLength(2);
    expect(calls[0]).toMatchObject({ name: "look" });
    const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "hi" }];
    for (const call of calls)
      if (call.type === "function_call")
        input.push(call, { type: "function_call_output", call_id: call.call_id, output: "sunny" });
    const second = await openai.responses.create({ model: name, input, tools });
    expect(second.output_text).toBe(said);
    expect(JSON.stringify(bodies().at(-1))).toContain("sunny");
  });

  it("thoughts are items of their own", async () => {
    const whole = await openai.responses.create({
      model: `${name}-thinks`,
      input: "hi",
      reasoning: { effort: "low", summary: "auto" },
    });
    expect(whole.output.map(({ type }) => type)).toEqual(["reasoning", "message"]);
    expect(JSON.stringify(whole.output[0])).toContain("The gate is open");
  });
});

describe.each(everyModel)("anthropic's messages with %s", (name) => {
  it("a whole answer", async () => {
    const answer = await anthropic.messages.create({ model: name, max_tokens: 100, messages: hi });
    expect(answer).toMatchObject({
      type: "message",
      role: "assistant",
      model: name,
      content: [{ type: "text", text: said }],
      stop_reason: "end_turn",
      usage: { output_tokens: 8 },
    });
  });

  it("a stream, and its helper's whole", async () => {
    const stream = anthropic.messages.stream({ model: name, max_tokens: 100, messages: hi });
    let text = "";
    stream.on("text", (delta) => (text += delta));
    const whole = await stream.finalMessage();
    expect(text).toBe(said);
    expect(whole).toMatchObject({ content: [{ type: "text", text: said }], stop_reason: "end_turn", model: name });
    expect(whole.usage.output_tokens).toBe(8);
  });

  it.each([false, true])("tools, in parallel and back, streamed: %s", async (streamed) => {
    const tools = ["look", "ask"].map((tool) => ({ name: tool, input_schema: { ...parameters, required: ["city"] } }));
    const asked = { model: `${name}-calls`, max_tokens: 100, messages: hi, tools };
    const first = streamed
      ? await anthropic.messages.stream(asked).finalMessage()
      : await anthropic.messages.create(asked);
    expect(first.stop_reason).toBe("tool_use");
    const calls = first.content.filter((block) => block.type === "tool_use");
    expect(calls.map((call) => call.name)).toEqual(["look", "ask"]);
    for (const { input } of calls) expect(input).toHaveProperty("city");
    const results = calls.map(({ id }) => ({ type: "tool_result" as const, tool_use_id: id, content: "sunny" }));
    const messages = [
      ...hi,
      { role: "assistant" as const, content: first.content },
      { role: "user" as const, content: results },
    ];
    const second = await anthropic.messages.create({ model: name, max_tokens: 100, messages, tools });
    expect(second.content).toMatchObject([{ type: "text", text: said }]);
    const sent = JSON.stringify(bodies().at(-1));
    for (const { id } of calls) expect(sent.split(id).length).toBeGreaterThan(2);
  });

  it("thoughts come as blocks, whole and streamed", async () => {
    const asked = {
      model: `${name}-thinks`,
      max_tokens: 2000,
      thinking: { type: "enabled" as const, budget_tokens: 1024 },
      messages: hi,
    };
    for (const answer of [
      await anthropic.messages.create(asked),
      await anthropic.messages.stream(asked).finalMessage(),
    ]) {
      expect(answer.content).toMatchObject([
        { type: "thinking", thinking: "The gate is open" },
        { type: "text", text: said },
      ]);
      // And go back as they came.
      const messages = [...hi, { role: "assistant" as const, content: answer.content }, ...hi];
      await anthropic.messages.create({ ...asked, model: name, messages });
    }
  });

  it("its runner calls tools and goes on, with a thread or without", async () => {
    const cities: string[] = [];
    const runner = anthropic.beta.messages.toolRunner({
      model: `${name}-calls`,
      max_tokens: 100,
      max_iterations: 2,
      messages: hi,
      tools: [
        {
          type: "custom",
          name: "weather",
          input_schema: parameters,
          parse: (input) => input as { city: string },
          run: ({ city }: { city: string }) => {
            cities.push(city);
            return "21";
          },
        },
      ],
    });
    let turns = 0;
    for await (const _ of runner) turns++;
    expect(turns).toBe(2);
    expect(cities.slice(0, 2)).toEqual(["value 0", "value 1"]);
  });

  it("tokens are counted", async () => {
    const { input_tokens: tokens } = await anthropic.messages.countTokens({ model: name, messages: hi });
    expect(tokens).toBeGreaterThan(0);
  });

  it("a picture reaches the vendor", async () => {
    const source = { type: "base64" as const, media_type: "image/png" as const, data: dot };
    const messages = [{ role: "user" as const, content: [{ type: "image" as const, source }] }];
    await anthropic.messages.create({ model: name, max_tokens: 100, messages });
    expect(JSON.stringify(bodies()[0])).toContain(dot);
  });

  it("leaving in mid-stream ends the vendor's call", async () => {
    const aborted = vendor.aborted;
    const stream = anthropic.messages.stream({ model: `${name}-slow`, max_tokens: 500, messages: hi });
    stream.once("text", () => stream.abort());
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
    await vendor.whenAborted(aborted + 1);
  });
});

describe("openai's other doors", () => {
  it("embeddings, asked as base64 and told as numbers", async () => {
    const { data, model } = await openai.embeddings.create({ model: "gpt", input: ["a", "b"] });
    expect(data).toHaveLength(2);
    expect(model).toBe("gpt");
    expect(data[0]?.embedding.every((value) => typeof value === "number" && Number.isFinite(value))).toBe(true);
    const plain = await openai.embeddings.create({ model: "gpt", input: ["a", "b"], encoding_format: "float" });
    for (const [at, value] of (plain.data[0]?.embedding ?? []).entries())
      expect(data[0]?.embedding[at]).toBeCloseTo(value, 5);
  });

  it.each(everyModel)("completions with %s", async (name) => {
    const answer = await openai.completions.create({ model: name, prompt: "once" });
    expect(answer.choices[0]).toMatchObject({ text: said, finish_reason: "stop" });
    let text = "";
    for await (const { choices } of await openai.completions.create({ model: name, prompt: "once", stream: true }))
      text += choices[0]?.text ?? "";
    expect(text).toBe(said);
  });

  it("models, listed and one by one, by both libraries", async () => {
    const names: string[] = [];
    for await (const { id } of openai.models.list()) names.push(id);
    expect(names).toContain("claude");
    expect(await openai.models.retrieve("claude")).toMatchObject({ id: "claude", object: "model" });
    await expect(openai.models.retrieve("nobody")).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    const theirs: string[] = [];
    for await (const { id } of anthropic.models.list()) theirs.push(id);
    expect(theirs).toEqual(names);
  });

  it("Azure's way of asking", async () => {
    const azure = new AzureOpenAI({
      endpoint: gateway.url,
      apiKey: key,
      apiVersion: "2025-04-01-preview",
      maxRetries: 0,
    });
    for (const model of everyModel) {
      const answer = await azure.chat.completions.create({ model, messages: hi });
      expect(answer.choices[0]?.message.content).toBe(said);
    }
    expect((await azure.embeddings.create({ model: "gpt", input: "a" })).data).toHaveLength(1);
    const names: string[] = [];
    for await (const { id } of azure.models.list()) names.push(id);
    expect(names).toContain("claude");
    const first = await azure.responses.create({ model: "claude", input: "hi" });
    expect(first.output_text).toBe(said);
    expect((await azure.responses.retrieve(first.id)).id).toBe(first.id);
  });

  it("without /v1, with a token in place of a key, and with the key in other headers", async () => {
    const bare = new OpenAI({ baseURL: gateway.url, apiKey: key, maxRetries: 0 });
    expect((await bare.chat.completions.create({ model: "gpt", messages: hi })).choices).toHaveLength(1);
    const token = new Anthropic({ baseURL: gateway.url, apiKey: null, authToken: key, maxRetries: 0 });
    expect((await token.messages.create({ model: "claude", max_tokens: 9, messages: hi })).content).toHaveLength(1);
    const own = new OpenAI({ baseURL: gateway.url, apiKey: "unused", defaultHeaders: { "x-litellm-api-key": key } });
    expect((await own.chat.completions.create({ model: "gpt", messages: hi })).choices).toHaveLength(1);
  });
});

describe("errors are of the libraries' own kinds", () => {
  const classes = {
    400: [OpenAI.BadRequestError, Anthropic.BadRequestError],
    401: [OpenAI.AuthenticationError, Anthropic.AuthenticationError],
    403: [OpenAI.PermissionDeniedError, Anthropic.PermissionDeniedError],
    404: [OpenAI.NotFoundError, Anthropic.NotFoundError],
    409: [OpenAI.ConflictError, Anthropic.ConflictError],
    422: [OpenAI.UnprocessableEntityError, Anthropic.UnprocessableEntityError],
    429: [OpenAI.RateLimitError, Anthropic.RateLimitError],
    500: [OpenAI.InternalServerError, Anthropic.InternalServerError],
    503: [OpenAI.InternalServerError, Anthropic.InternalServerError],
  } as const;

  it.each(Object.entries(classes))("%s", async (status, [theirs, others]) => {
    const model = `fails-${status}`;
    for (const stream of [false, true]) {
      const asked = openai.chat.completions.create({ model, messages: hi, stream });
      await expect(asked).rejects.toMatchObject({
        status: Number(status),
        message: expect.stringContaining("told to answer"),
      });
      await expect(asked).rejects.toBeInstanceOf(theirs);
      await expect(openai.responses.create({ model, input: "hi", stream })).rejects.toBeInstanceOf(theirs);
      const other = anthropic.messages.create({ model, max_tokens: 9, messages: hi, stream });
      await expect(other).rejects.toMatchObject({ status: Number(status), error: { type: "error" } });
      await expect(other).rejects.toBeInstanceOf(others);
    }
    await expect(openai.embeddings.create({ model, input: "a" })).rejects.toBeInstanceOf(theirs);
  });

  it("a key that is none", async () => {
    const stranger = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "sk-nobody-000000000000", maxRetries: 0 });
    await expect(stranger.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    const other = new Anthropic({ baseURL: gateway.url, apiKey: "sk-nobody-000000000000", maxRetries: 0 });
    await expect(other.messages.create({ model: "claude", max_tokens: 9, messages: hi })).rejects.toBeInstanceOf(
      Anthropic.AuthenticationError,
    );
  });

  it("a vendor that fails in mid-stream is an error, not an end", async () => {
    const cut = { steer: "tokens=50", cut: 4, paceMs: 5 };
    for (const model of everyModel) {
      vendor.script([cut, cut, cut]);
      const chat = openai.chat.completions.stream({ model, messages: hi });
      await expect(chat.finalChatCompletion()).rejects.toBeInstanceOf(OpenAI.APIError);
      const message = anthropic.messages.stream({ model, max_tokens: 99, messages: hi });
      await expect(message.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIError);
      const kinds: string[] = [];
      for await (const { type } of await openai.responses.create({ model, input: "hi", stream: true }))
        kinds.push(type);
      expect(kinds).not.toContain("response.completed");
      expect(["error", "response.failed"]).toContain(kinds.at(-1));
    }
  });

  it("what is tried again is tried again by the library too, and waits as it is told", async () => {
    const patient = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 2 });
    vendor.script([{ status: 429, headers: { "retry-after": "0" } }, { status: 503 }]);
    const answer = await patient.chat.completions.create({ model: "gpt", messages: hi });
    expect(answer.choices[0]?.message.content).toBe(said);
    expect(vendor.requests).toHaveLength(3);
    const limited = new OpenAI({
      baseURL: `${gateway.url}/v1`,
      apiKey: await gateway.newKey({ rpm_limit: 1 }),
      maxRetries: 0,
    });
    await limited.chat.completions.create({ model: "gpt", messages: hi });
    const refused = await limited.chat.completions
      .create({ model: "gpt", messages: hi })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OpenAI.RateLimitError);
    expect(Number((refused as InstanceType<typeof OpenAI.RateLimitError>).headers?.get("retry-after"))).toBeGreaterThan(
      0,
    );
  });
});
