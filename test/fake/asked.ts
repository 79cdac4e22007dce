/** What a dialect needs to know of a request to make its answer, and the words that answers are made of. */
import type { Steering } from "./steering.ts";

export type Json = Readonly<Record<string, unknown>>;

export interface Asked {
  readonly body: Json;
  readonly model: string;
  readonly stream: boolean;
  readonly steering: Steering;
  /** Told as the prompt's tokens: one for each four bytes of the request, unless steered. */
  readonly promptTokens: number;
  /** Counts requests, so that ids differ. */
  readonly number: number;
}

/** What a dialect says: a JSON value, or the frames of a stream. */
export type Said = { readonly json: unknown } | { readonly frames: readonly Uint8Array[] };
export type Dialect = (asked: Asked) => Said;

export const createdAt = 1_760_000_000;
const defaultTokens = 8;
const words = ["The", " gate", " is", " open", " and", " the", " house", " is", " quiet", ","];

/** As many pieces as tokens, always the same ones. */
export function piecesOf(count: number): string[] {
  const pieces: string[] = [];
  for (let i = 0; i < count; i++)
    pieces.push(i > 0 && i % words.length === 0 ? " The" : (words[i % words.length] ?? ""));
  return pieces;
}

export function record(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? Math.floor(value) : undefined;
}

/** The pieces of an answer, cut where the request's limit is. */
export function answerOf(asked: Asked, limitFields: readonly string[]): { pieces: string[]; cutShort: boolean } {
  const { steering, body } = asked;
  if (steering.empty) return { pieces: [], cutShort: false };
  const wished =
    steering.text === undefined
      ? piecesOf(steering.tokens ?? defaultTokens)
      : (steering.text.match(/\s*\S+|\s+$/gu) ?? []);
  const limit = limitFields.map((field) => count(body[field])).find((value) => value !== undefined);
  return limit !== undefined && limit < wished.length
    ? { pieces: wished.slice(0, limit), cutShort: true }
    : { pieces: wished, cutShort: false };
}

export interface Call {
  readonly name: string;
  readonly input: Json;
}

/** The calls an answer makes: as many as steered, or one if the request insists on one. */
export function callsOf(asked: Asked, insists: boolean): readonly Call[] {
  const tools = list(asked.body["tools"]).map(record);
  const wished = asked.steering.tools ?? (insists ? 1 : 0);
  const calls: Call[] = [];
  for (let i = 0; i < wished; i++) {
    const tool = tools[i % Math.max(1, tools.length)] ?? {};
    const said = tool["function"] === undefined ? tool : record(tool["function"]);
    const schema = record(said["parameters"] ?? said["input_schema"]);
    calls.push({ name: typeof said["name"] === "string" ? said["name"] : "fake_tool", input: sample(schema, i) });
  }
  return calls;
}

function sample(schema: Json, seed: number): Json {
  const properties = record(schema["properties"]);
  const input: Record<string, unknown> = {};
  for (const name of list(schema["required"])) {
    if (typeof name === "string") input[name] = sampleOf(record(properties[name]), seed);
  }
  return input;
}

function sampleOf(schema: Json, seed: number): unknown {
  const options = list(schema["enum"]);
  if (options.length > 0) return options[seed % options.length];
  switch (schema["type"]) {
    case "number":
    case "integer":
      return seed;
    case "boolean":
      return true;
    case "array":
      return [];
    case "object":
      return sample(schema, seed);
    default:
      return `value ${seed}`;
  }
}

/** A JSON text in small pieces, as vendors stream arguments. */
export function jsonPieces(value: unknown): readonly string[] {
  return JSON.stringify(value).match(/.{1,12}/gsu) ?? [];
}
