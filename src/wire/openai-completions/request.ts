/** A text to be gone on with: https://platform.openai.com/docs/api-reference/completions/create. Most of its fields are chat's. */

import type { ChatRequest, Message } from "../../canonical/chat.ts";
import type { Body, RequestCodec } from "../format.ts";
import { askUsage } from "../openai-chat/ask-usage.ts";
import { reach } from "../openai-chat/reach.ts";
import { request as chat } from "../openai-chat/request.ts";
import { mostAnswers } from "../openai-chat/settings.ts";
import { decodeTexts, type TextOrTokens } from "../openai-embeddings/texts.ts";
import { bodyFields, optionalBoolean, optionalInteger, optionalString } from "../reader.ts";

export const formatId = "openai-completions";

export const request: RequestCodec<"chat"> = {
  decode,
  encode,
  askUsage,
  reach: { ...reach, part: ({ type }) => type === "text" },
  fields: { model: "model", stream: "stream", maxTokens: "max_tokens" },
};

/**
 * Each prompt is a user's message. Several prompts are no conversation: `extra.prompt` tells them apart, and formats
 * that can only hold a conversation refuse a request that has it.
 */
function decode(value: unknown): ChatRequest {
  const { prompt, logprobs: _, max_tokens: __, ...rest } = bodyFields(value);
  const body = bodyFields(value);
  const top = optionalInteger(body, "logprobs");
  const maxTokens = optionalInteger(body, "max_tokens");
  optionalInteger(body, "best_of", "", 1, mostAnswers);
  optionalBoolean(body, "echo");
  optionalString(body, "suffix");
  const messages = decodeTexts(prompt, "prompt").texts.map(saying);
  const { extra, ...request } = chat.decode({ ...rest, messages: [] });
  const apart = messages.length > 1 || messages.some(({ parts }) => parts.some(({ type }) => type === "opaque"));
  return {
    ...request,
    messages,
    ...(maxTokens !== undefined && { maxTokens }),
    ...(top !== undefined && { logprobs: { top } }),
    ...((extra || apart) && { extra: { ...extra, ...(apart && { prompt }) } }),
  };
}

const saying = (prompt: TextOrTokens): Message => ({
  role: "user",
  parts: [
    typeof prompt === "string" ? { type: "text", text: prompt } : { type: "opaque", format: formatId, words: prompt },
  ],
});

/** The prompts are written from the messages, so that what was changed in them is what is sent. */
function encode({ messages, logprobs, extra, ...value }: ChatRequest): Body {
  const { prompt, ...others } = extra ?? {};
  const { messages: _, ...body } = chat.encode({ ...value, messages: [], extra: others });
  const prompts = messages.map(promptOf);
  const several = Array.isArray(prompt) && prompts.length > 1;
  return {
    ...body,
    prompt: several ? prompts : prompts.length === 1 ? prompts[0] : prompts.filter(isText).join("\n"),
    ...(logprobs && { logprobs: logprobs.top }),
  };
}

const isText = (prompt: unknown): boolean => typeof prompt === "string";

function promptOf({ parts }: Message): unknown {
  const [only] = parts;
  if (parts.length === 1 && only?.type === "opaque" && only.format === formatId) return only.words;
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}
