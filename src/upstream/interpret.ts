/** Reads a vendor's answer: whole ones into a value beside its bytes, streams into items, word for word where the client speaks the same language. */

import type { ChatEvent } from "../canonical/chat.ts";
import { replay } from "../canonical/collect.ts";
import { credible } from "../canonical/credible.ts";
import { GatewayError } from "../canonical/error.ts";
import type { EventOf, Operation, ResponseOf } from "../canonical/operation.ts";
import type { Usage } from "../canonical/usage.ts";
import type { Exchange, Reply } from "../exchange.ts";
import type { Answer } from "../net/draft.ts";
import type { Route } from "../providers/provider.ts";
import type { Frame } from "../wire/format.ts";
import { sseDecoder } from "../wire/framing/sse.ts";
import { stamped } from "../wire/json-text.ts";
import { type Item, quoting } from "../wire/quoted.ts";
import { compose, type Transducer } from "../wire/transducer.ts";
import { observer, type Sight } from "./observe.ts";
import { hushed, withoutSecrets } from "./secrets.ts";

export async function wholeReply<O extends Operation>(
  { format, request, notes }: Exchange<O>,
  route: Route<O>,
  answer: Answer,
  secrets: readonly string[],
): Promise<{ reply: Reply<O> & { kind: "whole" }; value: ResponseOf<O> }> {
  const bytes = await answer.bytes();
  const said = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  // RFC 8259 §8.1: a byte order mark may be passed over.
  const text = said.charCodeAt(0) === 0xfeff ? said.slice(1) : said;
  const words = parsed(text);
  const value = decodedWhole(route, words, text, secrets);
  // Who falls back learns who answered; everybody else is told the name they asked by.
  const model = notes.fallbacks > 0 ? undefined : request.value.model;
  const own = route.format.id === format.id ? relayable(text, words, route, model) : text;
  const quote = { format: route.format.id, words, text: own };
  return { reply: { kind: "whole", response: { value: named(value, model), quote } }, value: believed(value) };
}

/** What is no answer but an error, said with status 200, may repeat a secret as any other error may. */
function decodedWhole<O extends Operation>(
  { format: { response } }: Route<O>,
  words: unknown,
  text: string,
  secrets: readonly string[],
): ResponseOf<O> {
  try {
    return response.decode(words);
  } catch (error) {
    const clean = withoutSecrets(text, secrets);
    if (clean === text) throw error;
    return response.decode(parsed(clean));
  }
}

/** The vendor's text, but for the model's name and what the language wants said anew. */
function relayable<O extends Operation>(
  text: string,
  words: unknown,
  { format: { response } }: Route<O>,
  model: string | undefined,
): string {
  const { modelField, amended } = response;
  let own = modelField !== undefined && model !== undefined ? stamped(text, modelField, model) : text;
  const anew = amended?.(words);
  if (anew) for (const name of Object.keys(anew)) own = stamped(own, name, anew[name]);
  return own;
}

function believed<R extends object>(value: R): R {
  const { usage } = value as { readonly usage?: Usage };
  if (!usage || credible(usage)) return value;
  const { usage: _, ...rest } = value as R & { readonly usage?: Usage };
  return rest as R;
}

/** The client's name for the model, not the vendor's. */
const named = <R extends object>(value: R, model: string | undefined): R =>
  model !== undefined && "model" in value ? { ...value, model } : value;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GatewayError("bad-gateway", "upstream", "the provider's response is not valid JSON", { cause });
  }
}

export interface Streamed<O extends Operation> {
  readonly batches: AsyncIterable<readonly Item<EventOf<O>>[]>;
  /** As it is when it is asked for: it grows with the stream. */
  readonly sight: Sight;
}

