/** The whole answer of the Messages API. */

import type { FinishReason } from "../../canonical/chat.ts";
import { GatewayError } from "../../canonical/error.ts";
import type { Part } from "../../canonical/part.ts";
import type { ResponseCodec } from "../format.ts";
import { type Fields, isFields, itemsOf, textOf } from "../reader.ts";
import { decodeAnswerBlock } from "./answer.ts";
import { encodeAnswerPart } from "./blocks.ts";
import { error } from "./error.ts";
import { decodeFinish, encodeFinish } from "./finish.ts";
import type { WireBlock } from "./types.ts";
import { decodeUsage, encodeUsage } from "./usage.ts";

export const response: ResponseCodec<"chat"> = {
  decode(body) {
    if (!isFields(body)) throw unreadable();
    if (body["type"] === "error") throw error.decode(200, body);
    if (!Array.isArray(body["content"])) throw unreadable();
    const parts: Part[] = [];
    for (const block of itemsOf(body["content"])) {
      const part = decodeAnswerBlock(block);
      if (part) parts.push(part);
    }
    const usage = decodeUsage(body["usage"]);
    const serviceTier = isFields(body["usage"]) ? textOf(body["usage"]["service_tier"]) : undefined;
    const stopSequence = textOf(body["stop_sequence"]);
    const extra = extraOf(body);
    return {
      id: textOf(body["id"]) ?? "",
      model: textOf(body["model"]) ?? "",
      choices: [
        {
          parts,
          finish: settledFinish(decodeFinish(body["stop_reason"]), parts),
          ...(stopSequence !== undefined && { stopSequence }),
        },
      ],
      ...(usage && { usage }),
      ...(serviceTier !== undefined && { serviceTier }),
      ...(extra && { extra }),
    };
  },

  encode({ id, model, choices, usage, serviceTier, extra }, occasion) {
    // The language has room for one choice.
    const [choice] = choices;
    const parts = choice?.parts ?? [];
    const content: WireBlock[] = [];
    for (const part of parts) {
      const block = encodeAnswerPart(part);
      if (block) content.push(block);
    }
    const called = parts.some(({ type }) => type === "tool-call");
    const body: Record<string, unknown> = {
      id: ownId(id, occasion.id),
      type: "message",
      role: "assistant",
      model,
      content,
      stop_reason: encodeFinish(choice?.finish ?? "other", choice?.stopSequence, called),
      stop_sequence: choice?.stopSequence ?? null,
      stop_details: null,
      usage: encodeUsage(usage, serviceTier),
    };
    if (extra) for (const key of ownExtras) if (extra[key] !== undefined) body[key] = extra[key];
    return body;
  },
  modelField: "model",
};

/** Clients recognise Anthropic's ids by their beginning: another vendor's is replaced. */
export const ownId = (id: string, fresh: string): string => (id.startsWith("msg_") ? id : `msg_${fresh}`);

/** An answer that came as the input of our own tool is no call. */
const settledFinish = (finish: FinishReason, parts: readonly Part[]): FinishReason =>
  finish === "tool-calls" && !parts.some(({ type }) => type === "tool-call" || type === "opaque") ? "stop" : finish;

const unreadable = (): GatewayError =>
  new GatewayError("bad-gateway", "upstream", "the provider's response has no message");

const read: ReadonlySet<string> = new Set([
  "id",
  "type",
  "role",
  "model",
  "content",
  "stop_reason",
  "stop_sequence",
  "usage",
]);

/** What of another answer's extra fields an Anthropic client may see: its own language's. */
const ownExtras: readonly string[] = ["container", "context_management", "diagnostics", "stop_details"];

/** Null says nothing. */
function extraOf(body: Fields): Fields | undefined {
  let extra: Record<string, unknown> | undefined;
  for (const key of Object.keys(body)) {
    if (read.has(key) || key === "__proto__" || body[key] === null) continue;
    extra ??= {};
    extra[key] = body[key];
  }
  return extra;
}
