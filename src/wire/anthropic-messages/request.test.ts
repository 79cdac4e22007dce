/** What is asked of Anthropic, and what its clients ask. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChatRequest, Message } from "../../canonical/chat.ts";
import { GatewayError } from "../../canonical/error.ts";
import type { Part } from "../../canonical/part.ts";
import { anthropicMessages } from "./index.ts";

const { decode, encode } = anthropicMessages.request;

const text = (words: string): Part => ({ type: "text", text: words });
const user = (...parts: Part[]): Message => ({ role: "user", parts });
const assistant = (...parts: Part[]): Message => ({ role: "assistant", parts });
const system = (words: string): Message => ({ role: "system", parts: [text(words)] });
const call = (id: string, input = "{}"): Part => ({ type: "tool-call", id, name: "look", input });
const result = (id: string, words: string): Part => ({ type: "tool-result", id, parts: [text(words)] });

const asking = (request: Partial<ChatRequest>): ChatRequest => ({
  model: "claude",
  maxTokens: 100,
  stream: false,
  messages: [user(text("Hi"))],
  ...request,
});
const sent = (request: Partial<ChatRequest>): any => encode(asking(request));
const body = (fields: object): any => ({
  model: "m",
  max_tokens: 9,
  messages: [{ role: "user", content: "Hi" }],
  ...fields,
});

describe("what Anthropic is sent", () => {
  it("unknown fields of another language's client replace nothing, and are no system prompt", () => {
    const extra = { system: "Obey.", messages: [], model: "other", max_tokens: 1e6, stream: true, frobnicate: 1 };
    const plain = sent({});
    expect(sent({ extra })).toEqual({ ...plain, stream: true, frobnicate: 1 });
    expect(sent({ extra, messages: [system("Be brief."), user(text("Hi"))] }).system).toEqual([
      expect.objectContaining({ text: "Be brief." }),
    ]);
  });

  it("system messages at the head become the system prompt, later ones a plain piece of the user's turn", () => {
    const { system: head, messages } = sent({
      messages: [
        system("Be brief."),
        { role: "developer", parts: [text("Be kind.")] },
        user(text("Hi")),
        assistant(text("Hello!")),
        system("Speak French."),
        user(text("Why?")),
      ],
    });
    expect(head).toEqual([
      { type: "text", text: "Be brief." },
      { type: "text", text: "Be kind." },
    ]);
    expect(messages).toEqual([
      { role: "user", content: [{ type: "text", text: "Hi" }] },
      { role: "assistant", content: [{ type: "text", text: "Hello!" }] },
      {
        role: "user",
        content: [
          { type: "text", text: "Speak French." },
          { type: "text", text: "Why?" },
        ],
      },
    ]);
  });

  it("turns of one speaker are one turn, and results of tools come first in it", () => {
    const { messages } = sent({
      messages: [
        user(text("Weather?")),
        assistant(call("a")),
        assistant(call("b")),
        user(text("Wait."), result("a", "sun")),
        user(result("b", "rain"), text("And?")),
      ],
    });
    expect(
      messages.map(({ role, content }: any) => [role, content.map((block: any) => block.tool_use_id ?? block.type)]),
    ).toEqual([
      ["user", ["text"]],
      ["assistant", ["tool_use", "tool_use"]],
      ["user", ["a", "b", "text", "text"]],
    ]);
  });

  it("texts without anything in them are left out, and turns that held nothing else", () => {
    const { messages } = sent({ messages: [user(text("Hi")), assistant(text(" \n")), user(text(""), text("There?"))] });
    expect(messages).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Hi" },
          { type: "text", text: "There?" },
        ],
      },
    ]);
  });

  it("the beginning of an answer does not end in white space", () => {
    const { messages } = sent({ messages: [user(text("A colour?")), assistant(text("The colour is \n"))] });
    expect(messages[1].content).toEqual([{ type: "text", text: "The colour is" }]);
  });

  it("ids of calls keep to the letters that Anthropic takes, on both sides alike", () => {
    const { messages } = sent({
      messages: [user(text("?")), assistant(call("call:1/x")), user(result("call:1/x", "y"))],
    });
    expect(messages[1].content[0].id).toBe("call_1_x");
    expect(messages[2].content[0].tool_use_id).toBe("call_1_x");
  });

  it.each([
    ['{"a":1}', { a: 1 }],
    ["", {}],
    ["null", {}],
    ["[1]", { input: [1] }],
    ['{"a":', { input: '{"a":' }],
  ])("the input %s of a call becomes an object", (input, object) => {
    const { messages } = sent({ messages: [user(text("?")), assistant(call("a", input)), user(result("a", "y"))] });
    expect(messages[1].content[0].input).toEqual(object);
  });

  it("thoughts that Anthropic did not sign are left out", () => {
    const thoughts: Part[] = [
      { type: "reasoning", text: "unsigned" },
      { type: "reasoning", text: "sealed by another", signature: "gAAAAAB" },
      { type: "reasoning", text: "signed", signature: "EqQB" },
      { type: "reasoning", text: "", redacted: "Emw" },
    ];
    expect(sent({ messages: [user(text("?")), assistant(...thoughts, text("!"))] }).messages[1].content).toEqual([
      { type: "thinking", thinking: "signed", signature: "EqQB" },
      { type: "redacted_thinking", data: "Emw" },
      { type: "text", text: "!" },
    ]);
  });

  it.each([
    ["minimal", 1024],
    ["low", 1024],
    ["medium", 2048],
    ["high", 4096],
  ])("an effort of %s is a budget of %i, and the answer has its room beside it", (effort, budget) => {
    const thinking = { type: "enabled", budget_tokens: budget };
    const { maxTokens: _, ...open } = asking({ reasoning: { effort } });
    expect(encode(open)).toMatchObject({ thinking, max_tokens: budget + 4096 });
    expect(sent({ reasoning: { effort }, maxTokens: 8000 })).toMatchObject({ thinking, max_tokens: 8000 });
    expect(sent({ reasoning: { effort }, maxTokens: 500 })).toMatchObject({ thinking, max_tokens: budget + 500 });
  });

  it("no effort is no thinking", () => {
    expect(sent({ reasoning: { effort: "none" } })).not.toHaveProperty("thinking");
  });

  it("an effort is given up where the call that is being answered began without a thought", () => {
    const talk = (...before: Part[]) => [user(text("?")), assistant(...before, call("a")), user(result("a", "y"))];
    const reasoning = { effort: "high" };
    expect(sent({ reasoning, messages: talk() })).not.toHaveProperty("thinking");
    expect(sent({ reasoning, messages: talk({ type: "reasoning", text: "", redacted: "E" }) })).toHaveProperty(
      "thinking",
    );
    expect(sent({ reasoning: { mode: "enabled", budget: 1024 }, messages: talk() })).toHaveProperty("thinking");
  });

  it("a schema is asked for in Anthropic's own way, any JSON as the input of a tool", () => {
    const schema = { type: "object" };
    expect(sent({ output: { type: "json-schema", name: "n", schema } }).output_format).toEqual({
      type: "json_schema",
      schema,
    });
    const { tools, tool_choice } = sent({ output: { type: "json" } });
    expect(tools).toHaveLength(1);
    expect(tool_choice).toEqual({ type: "tool", name: tools[0].name });
  });

  it.each([
    [{ toolChoice: { type: "auto" } }, { type: "auto" }],
    [{ toolChoice: { type: "required" } }, { type: "any" }],
    [{ toolChoice: { type: "none" }, parallelTools: false }, { type: "none" }],
    [{ toolChoice: { type: "tool", name: "look" } }, { type: "tool", name: "look" }],
    [{ parallelTools: false }, { type: "auto", disable_parallel_tool_use: true }],
    [{ toolChoice: { type: "allowed", names: ["look"], required: true } }, { type: "any" }],
  ] as const)("the choice %j", (choice, words) => {
    const tools = [{ type: "function", name: "look" }] as const;
    expect(sent({ tools, ...choice }).tool_choice).toEqual(words);
    expect(sent(choice)).not.toHaveProperty("tool_choice");
  });

  it("only the allowed tools are offered", () => {
    const tools = [
      { type: "function", name: "look" },
      { type: "function", name: "jump" },
    ] as const;
    const toolChoice = { type: "allowed", names: ["jump"], required: false } as const;
    expect(sent({ tools, toolChoice }).tools.map(({ name }: any) => name)).toEqual(["jump"]);
  });

  it("tools of other languages' clients find Anthropic's words, where it has them", () => {
    const hosted = (words: any) => ({ type: "hosted", format: "another", name: "x", words }) as const;
    const { tools, mcp_servers } = sent({
      tools: [
        hosted({ type: "web_search_20250305", name: "web_search", max_uses: 2 }),
        hosted({ type: "computer_20250124", function: { name: "computer", parameters: { display_width_px: 8 } } }),
        hosted({ type: "web_search_preview" }),
        hosted({ type: "code_interpreter" }),
        hosted({
          type: "mcp",
          server_url: "https://e.example",
          server_label: "e",
          headers: { Authorization: "Bearer t" },
        }),
      ],
    });
    expect(tools).toEqual([
      { type: "web_search_20250305", name: "web_search", max_uses: 2 },
      { type: "computer_20250124", name: "computer", display_width_px: 8 },
      { type: "web_search_20250305", name: "web_search" },
    ]);
    expect(mcp_servers).toEqual([{ type: "url", url: "https://e.example", name: "e", authorization_token: "t" }]);
  });

  it("a search that is asked for by setting is a tool, once", () => {
    const webSearch = { contextSize: "low", location: { type: "approximate", approximate: { city: "Oslo" } } } as const;
    const tool = {
      type: "web_search_20250305",
      name: "web_search",
      max_uses: 1,
      user_location: { type: "approximate", city: "Oslo" },
    };
    expect(sent({ webSearch }).tools).toEqual([tool]);
    const words = { type: "web_search", external_web_access: true };
    const tools = [{ type: "hosted", format: "another", name: "web_search", words }] as const;
    expect(sent({ tools, webSearch }).tools.map(({ name }: any) => name)).toEqual(["web_search"]);
  });

  it("a history of calls without tools is given one that cannot be meant", () => {
    const messages = [user(text("?")), assistant(call("a")), user(result("a", "y"))];
    expect(sent({ messages }).tools).toEqual([expect.objectContaining({ name: "dummy_tool" })]);
    expect(sent({})).not.toHaveProperty("tools");
  });

  it("people's addresses and numbers are not told", () => {
    expect(sent({ user: "u-17" }).metadata).toEqual({ user_id: "u-17" });
    expect(sent({ user: "ann@example.com" })).not.toHaveProperty("metadata");
    expect(sent({ user: "+47 555 12 345" })).not.toHaveProperty("metadata");
  });

  it("pictures, papers and plain text each find their block", () => {
    const data = (mediaType: string, words: string) => ({ kind: "data", mediaType, data: words }) as const;
    const parts: Part[] = [
      { type: "image", source: data("image/png", "AA==") },
      { type: "image", source: { kind: "url", url: "https://e.example/a.png" }, cache: { ttl: "1h" } },
      { type: "image", source: data("application/pdf", "JVBE") },
      { type: "document", source: data("text/plain", "R3LDvMOfZQ=="), name: "note" },
      { type: "document", source: { kind: "file", id: "file_1" } },
      { type: "audio", source: data("audio/wav", "AA==") },
      { type: "opaque", format: "another", words: { type: "thing" } },
    ];
    expect(sent({ messages: [user(...parts)] }).messages[0].content).toEqual([
      { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } },
      {
        type: "image",
        source: { type: "url", url: "https://e.example/a.png" },
        cache_control: { type: "ephemeral", ttl: "1h" },
      },
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBE" } },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "Grüße" }, title: "note" },
      { type: "document", source: { type: "file", file_id: "file_1" } },
    ]);
  });
});

describe("what clients send", () => {
  it("what only Anthropic knows goes to nobody else, what nobody knows may", () => {
    const request = decode(body({ context_management: { edits: [] }, speed: "fast", frobnicate: 1 }));
    expect(request.native).toEqual({
      format: "anthropic-messages",
      fields: { context_management: { edits: [] }, speed: "fast" },
    });
    expect(request.extra).toEqual({ frobnicate: 1 });
    expect(encode(request)).toMatchObject({ context_management: { edits: [] }, speed: "fast", frobnicate: 1 });
  });

  it.each([
    {
      thinking: { type: "adaptive", display: "omitted" },
      output_config: { effort: "low", format: { type: "json_schema", schema: {} } },
    },
    { thinking: { type: "enabled", budget_tokens: 5 }, output_config: { effort: "max", task_budget: 3 } },
    { thinking: { type: "between_tools" } },
    { output_config: { effort: "high" } },
    { thinking: { type: "disabled" }, mcp_servers: [{ type: "url", url: "https://e.example", name: "e" }] },
  ])("%j keeps its meaning", (fields) => {
    const again: any = encode(decode(body(fields)));
    expect(decode(again)).toEqual(decode(body(fields)));
    if ("thinking" in fields) expect(again.thinking).toEqual(fields.thinking);
    else expect(again).not.toHaveProperty("thinking");
    if (fields.output_config && "effort" in fields.output_config)
      expect(again.output_config.effort).toBe(fields.output_config.effort);
  });

  it.each([
    ["max_tokens", { max_tokens: undefined }],
    ["max_tokens", { max_tokens: Number.NaN }],
    ["max_tokens", { max_tokens: -1 }],
    ["model", { model: 7 }],
    ["messages", { messages: [] }],
    ["messages", { messages: {} }],
    ["messages.0.role", { messages: [{ role: "tool", content: "x" }] }],
    ["messages.0.content", { messages: [{ role: "user" }] }],
    ["messages.0.content.0.text", { messages: [{ role: "user", content: [{ type: "text", text: 1 }] }] }],
    ["messages.0.content.0.type", { messages: [{ role: "user", content: [{}] }] }],
    ["messages.0.content.0.source", { messages: [{ role: "user", content: [{ type: "image" }] }] }],
    [
      "messages.0.content.0.source.data",
      {
        messages: [{ role: "user", content: [{ type: "image", source: { type: "base64", media_type: "image/png" } }] }],
      },
    ],
    [
      "messages.0.content.0.input",
      { messages: [{ role: "assistant", content: [{ type: "tool_use", id: "a", name: "b", input: "{}" }] }] },
    ],
    [
      "messages.0.content.0.content.0.text",
      {
        messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: [{ type: "text" }] }] }],
      },
    ],
    [
      "messages.0.content.0.cache_control",
      { messages: [{ role: "user", content: [{ type: "text", text: "x", cache_control: 1 }] }] },
    ],
    ["system", { system: 1 }],
    ["tools.0.input_schema", { tools: [{ name: "a" }] }],
    ["tools.0.name", { tools: [{ input_schema: {} }] }],
    ["tool_choice.type", { tool_choice: { type: "some" } }],
    ["temperature", { temperature: "hot" }],
    ["top_k", { top_k: 1.5 }],
    ["stop_sequences.1", { stop_sequences: ["a", 2] }],
    ["thinking.budget_tokens", { thinking: { type: "enabled" } }],
    ["metadata.user_id", { metadata: { user_id: 4 } }],
    ["stream", { stream: "yes" }],
    ["output_format.type", { output_format: { type: "xml" } }],
  ])("a wrong %s is refused by name", (param, fields) => {
    const read = () => decode(body(fields));
    expect(read).toThrow(expect.objectContaining({ kind: "invalid-request", source: "client", details: { param } }));
  });

  it("null is as good as absent", () => {
    const nulls = {
      system: null,
      temperature: null,
      stop_sequences: null,
      tools: null,
      thinking: null,
      metadata: null,
    };
    expect(decode(body(nulls))).toEqual(decode(body({})));
  });

  it("no JSON makes it throw anything but a refusal", () => {
    const words = fc.constantFrom("text", "image", "document", "tool_use", "tool_result", "thinking", "x", "", "user");
    const keys = fc.constantFrom(
      "type",
      "role",
      "content",
      "source",
      "text",
      "input",
      "cache_control",
      "citations",
      "name",
      "id",
      "__proto__",
    );
    const tree: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        words,
        fc.double(),
        fc.constant(null),
        fc.boolean(),
        fc.array(tie("node"), { maxLength: 3 }),
        fc.dictionary(keys, tie("node"), { maxKeys: 5 }),
      ),
    })).node;
    const field = fc.constantFrom(
      "messages",
      "system",
      "tools",
      "tool_choice",
      "thinking",
      "output_config",
      "metadata",
      "mcp_servers",
    );
    fc.assert(
      fc.property(field, tree, (name, value) => {
        try {
          encode(decode(body({ [name]: name === "messages" ? [{ role: "user", content: value }] : value })));
        } catch (failure) {
          expect(failure).toBeInstanceOf(GatewayError);
        }
      }),
      { numRuns: 2000 },
    );
    expect(({} as any).type).toBeUndefined();
  });
});

it("a tool is strict where that was asked for, and no word is lost on it where it was not", () => {
  const tool = (strict: boolean) => ({ type: "function", name: "look", strict }) as const;
  expect(sent({ tools: [tool(true)] }).tools[0]).toMatchObject({ name: "look", strict: true });
  expect(sent({ tools: [tool(false)] }).tools[0]).not.toHaveProperty("strict");
});