export function streamReply<O extends Operation>(
  exchange: Exchange<O>,
  route: Route<O>,
  answer: Answer,
  secrets: readonly string[],
): Streamed<O> {
  const { events } = route.format;
  const framing = hushed(sseDecoder(), secrets);
  if (!events) throw new GatewayError("internal", "gateway", `${route.format.id} does not stream`);
  const same = route.format.id === exchange.format.id;
  const { value } = exchange.request;
  const usage = "streamUsage" in value && value.streamUsage === true;
  const model = exchange.notes.fallbacks > 0 ? (exchange.notes.group ?? value.model) : value.model;
  const skimmer = same ? events.skim?.({ model, usage }) : undefined;
  if (skimmer && !exchange.decode) {
    return {
      batches: relayed(answer, framing, route.format.id, skimmer),
      get sight() {
        return soberly(skimmer.seen);
      },
    };
  }
  const seen = observer();
  return {
    batches: decoded({ answer, framing }, route, seen, skimmer, model),
    get sight() {
      return soberly(seen.sight);
    },
  };
}

function soberly(sight: Sight): Sight {
  if (!sight.usage || credible(sight.usage)) return sight;
  const { usage: _, ...rest } = sight;
  return rest;
}

/** Same language, and nobody wants the events: frames pass, and are only looked at. */
async function* relayed<E>(
  answer: Answer,
  framing: Transducer<string, Frame>,
  format: string,
  skimmer: { push(frame: Frame): Frame | undefined },
): AsyncGenerator<readonly Item<E>[]> {
  const decoder = new TextDecoder();
  for await (const chunk of answer.chunks()) {
    const frames = framing.push(decoder.decode(chunk, { stream: true }));
    const broken = frames.findIndex(isGarbage);
    const words = kept(broken < 0 ? frames : frames.slice(0, broken), skimmer);
    if (words.length > 0) yield [{ value: [], quote: { format, words } }];
    // A client that cannot parse a frame learns nothing from it, least of all that its answer is broken.
    if (broken >= 0) throw new GatewayError("bad-gateway", "upstream", "the provider's stream contains invalid JSON");
  }
  const rest = kept(framing.end(), skimmer);
  if (rest.length > 0) yield [{ value: [], quote: { format, words: rest } }];
}

/** Objects end in a brace: whatever does not is looked at twice. */
const isGarbage = ({ data }: Frame): boolean => data.charCodeAt(data.length - 1) !== brace && !isReadable(data);
const brace = 125;

function isReadable(data: string): boolean {
  const text = data.trim();
  if (text === "" || text.startsWith("[DONE]")) return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function kept(frames: readonly Frame[], skimmer: { push(frame: Frame): Frame | undefined }): Frame[] {
  const passing: Frame[] = [];
  for (const frame of frames) {
    const said = skimmer.push(frame);
    if (said) passing.push(said);
  }
  return passing;
}

async function* decoded<O extends Operation>(
  { answer, framing }: { readonly answer: Answer; readonly framing: Transducer<string, Frame> },
  { format }: Route<O>,
  seen: { push(event: EventOf<O>): void },
  skimmer: { push(frame: Frame): Frame | undefined } | undefined,
  model: string,
): AsyncGenerator<readonly Item<EventOf<O>>[]> {
  if (!format.events) return;
  const text = new TextDecoder();
  const step = compose(framing, quoting(format.id, format.events.decoder()));
  const seeing = (items: readonly Item<EventOf<O>>[]): readonly Item<EventOf<O>>[] => {
    for (const { value } of items) for (const event of value) seen.push(event);
    if (!skimmer) return items.map((item) => renamed(item, model));
    // The client's own language: the words go out as a relay would send them.
    return items.map((item) =>
      item.quote ? { value: item.value, quote: { ...item.quote, words: kept(item.quote.words, skimmer) } } : item,
    );
  };
  for await (const chunk of answer.chunks()) {
    const items = seeing(step.push(text.decode(chunk, { stream: true })));
    if (items.length > 0) yield items;
  }
  const rest = seeing(step.end());
  if (rest.length > 0) yield rest;
}

/** The client's name for the model, in the event that names it. */
function renamed<E extends ChatEvent>(item: Item<E>, model: string): Item<E> {
  const [first] = item.value;
  if (first?.type !== "start" || first.model === model) return item;
  return { ...item, value: [{ ...first, model }, ...item.value.slice(1)] };
}

/** A whole answer told as a stream, for vendors that cannot and for vendors that did not. */
export function replayed<O extends Operation>(value: ResponseOf<O>): AsyncIterable<readonly Item<EventOf<O>>[]> {
  const events = "choices" in value ? [...replay(value)] : [];
  return (async function* () {
    yield [{ value: events }];
  })();
}
