/** Frames keep their own words for those who speak the language, and are translated for those who do not. */
import { expect, it } from "vitest";
import type { Frame } from "./format.ts";
import { quoting, saying } from "./quoted.ts";
import { compose, run, type Transducer } from "./transducer.ts";

const letters: Transducer<Frame, string> = {
  push: ({ data }) => (data === "?" ? [] : data.split("")),
  end: () => ["."],
};
const speaker = (): Transducer<string, Frame> & { readonly heard: string[] } => {
  const heard: string[] = [];
  return {
    heard,
    push: (event) => {
      heard.push(event);
      return [{ data: `<${event}>` }];
    },
    end: () => [{ data: "end" }],
  };
};
const frames: readonly Frame[] = [
  { data: "ab", raw: "data:ab\r\n\r\n" },
  { data: "?" },
  { data: "", raw: ": hello\n\n" },
];

it("passes frames of the same language untouched, known or not, and comments too", () => {
  const encoder = speaker();
  const passed = run(compose(quoting("here", letters), saying("here", encoder)), frames);
  expect(passed.slice(0, 3)).toEqual(frames);
  expect(passed.slice(0, 3).every((frame, index) => frame === frames[index])).toBe(true);
});

it("lets the encoder hear what passes, so that it can take over", () => {
  const encoder = speaker();
  run(compose(quoting("here", letters), saying("here", encoder)), frames);
  expect(encoder.heard).toEqual(["a", "b", "."]);
});

it("translates for another language, and leaves comments and unknown frames out", () => {
  const said = run(compose(quoting("here", letters), saying("there", speaker())), frames);
  expect(said.map(({ data }) => data)).toEqual(["<a>", "<b>", "<.>", "end"]);
});

it("translates a value whose quote was taken away because it was changed", () => {
  const step = saying("here", speaker());
  expect(step.push({ value: ["x"] })).toEqual([{ data: "<x>" }]);
});
