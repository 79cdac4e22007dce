/** The vectors: https://platform.openai.com/docs/api-reference/embeddings/object */

import type { EmbedResponse } from "../../canonical/embed.ts";
import { GatewayError } from "../../canonical/error.ts";
import { inputTokens } from "../../canonical/usage.ts";
import type { Body, Occasion, ResponseCodec } from "../format.ts";
import { readError } from "../openai-chat/error.ts";
import { decodeUsage } from "../openai-chat/usage.ts";
import { fieldsOf, isFields, itemsOf, numberOf, textOf } from "../reader.ts";
import type { WireEmbedding } from "./types.ts";
import { packed, unpacked } from "./vectors.ts";

export const response: ResponseCodec<"embed"> = { decode, encode, modelField: "model" };

type Vector = EmbedResponse["vectors"][number];

function decode(value: unknown): EmbedResponse {
  const body = fieldsOf(value);
  const list = itemsOf(body["data"]);
  if (list.length === 0 && isFields(body["error"])) throw readError(body["error"], body);
  const vectors: Vector[] = [];
  for (const [place, item] of list.entries()) {
    const { embedding, index } = fieldsOf(item);
    // Some hosts answer out of order, and say so by the index.
    const at = numberOf(index) ?? place;
    if (isVector(embedding) && Number.isInteger(at) && at >= 0 && at < list.length) vectors[at] = embedding;
  }
  // A hole would shift every later vector to another text.
  if (list.length === 0 || vectors.length < list.length || vectors.includes(undefined as never))
    throw new GatewayError(
      "bad-gateway",
      "upstream",
      "the provider's response has no embedding for some of the inputs",
    );
  const usage = decodeUsage(body["usage"]);
  return { model: textOf(body["model"]) ?? "", vectors, ...(usage && { usage }) };
}

const isVector = (value: unknown): value is Vector =>
  typeof value === "string" || (Array.isArray(value) && value.every((number) => typeof number === "number"));

function encode({ model, vectors, usage }: EmbedResponse, { request }: Occasion<"embed">): Body {
  const tokens = usage ? inputTokens(usage) : 0;
  const written = request?.encoding === "base64" ? asText : request ? asNumbers : asIs;
  const data = vectors.map(
    (vector, index): WireEmbedding => ({ object: "embedding", index, embedding: written(vector) }),
  );
  return { object: "list", data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

/** The client gets what it asked for, whichever the vendor chose. */
const asText = (vector: Vector): string => (typeof vector === "string" ? vector : packed(vector));
const asNumbers = (vector: Vector): Vector => (typeof vector === "string" ? (unpacked(vector) ?? vector) : vector);
const asIs = (vector: Vector): Vector => vector;
