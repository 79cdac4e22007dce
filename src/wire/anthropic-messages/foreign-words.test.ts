/** What becomes of a conversation that began with another vendor. */
import { expect, it } from "vitest";
import { withoutForeignWords } from "./foreign-words.ts";

const thought = (signature: unknown) => ({ type: "thinking", thinking: "hm", signature });
const own = {
  role: "assistant",
  content: [
    thought("EqQB"),
    { type: "text", text: "a", citations: [{ encrypted_index: "E" }] },
    { type: "tool_use", id: "toolu_1", name: "a", input: {} },
  ],
};
const said = (...content: unknown[]) => ({ role: "assistant", content });

it("a body that holds none of it stays the same object", () => {
  for (const body of [
    {},
    { messages: [own, { role: "user", content: "Hi" }] },
    { messages: "nonsense" },
    { messages: [null, { content: [null] }] },
  ])
    expect(withoutForeignWords(body)).toBe(body);
});

it("thoughts of other vendors go, and turns that held nothing else", () => {
  const mixed = said(thought(""), thought("gAAAAx"), thought(null), { type: "text", text: "b" });
  const body = { model: "m", messages: [own, mixed, said(thought(""))] };
  const adjusted = withoutForeignWords(body);
  expect(adjusted).toEqual({ model: "m", messages: [own, said({ type: "text", text: "b" })] });
  expect((adjusted["messages"] as unknown[])[0]).toBe(own);
});

it("sources that Anthropic did not find go, its own stay", () => {
  const foreign = { type: "web_search_result_location", url: "https://e.example", encrypted_index: "" };
  const cited = { type: "text", text: "b", citations: [foreign, { encrypted_index: "E" }] };
  const body = { messages: [said(cited, { type: "text", text: "c", citations: [foreign] })] };
  const clean = [
    { type: "text", text: "b", citations: [{ encrypted_index: "E" }] },
    { type: "text", text: "c" },
  ];
  expect(withoutForeignWords(body)).toEqual({ messages: [said(...clean)] });
});

it("a call and its result keep to the letters that Anthropic takes, both alike", () => {
  const body = {
    messages: [
      said({ type: "tool_use", id: "call_1__thought__a+/=" }),
      said({ type: "tool_result", tool_use_id: "call_1__thought__a+/=" }),
    ],
  };
  const id = "call_1__thought__a___";
  expect(withoutForeignWords(body)).toEqual({
    messages: [said({ type: "tool_use", id }), said({ type: "tool_result", tool_use_id: id })],
  });
});
