/** Answers that build on stored ones, for vendors that store none: what was said before is put in front of what is said now. */

import { GatewayError } from "../../canonical/error.ts";
import type { Body, Frame } from "../format.ts";
import { stamped } from "../json-text.ts";
import { fieldsOf, isFields, itemsOf } from "../reader.ts";
import type { Words } from "../words.ts";
import { itemId } from "./item-id.ts";

/** One question with its answer, as they were kept. */
export interface Turn {
  readonly input: readonly unknown[];
  readonly output: readonly unknown[];
}

/** The input of a request as items, each with an id, as they can be kept and listed. `response` is the id of its answer. */
export function inputItems(input: unknown, response: string): Words[] {
  const items = typeof input === "string" ? [{ role: "user", content: input }] : itemsOf(input);
  return items.filter(isFields).map((item, index) => {
    const words: Words = { ...item };
    if (typeof words["type"] !== "string") words["type"] = "message";
    if (words["type"] === "message" && typeof words["content"] === "string")
      words["content"] = [
        { type: words["role"] === "assistant" ? "output_text" : "input_text", text: words["content"] },
      ];
    if (typeof words["id"] !== "string") words["id"] = itemId("in", response, index);
    return words;
  });
}

/** The same request with all that was said before in it, oldest first, and no answer named that it builds on. Instructions do not carry over. */
export function expanded(body: Body, turns: readonly Turn[]): Body {
  const before: unknown[] = [];
  const byId = new Map<unknown, unknown>();
  const keep = (item: unknown, said: unknown): void => {
    before.push(said);
    byId.set(fieldsOf(item)["id"], said);
  };
  for (const { input, output } of turns) {
    for (const item of input) keep(item, withoutMadeUpId(item));
    const whole = output.every(isPortable);
    for (const item of output) if (isPortable(item)) keep(item, whole ? withoutNothing(item) : apart(item));
  }
  const { previous_response_id: _, input, ...rest } = body;
  const said = typeof input === "string" ? [{ role: "user", content: input }] : itemsOf(input);
  const now = said.map((item) => {
    const { type, id } = fieldsOf(item);
    return type === "item_reference" ? (byId.get(id) ?? item) : item;
  });
  return { ...rest, input: [...before, ...now] };
}

/** The same for the vendor that gave the answer and keeps it: with the answer's name in place of the items put before, however they were changed since. */
export function resumed(body: Body, previous: string, turns: readonly Turn[]): Body {
  const { input } = body;
  if (!Array.isArray(input)) return body;
  const before = turns.reduce(
    (sum, { input: asked, output }) => sum + asked.length + output.filter(isPortable).length,
    0,
  );
  return { ...body, input: input.slice(before), previous_response_id: previous };
}

const previousField = "previous_response_id";

/** The answer with the name of the one that it builds on: a vendor that was told everything knows of none. */
export function answerAfter(text: string, previous: string): string {
  const answer: unknown = JSON.parse(text);
  if (!isFields(answer) || answer[previousField] === previous) return text;
  if (Object.hasOwn(answer, previousField)) return stamped(text, previousField, previous);
  return JSON.stringify({ ...answer, [previousField]: previous });
}

/** The events that tell the answer as it stands. */
const snapshot = /\bresponse\.(?:created|queued|in_progress|completed|incomplete|failed)\b/;

/** The same for an event of its stream. */
export function frameAfter(frame: Frame, previous: string): Frame {
  if (!snapshot.test(frame.event ?? frame.data.slice(0, 60))) return frame;
  const event: unknown = JSON.parse(frame.data);
  if (!isFields(event) || !isFields(event["response"])) return frame;
  const data = JSON.stringify({ ...event, response: { ...event["response"], [previousField]: previous } });
  return frame.event === undefined ? { data } : { event: frame.event, data };
}

/** Whether a vendor says that it has the answer no longer, or never had it. */
export const isPreviousLost = ({ source, status, details }: GatewayError): boolean =>
  source === "upstream" &&
  (status === 400 || status === 404) &&
  (details.param === previousField || details.code === "previous_response_not_found");

/** An id that we gave to a question means nothing to a vendor. */
function withoutMadeUpId(item: unknown): unknown {
  const { id, ...words } = fieldsOf(item);
  return typeof id === "string" && id.startsWith("in_") ? words : item;
}

/** A thought that is not sealed is only a name for what its vendor keeps, and unknown to everybody else. */
function isPortable(item: unknown): boolean {
  const { type, encrypted_content: sealed } = fieldsOf(item);
  return type !== "reasoning" || typeof sealed === "string";
}

/** By its id a vendor knows which thought an item came with, and refuses it without. */
function apart(item: unknown): unknown {
  const words = withoutNothing(item);
  if (!isFields(words) || words["type"] === "reasoning") return words;
  const { id: _, ...others } = words;
  return others;
}

/** Answers name what they leave open; questions may not. */
function withoutNothing(item: unknown): unknown {
  if (!isFields(item)) return item;
  const words: Words = {};
  for (const key of Object.keys(item)) if (item[key] !== null) words[key] = item[key];
  return words;
}

export const previousNotFound = (id: string): GatewayError =>
  new GatewayError("invalid-request", "client", `Previous response with id '${id.slice(0, 100)}' not found.`, {
    param: "previous_response_id",
    code: "previous_response_not_found",
  });

export const responseNotFound = (id: string): GatewayError =>
  new GatewayError("not-found", "client", `Response with id '${id.slice(0, 100)}' not found.`);

export interface PageQuery {
  /** The id of the last item that the client has. */
  readonly after?: string;
  /** 1 to 100; 20 where unsaid. */
  readonly limit?: number;
  /** Newest first where unsaid. */
  readonly order?: "asc" | "desc";
}

/** https://platform.openai.com/docs/api-reference/responses/input-items */
export function pageOf(items: readonly unknown[], { after, limit = 20, order = "desc" }: PageQuery): Body {
  const ordered = order === "asc" ? items : items.toReversed();
  const from = after === undefined ? 0 : ordered.findIndex((item) => fieldsOf(item)["id"] === after) + 1;
  const data = ordered.slice(from, from + limit);
  return {
    object: "list",
    data,
    first_id: fieldsOf(data[0])["id"] ?? null,
    last_id: fieldsOf(data[data.length - 1])["id"] ?? null,
    has_more: from + data.length < ordered.length,
  };
}
