/** OpenAI's older text completions, as a vendor says them. https://platform.openai.com/docs/api-reference/completions */
import { dataFrame } from "../answer.ts";
import { type Asked, answerOf, createdAt, list, record, type Said } from "../asked.ts";

export function openaiCompletions(asked: Asked): Said {
  const { body, steering } = asked;
  const { pieces, cutShort } = answerOf(asked, ["max_tokens"]);
  const prompts = list(body["prompt"]).filter((prompt) => typeof prompt === "string").length || 1;
  const choices = Math.min(64, prompts * (typeof body["n"] === "number" ? Math.max(1, body["n"]) : 1));
  const usage = {
    prompt_tokens: asked.promptTokens,
    completion_tokens: pieces.length * choices,
    total_tokens: asked.promptTokens + pieces.length * choices,
  };
  const finish = steering.finish ?? (cutShort ? "length" : "stop");
  const head = { id: `cmpl-fake${asked.number}`, object: "text_completion", created: createdAt, model: asked.model };
  if (!asked.stream)
    return {
      json: {
        ...head,
        choices: Array.from({ length: choices }, (_, index) => ({
          text: pieces.join(""),
          index,
          logprobs: null,
          finish_reason: finish,
        })),
        ...(steering.nousage ? {} : { usage }),
      },
    };
  const frames: Buffer[] = [];
  for (let index = 0; index < choices; index++) {
    for (const text of pieces)
      frames.push(dataFrame({ ...head, choices: [{ text, index, logprobs: null, finish_reason: null }] }));
    frames.push(dataFrame({ ...head, choices: [{ text: "", index, logprobs: null, finish_reason: finish }] }));
  }
  if (record(body["stream_options"])["include_usage"] === true && !steering.nousage)
    frames.push(dataFrame({ ...head, choices: [], usage }));
  frames.push(dataFrame("[DONE]"));
  return { frames };
}
