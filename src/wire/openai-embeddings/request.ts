/** The texts to be turned into vectors: https://platform.openai.com/docs/api-reference/embeddings/create */

import type { EmbedRequest } from "../../canonical/embed.ts";
import type { Body, RequestCodec } from "../format.ts";
import { bodyFields, optionalInteger, optionalString, optionalWord, requiredString, unknownFields } from "../reader.ts";
import { decodeTexts } from "./texts.ts";

export const request: RequestCodec<"embed"> = { decode, encode, fields: { model: "model" } };

const known: ReadonlySet<string> = new Set(["model", "input", "dimensions", "encoding_format", "user"]);

function decode(value: unknown): EmbedRequest {
  const body = bodyFields(value);
  const dimensions = optionalInteger(body, "dimensions", "", 1);
  const encoding = optionalWord(body, "encoding_format", ["float", "base64"]);
  const user = optionalString(body, "user");
  const extra = unknownFields(body, known);
  const { texts: inputs, single } = decodeTexts(body["input"], "input");
  return {
    model: requiredString(body, "model"),
    inputs,
    ...(single && { single }),
    ...(dimensions !== undefined && { dimensions }),
    ...(encoding && { encoding }),
    ...(user !== undefined && { user }),
    ...(extra && { extra }),
  };
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
