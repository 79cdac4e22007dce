/** Follows a stream that passes word for word: finds its few telling frames by their names, and counts the text of the rest. */

import type { FinishReason } from "../../canonical/chat.ts";
import type { GatewayError } from "../../canonical/error.ts";
import { weightOf } from "../../canonical/text-weight.ts";
import type { Usage } from "../../canonical/usage.ts";
import type { Frame, Skimmer, SkimOptions } from "../format.ts";
import { type Fields, fieldsOf, isFields, textOf } from "../reader.ts";
import { readFailed, readFailure } from "./error.ts";
import { readOutput } from "./read-output.ts";
import { readFinish } from "./response.ts";
import { decodeUsage } from "./usage.ts";

interface Notes {
  usage?: Usage;
  finish?: FinishReason;
  serviceTier?: string;
  model?: string;
  ended: boolean;
  error?: GatewayError;
  characters: number;
}

export function skim({ model }: SkimOptions): Skimmer {
  const seen: Notes = { ended: false, characters: 0 };
  return {
    seen,
    push(frame) {
      const type = frame.event ?? typeOf(frame.data);
      switch (type) {
        case "response.created":
        case "response.queued":
        case "response.in_progress":
          return model === undefined ? frame : renamed(frame, parsed(frame.data), model);
        case "response.completed":
        case "response.incomplete":
        case "response.failed":
        case "error": {
          const event = parsed(frame.data);
          read(type, event, seen);
          return model === undefined ? frame : renamed(frame, event, model);
        }
        default:
          readOther(type, frame.data, seen);
          return frame;
      }
    },
  };
}

function readOther(type: string, data: string, seen: Notes): void {
  if (type.endsWith(".delta")) seen.characters += deltaLength(data);
  // Hosts that cannot say what is wrong in this language say it in another's.
  else if (type === "" && data.startsWith('{"error"')) read("error", parsed(data), seen);
}

/** No text can hold this: inside a JSON string its quotes would be escaped. */
const typeMark = /"type"\s*:\s*"(response\.[a-z_.]+|error)"/;

function typeOf(data: string): string {
  // Nearly all hosts say the type first.
  if (data.startsWith('{"type":"')) return data.slice(9, data.indexOf('"', 9));
  return typeMark.exec(data)?.[1] ?? "";
}

function parsed(data: string): Fields {
  try {
    return fieldsOf(JSON.parse(data));
  } catch {
    // It passes as it came; only we cannot read it.
    return {};
  }
}

function read(type: string, event: Fields, seen: Notes): void {
  const response = fieldsOf(event["response"]);
  const usage = decodeUsage(response["usage"], response["output"]);
  if (usage) seen.usage = usage;
  const serviceTier = textOf(response["service_tier"]);
  if (serviceTier !== undefined) seen.serviceTier = serviceTier;
  const model = textOf(response["model"]);
  if (model !== undefined) seen.model = model;
  if (type === "error") seen.error = readFailure(event);
  else if (type === "response.failed") seen.error = readFailed(response);
  else if (isFields(event["response"])) {
    seen.finish = readFinish(response, readOutput(response["output"], "").parts);
    seen.ended = true;
  }
}

const deltaMark = '"delta":"';

/** What the text of a delta weighs, as it is written. */
function deltaLength(data: string): number {
  const mark = data.indexOf(deltaMark);
  if (mark < 0) return 0;
  const from = mark + deltaMark.length;
  let end = data.indexOf('"', from);
  while (end > 0 && isEscaped(data, end)) end = data.indexOf('"', end + 1);
  return end < 0 ? 0 : weightOf(data, from, end);
}

function isEscaped(data: string, at: number): boolean {
  let slashes = 0;
  while (data.charCodeAt(at - 1 - slashes) === 92) slashes++;
  return slashes % 2 === 1;
}

/** Only `response.model` is another's name for the model; nothing else in the frame is touched. */
function renamed(frame: Frame, event: Fields, model: string): Frame {
  const response = event["response"];
  if (!isFields(response) || typeof response["model"] !== "string" || response["model"] === model) return frame;
  const before = `"model":${JSON.stringify(response["model"])}`;
  const at = frame.data.indexOf(before);
  const only = at >= 0 && frame.data.indexOf(before, at + 1) < 0;
  const data = only
    ? `${frame.data.slice(0, at)}"model":${JSON.stringify(model)}${frame.data.slice(at + before.length)}`
    : JSON.stringify({ ...event, response: { ...response, model } });
  return frame.event === undefined ? { data } : { event: frame.event, data };
}
