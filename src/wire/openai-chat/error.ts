/** Errors, in the envelope that all of OpenAI's APIs share. https://platform.openai.com/docs/guides/error-codes */

import { type ErrorKind, GatewayError, kindOfStatus } from "../../canonical/error.ts";
import type { Body, ErrorCodec } from "../format.ts";
import { type Fields, fieldsOf, isFields, itemsOf, numberOf, textOf } from "../reader.ts";
import { formatId } from "./parts.ts";

export const error: ErrorCodec = { decode, encode };

const byCode: Readonly<Partial<Record<string, ErrorKind>>> = {
  context_length_exceeded: "context-too-long",
  string_above_max_length: "context-too-long",
  content_policy_violation: "content-blocked",
  content_filter: "content-blocked",
  ResponsibleAIPolicyViolation: "content-blocked",
  insufficient_quota: "rate-limited",
  rate_limit_exceeded: "rate-limited",
  server_error: "internal",
  overloaded_error: "overloaded",
};

/** What hosts without codes say. */
const byText: readonly (readonly [string, ErrorKind])[] = [
  ["maximum context length", "context-too-long"],
  ["context length", "context-too-long"],
  ["prompt is too long", "context-too-long"],
  ["input is too long", "context-too-long"],
  ["exceeds the maximum number of tokens", "context-too-long"],
  ["exceeds the available context size", "context-too-long"],
  ["reduce the length of the messages", "context-too-long"],
  ["content management policy", "content-blocked"],
  ["content filtering policy", "content-blocked"],
  ["safety system", "content-blocked"],
];

function decode(status: number, body: unknown): GatewayError {
  const top = fieldsOf(body);
  const told = isFields(top["error"]) ? top["error"] : top;
  const message = messageOf(body) ?? `the provider returned status ${status}`;
  const code = codeOf(told);
  const param = textOf(told["param"]);
  return new GatewayError(kindOf(status, told, message), "upstream", message, {
    status,
    ...(param !== undefined && { param }),
    ...(code !== undefined && { code }),
    words: { format: formatId, body },
  });
}

function kindOf(status: number, told: Fields, message: string): ErrorKind {
  const kind = kindOfWord(told["code"]) ?? kindOfWord(fieldsOf(told["innererror"])["code"]) ?? kindOfWord(told["type"]);
  if (kind && (status < 500 || kind === "overloaded")) return kind;
  if (status >= 400 && status < 429) {
    const text = message.toLowerCase();
    for (const [phrase, meant] of byText) if (text.includes(phrase)) return meant;
  }
  return kindOfStatus(status);
}

const kindOfWord = (word: unknown): ErrorKind | undefined =>
  typeof word === "string" && Object.hasOwn(byCode, word) ? byCode[word] : undefined;

const codeOf = ({ code }: Fields): string | undefined =>
  typeof code === "number" ? String(code) : textOf(code) || undefined;

/** Hosts of this language say {error: {message}}, {error: "…"}, {message}, {detail: "…" or [{msg, loc}]}, [{error}] or plain text. */
function messageOf(body: unknown): string | undefined {
  if (typeof body === "string") return body.trim() === "" ? undefined : body.slice(0, 2000);
  const [first] = itemsOf(body);
  const top = fieldsOf(first ?? body);
  const { error: inner, message, detail } = top;
  const direct = textOf(fieldsOf(inner)["message"]) ?? textOf(inner) ?? textOf(message) ?? textOf(detail);
  if (direct) return direct;
  const list = [...itemsOf(detail), ...itemsOf(fieldsOf(message)["detail"])].map((one) => {
    const { msg, loc } = fieldsOf(one);
    return `${itemsOf(loc).filter(isWord).join(".")}: ${textOf(msg) ?? ""}`;
  });
  return list.length > 0 ? list.join("; ") : undefined;
}

/** A step of a path. Anything else might not even be turned into text. */
const isWord = (step: unknown): boolean => typeof step === "string" || typeof step === "number";

/** An error that came with status 200: in a body, or as a frame of a stream. `body` is what held it. */
export function readError(told: unknown, body: unknown): GatewayError {
  const { code, status, type } = fieldsOf(told);
  return decode(statusOf(code) ?? statusOf(status) ?? (type === "invalid_request_error" ? 400 : 500), body);
}

function statusOf(word: unknown): number | undefined {
  const number = typeof word === "string" ? Number(word) : numberOf(word);
  return number !== undefined && Number.isInteger(number) && number >= 400 && number < 600 ? number : undefined;
}

/** Types and codes as the gateway's clients know them: both follow the status, unless the gateway itself has a better word. */
function encode({ message, status, source, details }: GatewayError): Body {
  const code = source === "upstream" ? undefined : details.code;
  return {
    error: {
      message,
      type: details.type ?? typeOf(status),
      param: details.param ?? null,
      code: code ?? String(status),
      ...findingsOf(details),
    },
  };
}

/** What a filter found in which category, for clients that tell their users; nothing else of what the vendor said is for them. */
function findingsOf({ words }: GatewayError["details"]): Body {
  if (words?.format !== formatId) return {};
  const { code, content_filter_result: found } = fieldsOf(fieldsOf(fieldsOf(words.body)["error"])["innererror"]);
  if (!isFields(found)) return {};
  return { innererror: { ...(typeof code === "string" && { code }), content_filter_result: found } };
}

function typeOf(status: number): string {
  if (status >= 500) return "internal_server_error";
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  return status === 429 ? "throttling_error" : "invalid_request_error";
}
