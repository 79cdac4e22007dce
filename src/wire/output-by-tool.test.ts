/** Schemas for models that take none: asked for by a tool, heard as text. */
import { describe, expect, it } from "vitest";
import type { ChatResponse } from "../canonical/chat.ts";
import { collect, replay } from "../canonical/collect.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { outputByTool } from "./output-by-tool.ts";
import { run } from "./transducer.ts";

const format = outputByTool(openaiChat);
const occasion = { now: 1_750_000_000, id: "0123456789abcdef" };
const schema = { type: "object", properties: { colour: { type: "string" } } };
const asked = {
  model: "m",
  messages: [{ role: "user", content: "A colour?" }],
  response_format: { type: "json_schema", json_schema: { name: "colour", schema } },
};
const encoded = (words: object) => format.request.encode(openaiChat.request.decode(words));
const tool = { type: "function", function: { name: "json_tool_call", parameters: schema } };
const weather = { type: "function", function: { name: "weather", parameters: { type: "object" } } };

const answer = (...names: readonly string[]): ChatResponse => ({
  id: "chatcmpl-1",
  model: "m",
  created: 1,
  choices: [
    {
      parts: names.map((name, index) => ({ type: "tool-call", id: `c${index}`, name, input: '{"colour":"blue"}' })),
      finish: "tool-calls",
    },
  ],
});
/** As the vendor would say it: whole, and in pieces. */
const heard = (value: ChatResponse): readonly ChatResponse[] => {
  const encoder = openaiChat.events?.encoder(occasion);
  const decoder = format.events?.decoder();
  if (!encoder || !decoder) throw new Error("the language streams");
  const streamed = collect(run(decoder, run(encoder, replay(value))));
  return [format.response.decode(openaiChat.response.encode(value, occasion)), streamed];
};

describe("an answer that must fit a schema", () => {
  it("is asked for as the input of a tool that the model must use", () => {
    const body = encoded(asked);
    expect(body).toMatchObject({
      tools: [tool],
      tool_choice: { type: "function", function: { name: "json_tool_call" } },
    });
    expect(body).not.toHaveProperty("response_format");
  });

  it("leaves the model its choice where there are other tools", () => {
    const body = encoded({ ...asked, tools: [weather], tool_choice: "auto" });
    expect(body).toMatchObject({ tools: [weather, tool], tool_choice: "auto" });
  });

  it("comes back as text, and as an end, not as a call", () => {
    for (const { choices } of heard(answer("json_tool_call")))
      expect(choices).toMatchObject([{ parts: [{ type: "text", text: '{"colour":"blue"}' }], finish: "stop" }]);
  });
});

describe("anything else", () => {
  it("is asked and heard as ever", () => {
    const { response_format: _, ...plain } = asked;
    const object = { ...plain, response_format: { type: "json_object" } };
    for (const words of [plain, object])
      expect(encoded(words)).toEqual(openaiChat.request.encode(openaiChat.request.decode(words)));
    for (const { choices } of heard(answer("weather"))) expect(choices).toMatchObject(answer("weather").choices);
  });

  it("keeps the client's own calls beside the answer", () => {
    for (const { choices } of heard(answer("weather", "json_tool_call")))
      expect(choices).toMatchObject([
        { parts: [{ type: "tool-call", name: "weather" }, { type: "text" }], finish: "tool-calls" },
      ]);
  });
});
