/** Follows a stream that passes word for word: reads usage and the end, and parses nothing in between. */

import type { FinishReason } from "../../canonical/chat.ts";
import type { GatewayError } from "../../canonical/error.ts";
import { weightOf } from "../../canonical/text-weight.ts";
import type { Frame, Seen, Skimmer, SkimOptions } from "../format.ts";
import { type Fields, fieldsOf, isFields, textOf } from "../reader.ts";
import { error } from "./error.ts";
import { decodeFinish } from "./finish.ts";
import { decodeUsage, mergedUsage } from "./usage.ts";

/** Anthropic always tells usage, so nothing is ever withheld. */
export const skim = ({ model }: SkimOptions): Skimmer => new Watcher(model);

/** Owns what has been seen of one stream. */
class Watcher implements Skimmer {
  readonly #model: string | undefined;
  #usage: Fields | undefined;
  #finish: FinishReason | undefined;
  #serviceTier: string | undefined;
  #answering: string | undefined;
  #ended = false;
  #error: GatewayError | undefined;
  #characters = 0;

  constructor(model: string | undefined) {
    this.#model = model;
  }

  get seen(): Seen {
    const usage = decodeUsage(this.#usage);
    return {
      ...(usage && { usage }),
      ...(this.#finish && { finish: this.#finish }),
      ...(this.#serviceTier !== undefined && { serviceTier: this.#serviceTier }),
      ...(this.#answering !== undefined && { model: this.#answering }),
      ended: this.#ended,
      ...(this.#error && { error: this.#error }),
      characters: this.#characters,
    };
  }

  push(frame: Frame): Frame {
    switch (frame.event ?? typeOf(frame.data)) {
      case "content_block_delta":
        this.#characters += lengthOf(frame.data);
        return frame;
      case "message_start":
        return this.#start(frame);
      case "message_delta":
        this.#end(fieldsOf(parsed(frame.data)));
        return frame;
      case "message_stop":
        this.#ended = true;
        return frame;
      case "error":
        this.#error = error.decode(200, parsed(frame.data));
        return frame;
      default:
        return frame;
    }
  }

  #start(frame: Frame): Frame {
    const words = parsed(frame.data);
    const message = fieldsOf(words)["message"];
    if (!isFields(words) || !isFields(message)) return frame;
    this.#note(message["usage"]);
    if (typeof message["model"] === "string") this.#answering = message["model"];
    if (this.#model === undefined || message["model"] === this.#model) return frame;
    const data = renamed(frame.data, message, this.#model) ?? written(words, message, this.#model);
    return frame.event === undefined ? { data } : { event: frame.event, data };
  }

  #end(words: Fields): void {
    this.#note(words["usage"]);
    const reason = fieldsOf(words["delta"])["stop_reason"];
    if (typeof reason === "string") this.#finish = decodeFinish(reason);
  }

  #note(usage: unknown): void {
    this.#usage = mergedUsage(this.#usage, usage);
    const tier = textOf(fieldsOf(usage)["service_tier"]);
    if (tier !== undefined) this.#serviceTier = tier;
  }
}

/** The name of a host that sends no `event:` lines: the first "type" is the event's own nearly always, else JSON.parse tells. */
function typeOf(data: string): unknown {
  const key = data.indexOf('"type":"');
  if (key < 0) return fieldsOf(parsed(data))["type"];
  const from = key + 8;
  const type = data.slice(from, data.indexOf('"', from));
  return known.has(type) ? type : fieldsOf(parsed(data))["type"];
}

const known: ReadonlySet<string> = new Set([
  "content_block_delta",
  "content_block_start",
  "content_block_stop",
  "message_start",
  "message_delta",
  "message_stop",
  "ping",
  "error",
]);

const growing: readonly string[] = ['"text":"', '"thinking":"', '"partial_json":"'];

/** What the delta's text weighs, escapes counted as they are written. */
function lengthOf(data: string): number {
  for (const key of growing) {
    const at = data.lastIndexOf(key);
    if (at >= 0) return weightOf(data, at + key.length, Math.max(at + key.length, data.lastIndexOf('"')));
  }
  return 0;
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    // The client reads it, and may complain; the ledger has nothing to learn from it.
    return undefined;
  }
}

/** The same text with another name in it. Undefined: the name does not stand where it can be replaced safely. */
function renamed(data: string, message: Fields, model: string): string | undefined {
  if (typeof message["model"] !== "string") return undefined;
  const field = `"model":${JSON.stringify(message["model"])}`;
  const at = data.indexOf(field);
  if (at < 0 || data.indexOf(field, at + 1) >= 0) return undefined;
  return `${data.slice(0, at)}"model":${JSON.stringify(model)}${data.slice(at + field.length)}`;
}

const written = (words: Fields, message: Fields, model: string): string =>
  JSON.stringify({ ...words, message: { ...message, model } });
