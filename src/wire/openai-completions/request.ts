/** A text to be gone on with: https://platform.openai.com/docs/api-reference/completions/create. Most of its fields are chat's. */

import type { ChatRequest, Message } from "../../canonical/chat.ts";
import { invalid } from "../../canonical/error.ts";
import type { Part } from "../../canonical/part.ts";
import type { Body, RequestCodec } from "../format.ts";
import { askUsage } from "../openai-chat/ask-usage.ts";
import { request as chat } from "../openai-chat/request.ts";
import { bodyFields, optionalBoolean, optionalInteger, optionalString, pathOf } from "../reader.ts";

export const formatId = "openai-completions";

export const request: RequestCodec<"chat"> = {
  decode,
  encode,
  askUsage,
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
  optionalInteger(body, "best_of", "", 1);
  optionalBoolean(body, "echo");
  optionalString(body, "suffix");
  const messages = decodePrompt(prompt);
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

/** A text, a list of texts, a list of tokens, or a list of such lists. */
function decodePrompt(prompt: unknown): Message[] {
  if (typeof prompt === "string") return [saying({ type: "text", text: prompt })];
  if (!Array.isArray(prompt) || prompt.length === 0)
    throw invalid("prompt", "prompt must be a string, or a list of strings or of tokens with something in it");
  if (typeof prompt[0] === "number") return [saying(tokensAt(prompt, "prompt"))];
  return prompt.map((one, index) =>
    saying(typeof one === "string" ? { type: "text", text: one } : tokensAt(one, pathOf("prompt", index))),
  );
}

const saying = (part: Part): Message => ({ role: "user", parts: [part] });

function tokensAt(value: unknown, path: string): Part {
  if (!Array.isArray(value)) throw invalid(path, `${path} must be a string or a list of tokens`);
  for (let index = 0; index < value.length; index++)
    if (!Number.isSafeInteger(value[index]) || (value[index] as number) < 0)
      throw invalid(pathOf(path, index), `${pathOf(path, index)} must be a token: a whole number of at least 0`);
  return { type: "opaque", format: formatId, words: value };
}

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
