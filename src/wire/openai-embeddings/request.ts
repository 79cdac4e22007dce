/** The texts to be turned into vectors: https://platform.openai.com/docs/api-reference/embeddings/create */

import type { EmbedRequest } from "../../canonical/embed.ts";
import { invalid } from "../../canonical/error.ts";
import type { Body, RequestCodec } from "../format.ts";
import {
  bodyFields,
  optionalInteger,
  optionalString,
  optionalWord,
  pathOf,
  requiredString,
  unknownFields,
} from "../reader.ts";

export const request: RequestCodec<"embed"> = { decode, encode, fields: { model: "model" } };

const known: ReadonlySet<string> = new Set(["model", "input", "dimensions", "encoding_format", "user"]);

function decode(value: unknown): EmbedRequest {
  const body = bodyFields(value);
  const dimensions = optionalInteger(body, "dimensions", "", 1);
  const encoding = optionalWord(body, "encoding_format", ["float", "base64"]);
  const user = optionalString(body, "user");
  const extra = unknownFields(body, known);
  return {
    model: requiredString(body, "model"),
    ...decodeInput(body["input"]),
    ...(dimensions !== undefined && { dimensions }),
    ...(encoding && { encoding }),
    ...(user !== undefined && { user }),
    ...(extra && { extra }),
  };
}

/** A text, a list of texts, a list of tokens, or a list of such lists. */
function decodeInput(input: unknown): Pick<EmbedRequest, "inputs" | "single"> {
  if (typeof input === "string") return { inputs: [input], single: true };
  if (!Array.isArray(input) || input.length === 0)
    throw invalid("input", "input must be a string, or a list of strings or of tokens with something in it");
  if (typeof input[0] === "number") return { inputs: [tokensAt(input, "input")], single: true };
  return { inputs: input.map((one, index) => (typeof one === "string" ? one : tokensAt(one, pathOf("input", index)))) };
}

function tokensAt(value: unknown, path: string): readonly number[] {
  if (!Array.isArray(value)) throw invalid(path, `${path} must be a string or a list of tokens`);
  for (let index = 0; index < value.length; index++)
    if (!Number.isSafeInteger(value[index]) || (value[index] as number) < 0)
      throw invalid(pathOf(path, index), `${pathOf(path, index)} must be a token: a whole number of at least 0`);
  return value as number[];
}

function encode({ model, inputs, single, dimensions, encoding, user, extra }: EmbedRequest): Body {
  return {
    ...extra,
    model,
    input: single && inputs.length === 1 ? inputs[0] : inputs,
    ...(dimensions !== undefined && { dimensions }),
    ...(encoding && { encoding_format: encoding }),
    ...(user !== undefined && { user }),
  };
}
