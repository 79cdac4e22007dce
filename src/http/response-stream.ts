/** A stored answer asked for as a stream: told again from what is kept, or, while its vendor goes on with it, as the vendor tells it. */

import type { ChatEvent } from "../canonical/chat.ts";
import { GatewayError, invalid } from "../canonical/error.ts";
import type { StoredResponse } from "../state/responses/store.ts";
import type { Body, Frame } from "../wire/format.ts";
import { openaiResponses } from "../wire/openai-responses/index.ts";
import { storedEvents } from "../wire/openai-responses/stored-events.ts";
import type { Item } from "../wire/quoted.ts";
import { fieldsOf, isFields } from "../wire/reader.ts";
import { sendStream } from "./endpoint.ts";
import type { Incoming } from "./incoming.ts";

export interface StreamQuery {
  /** The number of the last event that the client has. */
  readonly after?: number;
}

/** Undefined: no stream is asked for. */
export function streamQuery(query: URLSearchParams): StreamQuery | undefined {
  const stream = query.get("stream");
  if (stream !== null && stream !== "true" && stream !== "false")
    throw invalid("stream", 'stream must be "true" or "false"');
  const said = query.get("starting_after");
  if (stream !== "true") return undefined;
  if (said === null) return {};
  const after = Number(said);
  if (!Number.isSafeInteger(after) || after < 0)
    throw invalid("starting_after", "starting_after must be the sequence_number of an event");
  return { after };
}

export const queryOf = ({ after }: StreamQuery): string =>
  after === undefined ? "stream=true" : `stream=true&starting_after=${after}`;

export function sendStored(
  incoming: Incoming,
  entry: StoredResponse,
  response: Body,
  { after }: StreamQuery,
): Promise<void> {
  return send(incoming, entry, one(storedEvents(response, after)));
}

async function* one(frames: readonly Frame[]): AsyncGenerator<readonly Frame[]> {
  yield await Promise.resolve(frames);
}

/** `ended`: told the answer as its last event has it, before the client is. */
export function sendFollowed(
  incoming: Incoming,
  entry: StoredResponse,
  told: AsyncIterable<readonly Frame[]>,
  ended: (now: Body) => Promise<Body>,
): Promise<void> {
  return send(incoming, entry, followed(entry, told, ended));
}

async function* followed(
  entry: StoredResponse,
  told: AsyncIterable<readonly Frame[]>,
  ended: (now: Body) => Promise<Body>,
): AsyncGenerator<readonly Frame[]> {
  let isOver = false;
  for await (const said of told) {
    const frames: Frame[] = [];
    for (const one of said) {
      const { frame, isLast } = await retold(one, entry, ended);
      isOver ||= isLast;
      frames.push(frame);
    }
    if (frames.length > 0) yield frames;
  }
  if (!isOver) throw new GatewayError("bad-gateway", "upstream", "the provider ended its response early");
}

const snapshot = /^response\.(?:created|queued|in_progress|completed|incomplete|failed|cancelled)$/;
const last = /^response\.(?:completed|incomplete|failed|cancelled)$/;

interface Retold {
  readonly frame: Frame;
  readonly isLast: boolean;
}

/** The answer's own names for the model and for what it builds on are the client's; nothing else is touched. */
async function retold(frame: Frame, entry: StoredResponse, ended: (now: Body) => Promise<Body>): Promise<Retold> {
  const type = frame.event ?? typeIn(frame.data);
  if (!snapshot.test(type)) return { frame, isLast: false };
  const event = parsed(frame.data);
  const response = event["response"];
  if (!isFields(response)) return { frame, isLast: false };
  const isLast = last.test(type);
  const own = isLast ? await ended(response) : { ...response, ...namesIn(entry) };
  const data = JSON.stringify({ ...event, response: own });
  return { frame: frame.event === undefined ? { data } : { event: frame.event, data }, isLast };
}

/** What a client knows an answer's model and the answer before it by. */
export const namesIn = ({ response, model, previous }: StoredResponse): Body => ({
  model: response["model"] ?? model,
  ...(previous && { previous_response_id: previous }),
});

const typeIn = (data: string): string =>
  data.startsWith('{"type":"') ? data.slice(9, data.indexOf('"', 9)) : String(parsed(data)["type"]);

function parsed(data: string): Body {
  try {
    return fieldsOf(JSON.parse(data));
  } catch {
    // It passes as it came; only we cannot read it.
    return {};
  }
}

function send(
  incoming: Incoming,
  { id, model }: StoredResponse,
  frames: AsyncIterable<readonly Frame[]>,
): Promise<void> {
  const { cancel, notes, gateway } = incoming;
  notes.stream = true;
  const occasion = { now: Math.floor(gateway.now() / 1000), id: incoming.id.replaceAll("-", "") };
  const exchange = { format: openaiResponses, cancel };
  return sendStream({ exchange }, { kind: "stream", batches: items(id, model, frames) }, occasion, incoming);
}

/** Whoever would have to tell of a failure in mid-stream hears first whose answer it is. */
async function* items(
  id: string,
  model: string,
  frames: AsyncIterable<readonly Frame[]>,
): AsyncGenerator<readonly Item<ChatEvent>[]> {
  const format = openaiResponses.id;
  yield [{ value: [{ type: "start", id, model }], quote: { format, words: [] } }];
  for await (const words of frames) yield [{ value: [], quote: { format, words } }];
}
