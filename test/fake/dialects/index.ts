/** The languages the fake vendor speaks, by the end of the path they are asked at. */
import type { Dialect } from "../asked.ts";
import { anthropicCountTokens, anthropicMessages } from "./anthropic-messages.ts";
import { openaiChat } from "./openai-chat.ts";
import { openaiCompletions } from "./openai-completions.ts";
import { openaiEmbeddings } from "./openai-embeddings.ts";
import { openaiResponses } from "./openai-responses.ts";

export interface Door {
  readonly ends: string;
  readonly format: string;
  readonly dialect: Dialect;
}

/** The first match wins, so the longer end stands first. */
const doors: readonly Door[] = [
  { ends: "/chat/completions", format: "openai-chat", dialect: openaiChat },
  { ends: "/completions", format: "openai-completions", dialect: openaiCompletions },
  { ends: "/embeddings", format: "openai-embeddings", dialect: openaiEmbeddings },
  { ends: "/responses", format: "openai-responses", dialect: openaiResponses },
  { ends: "/messages/count_tokens", format: "anthropic-messages", dialect: anthropicCountTokens },
  { ends: "/messages", format: "anthropic-messages", dialect: anthropicMessages },
];

export function doorAt(path: string): Door | undefined {
  const query = path.indexOf("?");
  const bare = query < 0 ? path : path.slice(0, query);
  return doors.find(({ ends }) => bare.endsWith(ends));
}

/** An error as the vendor of this path words it. */
export function errorBody(path: string, status: number, message: string): unknown {
  if (path.includes("/messages"))
    return { type: "error", error: { type: anthropicErrors[status] ?? "api_error", message }, request_id: "req_fake" };
  return {
    error: {
      message,
      type: openaiErrors[status] ?? (status >= 500 ? "server_error" : "invalid_request_error"),
      param: null,
      code: openaiCodes[status] ?? null,
    },
  };
}

const anthropicErrors: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};
const openaiErrors: Readonly<Record<number, string>> = { 429: "tokens" };
const openaiCodes: Readonly<Record<number, string>> = {
  401: "invalid_api_key",
  404: "model_not_found",
  429: "rate_limit_exceeded",
};
