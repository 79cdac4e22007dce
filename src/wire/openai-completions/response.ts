/** The whole answer: https://platform.openai.com/docs/api-reference/completions/object. Only text has a place in it. */

import type { ChatResponse, Choice } from "../../canonical/chat.ts";
import type { Part } from "../../canonical/part.ts";
import type { Body, Occasion, ResponseCodec } from "../format.ts";
import { response as chat, encodeFinish } from "../openai-chat/response.ts";
import { encodeLogprobs } from "./logprobs.ts";

export const response: ResponseCodec<"chat"> = {
  // Chat's decoder reads both kinds of choices.
  decode: (body) => chat.decode(body),
  encode,
  modelField: "model",
};

function encode(value: ChatResponse, occasion: Occasion<"chat">): Body {
  return { ...chat.encode(value, occasion), object: "text_completion", choices: value.choices.map(encodeChoice) };
}

const encodeChoice = ({ parts, finish, logprobs }: Choice, index: number): Body => ({
  text: textOf(parts),
  index,
  logprobs: logprobs === undefined ? null : encodeLogprobs(logprobs),
  finish_reason: encodeFinish(finish),
});

const textOf = (parts: readonly Part[]): string =>
  parts.map((part) => (part.type === "text" || part.type === "refusal" ? part.text : "")).join("");
