/** Errors, in the envelope that all of OpenAI's APIs share, and those that stand inside an answer or a stream. */

import { GatewayError } from "../../canonical/error.ts";
import type { ErrorCodec } from "../format.ts";
import { error as envelope } from "../openai-chat/error.ts";
import { type Fields, fieldsOf, isFields, textOf } from "../reader.ts";
import type { Words } from "../words.ts";
import { formatId } from "./types.ts";
import { decodeUsage } from "./usage.ts";

export const error: ErrorCodec = {
  decode(status, body) {
    const read = envelope.decode(status, body);
    return new GatewayError(read.kind, read.source, read.message, {
      ...read.details,
      words: { format: formatId, body },
    });
  },
  encode: (failure) => envelope.encode(failure),
};

/** https://platform.openai.com/docs/api-reference/responses/object#responses/object-error; their HTTP statuses are not told. */
const statuses: ReadonlyMap<unknown, number> = new Map([
  ["rate_limit_exceeded", 429],
  ["insufficient_quota", 429],
  ["context_length_exceeded", 400],
  ["invalid_prompt", 400],
  ["bio_policy", 400],
  ["misalignment_policy_violation", 400],
  ["image_content_policy_violation", 400],
  ["content_policy_violation", 400],
]);

/** The error of an answer that failed, or of an `error` event (which some hosts wrap in an `error` of its own). */
export function readFailure(told: unknown): GatewayError {
  const outer = fieldsOf(told);
  const inner: Fields = isFields(outer["error"]) ? outer["error"] : outer;
  const code = inner["code"] ?? (inner["type"] === "error" ? null : inner["type"]);
  const message = textOf(inner["message"]) || "the provider failed to generate a response";
  const type = inner["type"] === "error" ? null : (textOf(inner["type"]) ?? null);
  const body = { error: { message, type, param: inner["param"] ?? null, code } };
  return error.decode(statuses.get(code) ?? statusOf(inner) ?? 500, body);
}

/** The error of an answer whose status is "failed", with the answer itself: clients of this language are told of it in that way. */
export function readFailed(response: Fields): GatewayError {
  const { kind, source, message, details, status } = readFailure(response["error"]);
  const usage = decodeUsage(response["usage"], response["output"]);
  const answer = { format: formatId, words: response, ...(usage && { usage }) };
  return new GatewayError(kind, source, message, { ...details, status, answer });
}

/** Some hosts put a status where the code stands. */
function statusOf({ code, type, status }: Fields): number | undefined {
  if (type === "invalid_request_error") return 400;
  if (type === "overloaded_error") return 503;
  const number = Number(code ?? status);
  return Number.isInteger(number) && number >= 400 && number < 600 ? number : undefined;
}

/** The error as it stands in an answer: {code, message}. Codes are those that this language's clients act on. */
export function encodeFailure(failure: GatewayError): Words {
  return { code: codeOf(failure), message: failure.message };
}

function codeOf({ kind, details }: GatewayError): string {
  const said = details.words?.format === formatId ? details.code : undefined;
  if (said !== undefined) return said;
  if (kind === "context-too-long") return "context_length_exceeded";
  if (kind === "rate-limited")
    return details.code === "insufficient_quota" ? "insufficient_quota" : "rate_limit_exceeded";
  if (kind === "content-blocked" || kind === "invalid-request") return "invalid_prompt";
  return "server_error";
}
