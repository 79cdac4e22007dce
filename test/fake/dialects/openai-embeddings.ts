/** OpenAI's embeddings, as numbers or base64. https://platform.openai.com/docs/api-reference/embeddings */
import { type Asked, list, type Said } from "../asked.ts";

export function openaiEmbeddings(asked: Asked): Said {
  const { body, steering } = asked;
  const size = typeof body["dimensions"] === "number" ? Math.max(1, Math.min(4096, body["dimensions"])) : 8;
  const inputs = inputsOf(body["input"]);
  return {
    json: {
      object: "list",
      data: Array.from({ length: inputs }, (_, index) => ({
        object: "embedding",
        index,
        embedding: vector(size, index, body["encoding_format"] === "base64"),
      })),
      model: asked.model,
      ...(steering.nousage ? {} : { usage: { prompt_tokens: asked.promptTokens, total_tokens: asked.promptTokens } }),
    },
  };
}

/** A text, a list of texts, the tokens of one text, or lists of tokens. */
function inputsOf(input: unknown): number {
  const items = list(input);
  return items.length === 0 || typeof items[0] === "number" ? 1 : Math.min(2048, items.length);
}

/** A unit vector, always the same for the same place. */
function vector(size: number, seed: number, base64: boolean): readonly number[] | string {
  const numbers = Float32Array.from({ length: size }, (_, i) => Math.sin(seed * 31 + i + 1));
  const length = Math.hypot(...numbers);
  const unit = numbers.map((value) => value / length);
  return base64 ? Buffer.from(unit.buffer, unit.byteOffset, unit.byteLength).toString("base64") : Array.from(unit);
}
