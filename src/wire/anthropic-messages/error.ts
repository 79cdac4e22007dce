/** Errors of the Messages API: https://docs.anthropic.com/en/api/errors. */

import { type ErrorKind, GatewayError, kindOfStatus } from "../../canonical/error.ts";
import type { Body, ErrorCodec } from "../format.ts";
import { type Fields, fieldsOf, isFields, textOf } from "../reader.ts";
import { format } from "./types.ts";

interface Meaning {
  readonly kind: ErrorKind;
  /** What an error in mid-stream would have had for a status. */
  readonly status: number;
}

const meanings: Readonly<Record<string, Meaning>> = {
  invalid_request_error: { kind: "invalid-request", status: 400 },
  authentication_error: { kind: "unauthenticated", status: 401 },
  billing_error: { kind: "forbidden", status: 402 },
  permission_error: { kind: "forbidden", status: 403 },
  not_found_error: { kind: "not-found", status: 404 },
  conflict_error: { kind: "conflict", status: 409 },
  request_too_large: { kind: "too-large", status: 413 },
  rate_limit_error: { kind: "rate-limited", status: 429 },
  api_error: { kind: "internal", status: 500 },
  timeout_error: { kind: "timeout", status: 504 },
  overloaded_error: { kind: "overloaded", status: 529 },
};

/** More of a vendor's page than this helps nobody. */
const longestText = 2000;

export const error: ErrorCodec = {
  decode(status, body) {
    const words = fieldsOf(fieldsOf(body)["error"]);
    const type = textOf(words["type"]);
    const meaning = type !== undefined && Object.hasOwn(meanings, type) ? meanings[type] : undefined;
    const message = textOf(words["message"]) ?? plainText(body) ?? `the provider returned status ${status}`;
    // A stream has begun with 200: its error's type tells the status.
    const told = status >= 400 ? status : (meaning?.status ?? 502);
    const code = textOf(fieldsOf(words["details"])["error_code"]);
    return new GatewayError(kindOf(told, meaning, message), "upstream", message, {
      status: told,
      ...(code !== undefined && { code }),
      words: { format, body },
    });
  },

  encode(failure) {
    const { message, details } = failure;
    const own = details.words?.format === format ? ownWords(details.words.body, message) : undefined;
    if (own) return own;
    return { type: "error", error: { type: typeOf(failure), message, ...threadRefusal(failure) } };
  },
};

/** The SDKs' tool runners ask for a thread unasked, and go on without one where a refusal says so in these words. */
function threadRefusal({ source, kind, details }: GatewayError): Body {
  if (source !== "client" || kind !== "invalid-request" || details.param !== "thread") return {};
  return { details: { error_code: "thread_unsupported_request", unsupported: ["model"] } };
}

/** A proxy in between answers in text or HTML. */
function plainText(body: unknown): string | undefined {
  if (typeof body === "string" && body.trim() !== "") return body.trim().slice(0, longestText);
  const { message, error: text } = fieldsOf(body);
  return textOf(message) ?? textOf(text);
}

function kindOf(status: number, meaning: Meaning | undefined, message: string): ErrorKind {
  if (status < 500 && isTooLong(message)) return "context-too-long";
  if (status < 500 && message.includes("content filtering policy")) return "content-blocked";
  if (!meaning || meaning.kind === "invalid-request" || meaning.kind === "internal") return kindOfStatus(status);
  return meaning.kind;
}

/** The forms in which Anthropic and those who host its models say that the context window is too small. */
const tooLong: readonly string[] = [
  "prompt is too long",
  "prompt: length",
  "exceed context limit",
  "exceeds the maximum context",
  "maximum context length",
  "Input is too long",
  "input is too long",
  "too many total text bytes",
];

const isTooLong = (message: string): boolean => tooLong.some((form) => message.includes(form));

function ownWords(body: unknown, message: string): Body | undefined {
  if (!isFields(body)) return undefined;
  const words = body["error"];
  if (!isFields(words) || typeof words["type"] !== "string") return undefined;
  return withRequestId({ type: "error", error: { ...words, message } }, body);
}

/** By this id the vendor's support finds the call. */
const withRequestId = (own: Body, { request_id: id }: Fields): Body =>
  typeof id === "string" ? { ...own, request_id: id } : own;

const types: ReadonlyMap<number, string> = new Map([
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [408, "timeout_error"],
  [409, "conflict_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
]);

function typeOf({ kind, status }: GatewayError): string {
  const exact = types.get(status);
  if (exact !== undefined) return exact;
  if (kind === "overloaded") return "overloaded_error";
  return status < 500 ? "invalid_request_error" : "api_error";
}
