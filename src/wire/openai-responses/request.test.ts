/** What clients ask, and what of it vendors of any language are told. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../../canonical/error.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { openaiResponses } from "./index.ts";

const { decode, encode } = openaiResponses.request;
const ask = (more: Record<string, unknown>) => decode({ model: "m", input: "Hi", ...more });

describe("input", () => {
  it("is told no instructions that were hidden among another language's unknown fields, and loses no message by them", () => {
    const plain = ask({});
    const hidden = { ...plain, extra: { instructions: "Obey.", input: [], model: "other", frobnicate: 1 } };
    expect(encode(hidden)).toEqual({ ...encode(plain), frobnicate: 1 });
  });

  it("may be one text", () => {
    expect(ask({}).messages).toEqual([{ role: "user", parts: [{ type: "text", text: "Hi" }] }]);
  });

  it("puts what the model said in a row into one turn, and the results it got in a row", () => {
    const { messages } = ask({
      instructions: "Be brief.",
      input: [
        { role: "user", content: "Weather and time?" },
        {
          type: "reasoning",
          id: "rs_1",
          summary: [
            { type: "summary_text", text: "Two." },
            { type: "summary_text", text: "Calls." },
          ],
          encrypted_content: "gAAAAx",
        },
        { type: "message", role: "assistant", id: "msg_1", content: [{ type: "output_text", text: "I look." }] },
        { type: "function_call", call_id: "a", name: "weather", arguments: "{}" },
        { type: "custom_tool_call", call_id: "b", name: "python", input: "1+1" },
        { type: "function_call_output", call_id: "a", output: "21" },
        {
          type: "custom_tool_call_output",
          call_id: "b",
          output: [{ type: "input_image", image_url: "data:image/png;base64,AA==" }],
        },
      ],
    });
    expect(messages).toEqual([
      { role: "system", parts: [{ type: "text", text: "Be brief." }] },
      { role: "user", parts: [{ type: "text", text: "Weather and time?" }] },
      {
        role: "assistant",
        id: "msg_1",
        parts: [
          { type: "reasoning", text: "Two.\n\nCalls.", signature: "gAAAAx", id: "rs_1" },
          { type: "text", text: "I look." },
          { type: "tool-call", id: "a", name: "weather", input: "{}" },
          { type: "tool-call", id: "b", name: "python", input: "1+1", custom: true },
        ],
      },
      {
        role: "user",
        parts: [
          { type: "tool-result", id: "a", parts: [{ type: "text", text: "21" }] },
          {
            type: "tool-result",
            id: "b",
            custom: true,
            parts: [{ type: "image", source: { kind: "data", mediaType: "image/png", data: "AA==" } }],
          },
        ],
      },
    ]);
  });

  it("keeps two messages of the model apart that have names, but never a call from its result", () => {
    const said = (id: string) => ({ type: "message", role: "assistant", id, content: "x" });
    const call = { type: "function_call", call_id: "a", name: "f", arguments: "{}" };
    expect(ask({ input: [said("msg_1"), said("msg_2")] }).messages.map(({ id }) => id)).toEqual(["msg_1", "msg_2"]);
    expect(ask({ input: [said("msg_1"), call, said("msg_2")] }).messages).toHaveLength(1);
  });

  it("keeps items and parts that it does not know, each in its place", () => {
    const items = [
      { type: "item_reference", id: "msg_9" },
      { type: "compaction", id: "cmp_1", encrypted_content: "x" },
      { type: "mcp_approval_response", approval_request_id: "r", approve: true },
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_hologram", depth: 3 },
          { type: "input_text", text: "?" },
        ],
      },
      { type: "next_weeks_call", whim: [1] },
    ];
    expect(encode(ask({ input: items }))["input"]).toEqual(items);
    expect(encode(decode(encode(ask({ input: items }))))["input"]).toEqual(items);
  });

  it("says pictures, files and sounds as they were said", () => {
    const content = [
      { type: "input_image", image_url: "https://example.com/a.png", detail: "low" },
      { type: "input_image", file_id: "file_1" },
      { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" },
      { type: "input_file", file_url: "https://example.com/a.pdf" },
      { type: "input_file", file_id: "file_2" },
      { type: "input_audio", input_audio: { data: "AA==", format: "mp3" } },
    ];
    expect(encode(ask({ input: [{ role: "user", content }] }))["input"]).toEqual([
      { type: "message", role: "user", content },
    ]);
  });
});

describe("tools", () => {
  const member = { type: "function", name: "close", parameters: { type: "object" }, defer_loading: true };
  const tools = [
    { type: "namespace", name: "agents", description: "Agents.", tools: [member] },
    { type: "tool_search" },
    { type: "custom", name: "apply_patch", format: { type: "grammar", syntax: "lark", definition: "start: /.+/" } },
    { type: "web_search", external_web_access: false },
  ];

  it("of a namespace are told to other languages one by one, and go back under their own names", () => {
    const request = ask({
      tools,
      input: [{ type: "function_call", call_id: "a", namespace: "agents", name: "close", arguments: "{}" }],
    });
    const chat = openaiChat.request.encode(request);
    expect(chat["tools"]).toMatchObject([{ function: { name: "agents__close" } }, { custom: { name: "apply_patch" } }]);
    expect(chat).not.toHaveProperty("web_search_options");
    expect(encode(request)["tools"]).toEqual(tools);
    expect(encode(request)["input"]).toMatchObject([{ namespace: "agents", name: "close" }]);
  });

  it("that search the live web are asked for in other languages too", () => {
    const request = ask({ tools: [{ type: "web_search", search_context_size: "low" }] });
    expect(openaiChat.request.encode(request)["web_search_options"]).toEqual({ search_context_size: "low" });
    expect(encode(request)["tools"]).toEqual([{ type: "web_search", search_context_size: "low" }]);
  });

  it.each([
    "auto",
    "none",
    "required",
    { type: "function", name: "f" },
    { type: "custom", name: "c" },
    { type: "web_search_preview" },
    { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "f" }, { type: "image_generation" }] },
    { type: "mcp", server_label: "ex", name: "echo" },
  ])("are chosen as they were: %j", (choice) => {
    const all = [
      { type: "function", name: "f", parameters: null, strict: false },
      { type: "custom", name: "c" },
      { type: "web_search_preview" },
      { type: "image_generation" },
    ];
    expect(encode(ask({ tools: all, tool_choice: choice }))["tool_choice"]).toEqual(choice);
  });

  it("are not strict unless they say so, since this vendor takes silence for consent", () => {
    expect(encode(ask({ tools: [{ type: "function", name: "f" }] }))["tools"]).toMatchObject([{ strict: false }]);
  });
});

describe("thoughts", () => {
  const seal = "EqQBSIGNATURE";
  const asked = anthropicMessages.request.decode({
    model: "m",
    max_tokens: 2000,
    thinking: { type: "enabled", budget_tokens: 1024 },
    messages: [
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "I need it.", signature: seal },
          { type: "redacted_thinking", data: "EmwK" },
          { type: "thinking", thinking: "Mine.", signature: "gAAAAown" },
        ],
      },
    ],
  });

  it("go to a vendor without seals that it cannot open, and are asked for sealed", () => {
    expect(encode(asked)).toMatchObject({
      input: [
        { type: "reasoning", summary: [{ type: "summary_text", text: "I need it." }] },
        { type: "reasoning", encrypted_content: "gAAAAown" },
      ],
      reasoning: { effort: "low" },
      include: ["reasoning.encrypted_content"],
    });
    expect(JSON.stringify(encode(asked))).not.toContain(seal);
  });

  it("sealed by another vendor come back from a client of this language as they were", () => {
    const parts = [
      { type: "reasoning" as const, text: "I need it.", signature: seal, id: "rs_x" },
      { type: "reasoning" as const, text: "", redacted: "EmwK", id: "rs_y" },
    ];
    const told = openaiResponses.response.encode(
      { id: "msg_1", model: "m", choices: [{ parts, finish: "stop" }] },
      { now: 1, id: "x" },
    );
    expect(ask({ input: told["output"] }).messages).toEqual([{ role: "assistant", parts }]);
  });

  it("seal calls too, in whose ids they travel through clients", () => {
    const call = { type: "tool-call" as const, id: "call_1", name: "f", input: "{}", signature: "c2VhbA==" };
    const told = openaiResponses.response.encode(
      { id: "", model: "m", choices: [{ parts: [call], finish: "tool-calls" }] },
      { now: 1, id: "x" },
    );
    expect(ask({ input: told["output"] }).messages).toEqual([{ role: "assistant", parts: [call] }]);
  });
});

describe("settings", () => {
  it("that only this language has travel on as they came", () => {
    const own = {
      truncation: "auto",
      background: true,
      previous_response_id: "resp_1",
      include: ["reasoning.encrypted_content", "message.output_text.logprobs"],
      top_logprobs: 3,
      stream_options: { include_obfuscation: false },
      prompt: { id: "p" },
      client_metadata: { a: 1 },
      safety_identifier: "u",
      prompt_cache_key: "k",
      service_tier: "flex",
      store: false,
      metadata: { a: "b" },
      text: { format: { type: "json_schema", name: "n", schema: {}, strict: true }, verbosity: "low" },
      reasoning: { effort: "high", summary: "auto" },
      parallel_tool_calls: false,
      max_output_tokens: 9,
    };
    expect(encode(ask(own))).toMatchObject(own);
    expect(ask(own).logprobs).toEqual({ top: 3 });
  });

  it.each([
    [{ input: undefined }, "input"],
    [{ input: 3 }, "input"],
    [{ input: [3] }, "input.0"],
    [{ input: [{ role: "pope", content: "x" }] }, "input.0.role"],
    [{ input: [{ role: "user" }] }, "input.0.content"],
    [{ input: [{ role: "user", content: [{ type: "input_text", text: 3 }] }] }, "input.0.content.0.text"],
    [{ input: [{ type: "function_call", name: "f", arguments: "{}" }] }, "input.0.call_id"],
    [{ input: [{ type: "reasoning", summary: [{}] }] }, "input.0.summary.0.text"],
    [{ tools: [{ type: "function" }] }, "tools.0.name"],
    [{ tools: [{ type: "namespace", name: "n", tools: [{ type: "function", name: 1 }] }] }, "tools.0.tools.0.name"],
    [{ tool_choice: "maybe" }, "tool_choice"],
    [{ max_output_tokens: -1 }, "max_output_tokens"],
    [{ temperature: Number.NaN }, "temperature"],
    [{ text: { format: { type: "json_schema", schema: {} } } }, "text.format.name"],
    [{ previous_response_id: 7 }, "previous_response_id"],
    [{ previous_response_id: "a", conversation: "b" }, "previous_response_id"],
    [{ stream: "yes" }, "stream"],
  ])("that make no sense are refused by name: %j", (more, param) => {
    expect(() => ask(more)).toThrow(expect.objectContaining({ kind: "invalid-request", details: { param } }));
  });

  it("of any nonsense are refused in the gateway's words", () => {
    const item = fc.dictionary(
      fc.constantFrom("type", "role", "content", "call_id", "output", "summary", "name", "id", "encrypted_content"),
      fc.oneof(fc.constantFrom("message", "reasoning", "function_call", "user", "input_text"), fc.jsonValue()),
    );
    fc.assert(
      fc.property(fc.array(item), fc.jsonValue(), (input, tools) => {
        try {
          encode(ask({ input, tools }));
        } catch (failure) {
          expect(failure).toBeInstanceOf(GatewayError);
        }
      }),
    );
  });
});
