/** What every request must say, and must not, as the operator wants it. */

import type { Caller } from "../canonical/caller.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Demands } from "../config/config.ts";
import { type Exchange, type Stage, wordsOf } from "../exchange.ts";

type Words = Readonly<Record<string, unknown>>;

/** Besides, a key may bring demands of its own, in its metadata. */
export function demand({ endUser, fields, serviceFields, noTags }: Demands): Stage {
  return (exchange, next) => {
    // Counting asks no model.
    if (exchange.operation === "count") return next(exchange);
    if (noTags && (exchange.controls.tags?.length ?? 0) > 0)
      throw refusal("metadata.tags", "tags are not taken from clients here: they are set on the key");
    if (endUser && !namesUser(exchange)) throw missing("user");
    needs(exchange, fields);
    needs(exchange, ownFields(exchange.caller));
    if (serviceFields.length > 0 && isService(exchange.caller)) needs(exchange, serviceFields);
    return next(exchange);
  };
}

const none: readonly string[] = [];

function ownFields({ metadata }: Caller): readonly string[] {
  const own = metadata["enforced_params"];
  return Array.isArray(own) ? own.filter((one) => typeof one === "string") : none;
}

const isService = ({ metadata }: Caller): boolean => (metadata["service_account_id"] ?? null) !== null;

function needs(exchange: Exchange, fields: readonly string[]): void {
  for (const field of fields) if (!says(exchange, field)) throw missing(field);
}

function says(exchange: Exchange, field: string): boolean {
  if (field === "user") return namesUser(exchange);
  const words = wordsOf(exchange.request);
  if (isThere(valueAt(words, field))) return true;
  // Where a language has `metadata` of its own, ours stands apart.
  return field.startsWith("metadata.") && isThere(valueAt(exchange.controls.metadata, field.slice("metadata.".length)));
}

/** In the body, in a header, or where Anthropic has it. */
function namesUser({ controls, request }: Exchange): boolean {
  if (controls.endUser !== undefined) return controls.endUser !== "";
  const words = wordsOf(request);
  return isThere(valueAt(words, "user")) || isThere(valueAt(words, "metadata.user_id"));
}

function valueAt(words: Words | undefined, path: string): unknown {
  let value: unknown = words;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

const isThere = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

const missing = (field: string): GatewayError =>
  refusal(field, `BadRequest please pass param=${field} in request body. This is a required param`);

/** The gateway's own refusal: another attempt or model would not help. */
const refusal = (param: string, message: string): GatewayError =>
  new GatewayError("invalid-request", "client", message, { param });
