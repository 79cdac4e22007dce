/** Bodies: what two readers could understand differently is refused, with its place and the remedy. */
import { expect, it } from "vitest";
import { parseJson } from "./body.ts";

const parse = (text: string | Uint8Array, type?: string) => parseJson(Buffer.from(text as string), type, 64);

it("a JSON object is read, and its members are found", () => {
  const { words, outline } = parse('{ "model" : "m", "n": [1, {"a": "}"}] }', "application/json; charset=utf-8");
  expect(words).toEqual({ model: "m", n: [1, { a: "}" }] });
  expect([...outline.members.keys()]).toEqual(["model", "n"]);
});

it.each([
  ["an empty body", "", 400],
  ["a list", "[]", 400],
  ["a string", '"x"', 400],
  ["null", "null", 400],
  ["a broken object", '{"model": "m"', 400],
  ["a trailing comma", '{"model": "m",}', 400],
  ["a field that stands twice", '{"model": "a", "model": "b"}', 400],
  ["a field that stands twice, once in disguise", '{"model": "a", "\\u006dodel": "b"}', 400],
  ["a hundred thousand levels", `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, 400],
  ["bytes that are no UTF-8", new Uint8Array([123, 34, 97, 34, 58, 34, 0xff, 34, 125]), 400],
])("%s is refused", (_, text, status) => expect(() => parse(text)).toThrow(expect.objectContaining({ status })));

it("a form is no JSON, but a client that names none is believed", () => {
  expect(() => parse("{}", "multipart/form-data; boundary=x")).toThrow(expect.objectContaining({ status: 415 }));
  expect(parse("{}").words).toEqual({});
});

it("no key reaches a prototype", () => {
  const { words } = parse('{"__proto__": {"polluted": true}, "constructor": 1}');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect(Object.keys(words)).toContain("__proto__");
});
