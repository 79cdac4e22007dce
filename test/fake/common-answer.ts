/** The answer most requests of a load test get, made once: so the vendor does not dominate what is measured. */
import type { Asked } from "./asked.ts";
import { openaiChat } from "./dialects/openai-chat.ts";

const modelMark = Buffer.from('"model":');
const hints = ['"stream"', '"tools"', '"tool_choice"', '"n"', '"max_tokens"', '"max_completion_tokens"'].map((text) =>
  Buffer.from(text),
);
/** Bodies are looked through only this far: a longer one takes the careful way. */
const searchLimit = 1 << 20;

export interface CommonAnswers {
  /** A plain chat answer, or undefined where the request wants anything else. A text, for Node sends it in one write with the head. */
  find(body: Buffer): string | undefined;
}

export function createCommonAnswers(): CommonAnswers {
  const answers = new Map<string, string>();
  return {
    find(body) {
      const model = plainModel(body);
      if (model === undefined) return undefined;
      const promptTokens = Math.max(1, body.length >> 2);
      const key = `${model}\n${promptTokens}`;
      const known = answers.get(key);
      if (known !== undefined) return known;
      const asked: Asked = { body: {}, model, stream: false, steering: {}, promptTokens, number: 0 };
      const said = openaiChat(asked);
      const text = JSON.stringify("json" in said ? said.json : null);
      if (answers.size > 10_000) answers.clear();
      answers.set(key, text);
      return text;
    },
  };
}

/** The model's name, if it stands plainly in the body, is not steered, and nothing else could change the answer. */
function plainModel(body: Buffer): string | undefined {
  if (body.length > searchLimit) return undefined;
  for (const hint of hints) if (body.includes(hint)) return undefined;
  const at = body.indexOf(modelMark);
  if (at < 0) return undefined;
  const open = body.indexOf(0x22, at + modelMark.length);
  if (open < 0 || open > at + modelMark.length + 1) return undefined;
  const close = body.indexOf(0x22, open + 1);
  if (close < 0 || close - open > 200) return undefined;
  const model = body.toString("utf8", open + 1, close);
  return model.includes("+") || model.includes("\\") ? undefined : model;
}
