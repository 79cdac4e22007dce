/** JSON as text: members are found, changed, added and removed, and the rest stays as it was written. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../canonical/error.ts";
import { changes, outline, refuseTwice, splice } from "./json-text.ts";

const edited = (text: string, edits: Readonly<Record<string, unknown>>): string => {
  const found = outline(text, 64);
  if (!found) throw new Error(`no object: ${text}`);
  return splice(text, found, new Map(Object.entries(edits)));
};

it.each([
  ["changes a member", '{ "model" : "a", "n":1 }', { model: "b" }, '{"model":"b","n":1 }'],
  ["adds a member", '{"n":1}', { model: "b" }, '{"n":1,"model":"b"}'],
  ["adds to nothing", "{}", { model: "b" }, '{"model":"b"}'],
  ["removes a member", '{"a":1,"model":"a","b":2}', { model: undefined }, '{"a":1,"b":2}'],
  ["removes the only member", '{"a":1}', { a: undefined }, "{}"],
  ["removes what is not there", '{"a":1}', { b: undefined }, '{"a":1}'],
  ["knows an escaped name", '{"mod\\u0065l":"a"}', { model: "b" }, '{"model":"b"}'],
  [
    "is not misled by text",
    '{"x":"\\"model\\":{[,","model":"a"}',
    { model: "b" },
    '{"x":"\\"model\\":{[,","model":"b"}',
  ],
  [
    "keeps numbers as they were written",
    '{"t":1.0e2,"big":12345678901234567890}',
    { m: 1 },
    '{"t":1.0e2,"big":12345678901234567890,"m":1}',
  ],
])("%s", (_, text, edits, wanted) => {
  const said = edited(text, edits);
  expect(said.replaceAll(" ", "")).toBe(wanted.replaceAll(" ", ""));
});

it("returns the very text where nothing changes", () => {
  const text = '{"a":1}';
  const found = outline(text, 64);
  expect(found && splice(text, found, new Map())).toBe(text);
});

it("says of any object what JSON.parse says, before and after a change", () => {
  const keys = fc.oneof(fc.string(), fc.constantFrom("model", "stream", "toString"));
  fc.assert(
    fc.property(
      fc.dictionary(keys, fc.jsonValue()),
      fc.jsonValue(),
      fc.integer({ min: 0, max: 2 }),
      (body, value, indent) => {
        const text = JSON.stringify(body, undefined, indent);
        const parsed = JSON.parse(text) as Record<string, unknown>;
        const found = outline(text, 100_000);
        expect([...(found?.members.keys() ?? [])].sort()).toEqual(Object.keys(parsed).sort());
        const after = JSON.parse(edited(text, { model: value })) as Record<string, unknown>;
        expect(after).toEqual(JSON.parse(JSON.stringify({ ...parsed, model: value })));
      },
    ),
  );
});

it("never throws anything but errors of the gateway's, whatever the text", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("{", "}", "[", "]", '"', ",", ":", "\\", " ", "1") })),
      (text) => {
        try {
          outline(text, 5);
        } catch (failure) {
          expect(failure).toBeInstanceOf(GatewayError);
        }
      },
    ),
  );
});

describe("what is refused", () => {
  it("a member that stands twice, also where it is spelt otherwise", () => {
    expect(() => outline('{"model":"a","mod\\u0065l":"b"}', 9)).toThrow(/"model" stands twice/);
  });

  it("nesting beyond the limit, and not one level before", () => {
    const deep = (levels: number) => `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    expect(() => outline(deep(6), 5)).toThrow(/deeper than 5/);
    expect(outline(deep(5), 5)).toBeDefined();
  });

  it("more names or items than a conversation has, wherever they stand", () => {
    const names = (count: number) => Array.from({ length: count }, (_, name) => `"n${name}":1`).join(",");
    expect(outline(`{"a":{${names(99_000)}}}`, 9)?.names).toBe(99_001);
    expect(() => outline(`{"a":{${names(100_001)}}}`, 9)).toThrow(/more than 100000 names/);
    expect(() => outline(`{"a":{${names(60_000)}},"b":[{${names(60_000)}}]}`, 9)).toThrow(/more than 100000 names/);
    expect(() => outline(`{${names(100_001)}}`, 9)).toThrow(/more than 100000 names/);
    expect(outline(`{"a":[${"1,".repeat(999_999)}1]}`, 9)).toBeDefined();
    expect(() => outline(`{"a":[${"[],".repeat(1_000_001)}1]}`, 9)).toThrow(/more than 1000000 items/);
  });

  it.each(["", "[]", "1", '"{}"', "{", '{"a"}', "{a:1}", '{"a":1 "b":2}'])("no object: %j", (text) => {
    expect(outline(text, 9)).toBeUndefined();
  });
});

it("tells what it takes to make one body into another, by identity", () => {
  const same = { deep: true };
  const before = { a: 1, same, gone: 1, toString: 2, empty: 3 };
  const after = { a: 2, same, fresh: 4, empty: undefined };
  expect([...changes(before, after)]).toEqual([
    ["a", 2],
    ["fresh", 4],
    ["empty", undefined],
    ["gone", undefined],
    ["toString", undefined],
  ]);
});

describe("a name that stands twice inside", () => {
  const judged = (text: string): void => {
    const found = outline(text, 64);
    if (found) refuseTwice(text, found, JSON.parse(text) as Record<string, unknown>);
  };

  it.each([
    '{"model":"m","stream_options":{"include_usage":true,"include_usage":false}}',
    '{"tools":[{"type":"function","type":"bash"}]}',
    '{"messages":[{"role":"user","content":"a"},{"role":"user","content":"a","r\\u006fle":"system"}]}',
    '{"x":{"a":{"b":[[{"c":1,"d":{},"c":{"e":1}}]]}}}',
    '{"x":{"__proto__":1,"__proto__":2}}',
  ])("is refused by the member that it is in: %s", (text) => {
    const [member = ""] = Object.keys(JSON.parse(text) as object).slice(-1);
    expect(() => judged(text)).toThrow(expect.objectContaining({ details: { param: member } }));
  });

  it("is nowhere in what JSON.stringify writes", () =>
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => judged(JSON.stringify(body)))));
});
