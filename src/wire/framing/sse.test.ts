/** Server-sent events: every line ending, however the text is cut. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../../canonical/error.ts";
import type { Frame } from "../format.ts";
import { run } from "../transducer.ts";
import { sseDecoder, sseText } from "./sse.ts";

const read = (...pieces: string[]): Frame[] => run(sseDecoder(), pieces);
const bare = (frames: readonly Frame[]) => frames.map(({ raw: _, ...frame }) => frame);

it.each([
  ["one line of data", "data: a\n\n", [{ data: "a" }]],
  ["no space after the colon", "data:a\n\n", [{ data: "a" }]],
  ["only one space is taken", "data:  a\n\n", [{ data: " a" }]],
  ["several lines of data", "data: a\ndata: b\n\n", [{ data: "a\nb" }]],
  ["an event's name", "event: x\ndata: a\n\n", [{ event: "x", data: "a" }]],
  ["a name after the data", "data: a\nevent: x\n\n", [{ event: "x", data: "a" }]],
  ["a comment", ": hello\n\ndata: a\n\n", [{ data: "" }, { data: "a" }]],
  ["ids and retries", "id: 1\nretry: 10\ndata: a\n\n", [{ data: "a" }]],
  ["data without a colon", "data\n\n", [{ data: "" }]],
  ["carriage returns with line feeds", "data: a\r\n\r\ndata: b\r\n\r\n", [{ data: "a" }, { data: "b" }]],
  ["carriage returns alone", "data: a\r\rdata: b\r\r", [{ data: "a" }, { data: "b" }]],
  ["mixed line breaks", "data: a\n\r\ndata: b\r\n\n", [{ data: "a" }, { data: "b" }]],
  ["a last frame without its blank line", "data: a\n\ndata: [DONE]", [{ data: "a" }, { data: "[DONE]" }]],
  ["nothing", "\n\n", [{ data: "" }]],
])("reads %s", (_, text, frames) => {
  expect(bare(read(text))).toEqual(frames);
});

it("keeps each frame's own text, so that a relay sends on what came", () => {
  const text = 'event: x\r\ndata: {"a":1}\r\n\r\n: hello\n\ndata: b\n\n';
  expect(read(text).map(sseText).join("")).toBe(text);
});

it.each(["data: a", "data: a\n", "data: a\r\n", "data: a\r"])(
  "closes a last frame that has no blank line: %j",
  (raw) => {
    const text = read(raw).map(sseText).join("");
    expect(bare(read(`${text}data: b\n\n`))).toEqual([{ data: "a" }, { data: "b" }]);
  },
);

it("writes frames that it reads again", () => {
  const data = fc.string().map((text) => text.replaceAll("\r", ""));
  const event = fc.constantFrom(undefined, "message_stop", "x");
  fc.assert(
    fc.property(fc.array(fc.record({ data, event })), (given) => {
      const frames = given.map(
        (one): Frame => (one.event === undefined ? { data: one.data } : { data: one.data, event: one.event }),
      );
      expect(bare(read(frames.map(sseText).join("")))).toEqual(frames);
    }),
  );
});

it("reads the same frames however the text is cut", () => {
  const line = fc.constantFrom("data: a", "event: b", ": c", "data:", "");
  const text = fc
    .tuple(fc.array(line), fc.constantFrom("\n", "\r\n", "\r"))
    .map(([lines, ending]) => [...lines, "data: end", "", ""].join(ending));
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 9 }), (whole, size) => {
      const pieces = whole.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
      expect(bare(read(...pieces))).toEqual(bare(read(whole)));
    }),
  );
});

describe("a frame without end", () => {
  it("costs no more for coming in many pieces", () => {
    const piece = "a".repeat(64 * 1024);
    const decoder = sseDecoder();
    const start = performance.now();
    for (let turn = 0; turn < 250; turn++) expect(decoder.push(piece)).toEqual([]);
    expect(decoder.push("\n")).toEqual([]);
    expect(decoder.push("\ndata: next\n\n")).toHaveLength(2);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it("is refused once it is longer than the limit", () => {
    const decoder = sseDecoder(100);
    decoder.push("data: ");
    expect(() => decoder.push("x".repeat(200))).toThrow(GatewayError);
  });

  it("does not stop frames that are whole", () => {
    expect(run(sseDecoder(100), ["data: abc\n\n".repeat(50)])).toHaveLength(50);
  });
});

it("takes time that grows with the text, not with its square", () => {
  const text = 'data: {"choices":[]}\n\n'.repeat(40_000);
  const began = performance.now();
  expect(read(text)).toHaveLength(40_000);
  expect(performance.now() - began).toBeLessThan(2000);
});
