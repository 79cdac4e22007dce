/** The whole answer. https://platform.openai.com/docs/api-reference/chat/object */

import type { ChatResponse, Choice, FinishReason } from "../../canonical/chat.ts";
import { GatewayError } from "../../canonical/error.ts";
import type { Body, Occasion, ResponseCodec } from "../format.ts";
import { fieldsOf, isFields, itemsOf, numberOf, textOf, unknownFields } from "../reader.ts";
import { putRest, type Words } from "../words.ts";
import { encodeAnswer, readAnswer } from "./answer.ts";
import { readError } from "./error.ts";
import { amended } from "./thought-names.ts";
import { decodeUsage, encodeUsage } from "./usage.ts";

export const response: ResponseCodec<"chat"> = { decode, encode, modelField: "model", amended };

const known: ReadonlySet<string> = new Set([
  "id",
  "object",
  "created",
  "model",
  "choices",
  "usage",
  "service_tier",
  "error",
]);

function decode(value: unknown): ChatResponse {
  const body = fieldsOf(value);
  const list = itemsOf(body["choices"]).filter(isFields);
  if (isFields(body["error"]) && list.length === 0) throw readError(body["error"], body);
  if (list.length === 0) throw new GatewayError("bad-gateway", "upstream", "the provider's response has no choices");
  const usage = decodeUsage(body["usage"]);
  const created = numberOf(body["created"]);
  const serviceTier = textOf(body["service_tier"]) ?? textOf(fieldsOf(body["usage"])["service_tier"]);
  const extra = unknownFields(body, known);
  return {
    id: textOf(body["id"]) ?? "",
    model: textOf(body["model"]) ?? "",
    ...(created !== undefined && created > 0 && { created }),
    choices: list.map(decodeChoice),
    ...(usage && { usage }),
    ...(serviceTier !== undefined && { serviceTier }),
    ...(extra && { extra }),
  };
}

function decodeChoice(choice: Readonly<Record<string, unknown>>): Choice {
  const parts = readAnswer(fieldsOf(choice["message"]), choice);
  const finish = decodeFinish(
    choice["finish_reason"],
    parts.some(({ type }) => type === "tool-call"),
  );
  const stopped = textOf(choice["stop_reason"]) ?? textOf(choice["matched_stop"]);
  const logprobs = choice["logprobs"];
  return {
    parts,
    finish,
    ...(finish === "stop" && stopped !== undefined && { stopSequence: stopped }),
    ...(isFields(logprobs) && { logprobs }),
  };
}

function encode(value: ChatResponse, occasion: Occasion<"chat">): Body {
  const { model, created, choices, usage, serviceTier, extra } = value;
  const body: Words = {
    id: answerId(value.id, occasion.id),
    object: "chat.completion",
    created: created ?? occasion.now,
    model,
    choices: choices.map(encodeChoice),
  };
  if (usage) body["usage"] = withTier(encodeUsage(usage), serviceTier);
  if (serviceTier !== undefined && ownTiers.has(serviceTier)) body["service_tier"] = serviceTier;
  putRest(body, extra);
  return body;
}

/** Other vendors' tiers stand in the usage: the field on top knows only these words. */
const ownTiers: ReadonlySet<string> = new Set(["auto", "default", "flex", "scale", "priority"]);

const withTier = (usage: object, tier: string | undefined): object =>
  tier === undefined || ownTiers.has(tier) ? usage : { ...usage, service_tier: tier };

export const isOwnTier = (tier: string | undefined): tier is string => tier !== undefined && ownTiers.has(tier);

const encodeChoice = ({ parts, finish, logprobs }: Choice, index: number): Words => ({
  index,
  message: encodeAnswer(parts),
  logprobs: logprobs ?? null,
  finish_reason: encodeFinish(finish),
});

/** Hosts of this language name their answers as they like; an id that is plainly another language's, or none, is made anew. */
export const answerId = (id: string, fresh: string): string =>
  id === "" || id.startsWith("msg_") || id.startsWith("resp_") ? `chatcmpl-${fresh}` : id;

const finishes: Readonly<Partial<Record<string, FinishReason>>> = {
  stop: "stop",
  eos: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  length: "length",
  max_tokens: "length",
  model_length: "length",
  tool_calls: "tool-calls",
  tool_use: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
  refusal: "refusal",
};

/** Some hosts say "stop" beside tool calls: then the calls are why it stopped. */
export function decodeFinish(reason: unknown, hasCalls: boolean): FinishReason {
  const finish = (typeof reason === "string" && Object.hasOwn(finishes, reason) && finishes[reason]) || "other";
  return finish === "stop" && hasCalls ? "tool-calls" : finish;
}

const words: Readonly<Record<FinishReason, string>> = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
  refusal: "content_filter",
  pause: "stop",
  other: "stop",
};
export const encodeFinish = (finish: FinishReason): string => words[finish];
