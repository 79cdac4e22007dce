/** Thoughts under both of their names. */
/** The two names that hosts and clients have for thoughts. */
import { describe, expect, it } from "vitest";
import { openaiChat } from "./index.ts";

const { response, events } = openaiChat;
const frameOf = (delta: object) => ({ data: JSON.stringify({ model: "m", choices: [{ index: 0, delta }] }) });
const passed = (delta: object): unknown => {
  const skimmer = events?.skim?.({ model: "m", usage: true });
  const { data } = skimmer?.push(frameOf(delta)) ?? { data: "{}" };
  return JSON.parse(data).choices[0].delta;
};

describe("an answer whose thoughts stand under the less usual name", () => {
  it("is told with both names", () => {
    const choices = [{ index: 0, message: { role: "assistant", content: "Blue.", reasoning: "Light scatters." } }];
    expect(response.amended?.({ choices })).toEqual({
      choices: [{ index: 0, message: { ...choices[0]?.message, reasoning_content: "Light scatters." } }],
    });
  });

  it("is told as one text where it comes as a list of thoughts and texts", () => {
    const content = [
      {
        type: "thinking",
        thinking: [
          { type: "text", text: "Light " },
          { type: "text", text: "scatters." },
        ],
      },
      { type: "text", text: "Blue." },
    ];
    expect(response.amended?.({ choices: [{ index: 0, message: { role: "assistant", content } }] })).toEqual({
      choices: [{ index: 0, message: { role: "assistant", content: "Blue.", reasoning_content: "Light scatters." } }],
    });
    const image = [...content, { type: "image_url", image_url: "https://example.com/a.png" }];
    expect(response.amended?.({ choices: [{ message: { content: image } }] })).toBeUndefined();
  });

  it("stays as it is where the usual name is there, or nothing was thought", () => {
    for (const message of [{ reasoning: "a", reasoning_content: "b" }, { reasoning: "" }, { reasoning: null }, {}])
      expect(response.amended?.({ choices: [{ message }] })).toBeUndefined();
    for (const garbage of [undefined, null, 1, [], { choices: 1 }, { choices: [null] }, { choices: [{ message: 1 }] }])
      expect(response.amended?.(garbage)).toBeUndefined();
  });
});

describe("a streamed thought", () => {
  it("is told with both names, whatever it says", () => {
    const said = 'so "reasoning": \\ \n\u{1f31e}';
    expect(passed({ role: "assistant", content: "", reasoning: said, reasoning_details: [{ text: said }] })).toEqual({
      role: "assistant",
      content: "",
      reasoning: said,
      reasoning_content: said,
      reasoning_details: [{ text: said }],
    });
  });

  it("is told as one text where it comes in a list", () => {
    const thinking = [{ type: "text", text: "Light" }];
    expect(passed({ content: [{ type: "thinking", thinking }] })).toEqual({ content: "", reasoning_content: "Light" });
    expect(passed({ content: [{ type: "text", text: "Blue" }] })).toEqual({ content: "Blue" });
    expect(passed({ content: '"content":[' })).toEqual({ content: '"content":[' });
  });

  it("stays as it is where the usual name is there, or it is only spoken of", () => {
    for (const delta of [
      { reasoning_content: "a", reasoning: "a" },
      { content: '"reasoning":"a"' },
      { content: "a", reasoning: null },
    ])
      expect(passed(delta)).toEqual(delta);
  });

  it("passes word for word where nobody wants another name", () => {
    const frame = frameOf({ reasoning: "a" });
    expect(events?.skim?.({ model: undefined, usage: true }).push(frame)).toBe(frame);
  });
});
