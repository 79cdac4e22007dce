/** Embeddings: every fixture, both spellings of vectors, and what is refused. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../../canonical/error.ts";
import { openaiEmbeddings } from "./index.ts";
import { packed, unpacked } from "./vectors.ts";

const { request, response, error } = openaiEmbeddings;
const root = new URL("../../../fixtures/openai-embeddings/", import.meta.url);
const read = (name: string, file: string): unknown => {
  const url = new URL(`${name}/${file}`, root);
  return existsSync(url) ? JSON.parse(readFileSync(url, "utf8")) : undefined;
};
const occasion = { now: 0, id: "x" };

describe.each(readdirSync(root))("%s", (name) => {
  const status = (read(name, "meta.json") as { status?: number } | undefined)?.status ?? 200;

  it("reads the request, and says it again", () => {
    const body = read(name, "request.json");
    expect(request.encode(request.decode(body))).toEqual(body);
  });

  it("reads the answer or the error", () => {
    const body = read(name, "response.json");
    if (status >= 400) return expect(error.decode(status, body).source).toBe("upstream");
    const value = response.decode(body);
    expect(value.vectors).toHaveLength((body as { data: unknown[] }).data.length);
    expect(response.decode(response.encode(value, occasion)).vectors).toEqual(value.vectors);
    return undefined;
  });
});

it("writes vectors as the client asked, whatever the vendor chose", () => {
  const numbers = [0.5, -0.25, 1];
  const answer = (vector: number[] | string, encoding?: "float" | "base64") =>
    response.encode(
      { model: "m", vectors: [vector] },
      { ...occasion, request: { model: "m", inputs: ["a"], ...(encoding && { encoding }) } },
    )["data"];
  const text = packed(numbers);
  expect(text).toBe(Buffer.from(new Float32Array(numbers).buffer).toString("base64"));
  expect(answer(numbers, "base64")).toEqual([{ object: "embedding", index: 0, embedding: text }]);
  expect(answer(text)).toEqual([{ object: "embedding", index: 0, embedding: numbers }]);
  expect(answer(text, "float")).toEqual([{ object: "embedding", index: 0, embedding: numbers }]);
});

it("packs and unpacks any 32-bit floats", () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true })), (numbers) => {
      expect(unpacked(packed(numbers))).toEqual(numbers);
      expect(packed(numbers)).toBe(Buffer.from(new Float32Array(numbers).buffer).toString("base64"));
    }),
  );
  expect(unpacked("AAA=")).toBeUndefined();
  expect(unpacked("!!!!!!==")).toBeUndefined();
});

it("puts vectors in the order of their inputs, and refuses an answer with a hole", () => {
  const item = (index: number, value: number) => ({ index, embedding: [value] });
  expect(response.decode({ data: [item(1, 2), item(0, 1)] }).vectors).toEqual([[1], [2]]);
  expect(() => response.decode({ data: [item(0, 1), item(0, 2)] })).toThrow(GatewayError);
  expect(() => response.decode({ data: [item(0, 1), { index: 1, embedding: ["x"] }] })).toThrow(GatewayError);
});

it.each([
  ["model", { input: "a" }],
  ["input", { model: "m" }],
  ["input", { model: "m", input: [] }],
  ["input", { model: "m", input: { text: "a" } }],
  ["input.1", { model: "m", input: ["a", { text: "b" }] }],
  ["input.1", { model: "m", input: [1, -1] }],
  ["input.0.0", { model: "m", input: [["a"]] }],
  ["dimensions", { model: "m", input: "a", dimensions: 1.5 }],
  ["encoding_format", { model: "m", input: "a", encoding_format: "int8" }],
])("names %s when it cannot be understood", (param, body) => {
  try {
    request.decode(body);
    expect.unreachable();
  } catch (failure) {
    expect(failure).toBeInstanceOf(GatewayError);
    expect((failure as GatewayError).details.param).toBe(param);
  }
});

it("throws nothing but errors of its own at any JSON", () => {
  const tame = (step: () => unknown) => {
    try {
      step();
    } catch (failure) {
      expect(failure).toBeInstanceOf(GatewayError);
    }
  };
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, two) => {
      tame(() => request.decode(one));
      tame(() => request.decode({ model: "m", input: one, user: two }));
      tame(() => response.decode({ data: one, usage: two }));
      tame(() => response.decode({ data: [{ embedding: one, index: two }] }));
      error.decode(500, one);
    }),
  );
});
