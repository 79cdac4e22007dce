/** A door of the data plane: reads a request in its language, sends it through the house, and tells the answer in the same language. */

import type { ServerResponse } from "node:http";
import type { Caller } from "../canonical/caller.ts";
import { asGatewayError, GatewayError, invalid } from "../canonical/error.ts";
import type { EventOf, Operation, RequestOf, ResponseOf } from "../canonical/operation.ts";
import type { Exchange, Reply } from "../exchange.ts";
import type { Body, EventEncoder, Format, Frame, Occasion } from "../wire/format.ts";
import { sseText } from "../wire/framing/sse.ts";
import type { Item } from "../wire/quoted.ts";
import { parseJson, readBytes } from "./body.ts";
import { bounded } from "./bounded.ts";
import { answerHeaders, controlsOf } from "./compat.ts";
import { logOurs } from "./errors.ts";
import type { Incoming, Route } from "./incoming.ts";
import { vendorHeaders } from "./vendor-headers.ts";

export interface Endpoint<O extends Operation> {
  readonly paths: readonly string[];
  readonly operation: O;
  readonly format: Format<O>;
  /** The path's placeholder names the model, and wins over the body. */
  readonly modelInPath?: boolean;
  /** Completes the request from what the gateway remembers, and hears what the client is told: for what is not the vendor's business. */
  readonly remember?: (exchange: Exchange<O>) => Promise<Remembered<O>>;
}

export interface Remembered<O extends Operation> {
  readonly exchange: Exchange<O>;
  /** Says in the answer what its vendor does not know. */
  readonly retold?: Retold;
  /** Hears a whole answer as the client gets it, and every frame of a streamed one. */
  readonly told?: Told;
}

interface Retold {
  whole(text: string): string;
  frame(frame: Frame): Frame;
}

export interface Told {
  whole(body: unknown): void;
  frame(frame: Frame): void;
  /** The stream is over, however it ended, and settled. */
  over?(): void;
}

export const dataRoute = <O extends Operation>(endpoint: Endpoint<O>): Route => ({
  method: "POST",
  paths: endpoint.paths,
  access: "key",
  family: "llm",
  errors: (error) => endpoint.format.error.encode(error),
  run: (incoming, caller) => serve(endpoint, incoming, caller),
});

async function serve<O extends Operation>(endpoint: Endpoint<O>, incoming: Incoming, caller: Caller): Promise<void> {
  const { gateway } = incoming;
  const read = await exchangeOf(endpoint, incoming, caller);
  const remembered: Remembered<O> = endpoint.remember ? await endpoint.remember(read) : { exchange: read };
  const { exchange } = remembered;
  incoming.entered = true;
  const reply = await gateway.handle(exchange).catch((cause: unknown) => failedReply(exchange, cause));
  const occasion: Occasion<O> = {
    now: Math.floor(gateway.now() / 1000),
    id: incoming.id.replaceAll("-", ""),
    request: exchange.request.value,
  };
  if (reply.kind === "whole") return sendWhole(remembered, reply, occasion, incoming);
  return sendStream(remembered, reply, occasion, incoming);
}

/** In a language that has answers for it, a failure is such an answer: its clients read there what went wrong, and what it used. */
function failedReply<O extends Operation>({ format, request, notes }: Exchange<O>, cause: unknown): Reply<O> {
  if (!(cause instanceof GatewayError)) throw cause;
  const { answer } = cause.details;
  if (answer?.format !== format.id) throw cause;
  if (notes.stream === true) return { kind: "stream", batches: failing(cause) };
  const { modelField } = format.response;
  const words = modelField === undefined ? answer.words : { ...answer.words, [modelField]: request.value.model };
  // Told in these words, it has no need of a value.
  const value = words as unknown as ResponseOf<O>;
  return { kind: "whole", response: { value, quote: { format: format.id, words, text: JSON.stringify(words) } } };
}

const failing = (cause: GatewayError): AsyncIterable<never> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(cause) }),
});

async function exchangeOf<O extends Operation>(
  { operation, format, modelInPath }: Endpoint<O>,
  { request, gateway, notes, id, param, cancel }: Incoming,
  caller: Caller,
): Promise<Exchange<O>> {
  const { limits } = gateway.config;
  const bytes = await readBytes(request, limits.bodyBytes);
  const body = parseJson(bytes, request.headers["content-type"], limits.jsonDepth);
  const named = completed(body.words, modelInPath ? param : undefined);
  const controls = controlsOf(named, format.id, request.headers);
  const value: RequestOf<O> = format.request.decode(named);
  notes.model = value.model;
  notes.stream = "stream" in value && value.stream;
  if (controls.tags) notes.tags = controls.tags;
  if (controls.endUser !== undefined) notes.endUser = controls.endUser;
  if (controls.sessionId !== undefined) notes.sessionId = controls.sessionId;
  if (controls.traceId !== undefined) notes.traceId = controls.traceId;
  if (controls.metadata) notes.metadata = controls.metadata;
  const { text, outline, size, ascii } = body;
  // Where we have read more into the body than its text says, the text says too little.
  const quote =
    named === body.words
      ? { format: format.id, words: named, text, outline, size, ...(ascii && { ascii }) }
      : { format: format.id, words: named, size };
  return {
    id,
    operation,
    format,
    request: { value, quote },
    caller,
    controls,
    headers: request.headers as Readonly<Record<string, string>>,
    cancel,
    decode: false,
    notes,
  };
}

/** What SDKs pack apart belongs in the body; a model in the path wins over the body's. */
function completed(words: Body, model: string | undefined): Body {
  if (words["extra_body"] === undefined && model === undefined) return words;
  const { extra_body: packed, ...rest } = words;
  if (packed !== undefined && packed !== null && (typeof packed !== "object" || Array.isArray(packed)))
    throw invalid("extra_body", "extra_body must be an object");
  // Checked is the model that is asked for: it may not be said a second time.
  const { model: _, ...more } = (packed ?? {}) as Body;
  return { ...rest, ...more, ...(model !== undefined && { model }) };
}

function sendWhole<O extends Operation>(
  { exchange: { format }, retold, told }: Remembered<O>,
  { response: { value, quote } }: Reply<O> & { kind: "whole" },
  occasion: Occasion<O>,
  incoming: Incoming,
): void {
  const own = quote?.format === format.id ? quote.text : undefined;
  const text = own ?? JSON.stringify(format.response.encode(value, occasion));
  const body = retold ? retold.whole(text) : text;
  if (told) told.whole(JSON.parse(body));
  const headers = headersOf(incoming);
  headers["content-type"] = "application/json";
  headers["content-length"] = String(Buffer.byteLength(body));
  incoming.response.writeHead(200, headers);
  // As text it leaves in one write with its head.
  incoming.response.end(body);
}

function headersOf({ id, notes, gateway }: Incoming): Record<string, string> {
  const headers = answerHeaders(id, notes, { now: gateway.now(), version: gateway.version });
  if (notes.vendorHeaders) vendorHeaders(notes.vendorHeaders, headers);
  return headers;
}

interface Telling<O extends Operation> extends Omit<Remembered<O>, "exchange"> {
  readonly exchange: Pick<Exchange<O>, "format" | "cancel">;
}

/** Tells a stream as it comes. A slow client slows the vendor down; a client that left has ended the reading by then. */
export async function sendStream<O extends Operation>(
  { exchange: { format, cancel }, ...listeners }: Telling<O>,
  { batches }: Reply<O> & { kind: "stream" },
  occasion: Occasion<O>,
  incoming: Incoming,
): Promise<void> {
  const { response } = incoming;
  const iterator = batches[Symbol.asyncIterator]();
  if (cancel.reason !== undefined || !format.events) return void (await iterator.return?.());
  // It has ended when this has any effect, and whoever reads it is told how.
  const stopListening = cancel.onCancel(() => void iterator.return?.().catch(() => undefined));
  const encoder = format.events.encoder(occasion);
  try {
    const headers = headersOf(incoming);
    headers["content-type"] = "text/event-stream; charset=utf-8";
    headers["cache-control"] = "no-cache";
    headers["x-accel-buffering"] = "no";
    response.writeHead(200, headers);
    for (let step = await iterator.next(); !step.done; step = await iterator.next())
      if (!response.write(textOf(step.value, format.id, encoder, listeners)))
        await drained(response, incoming.patience);
    response.end(framesText(encoder.end(), listeners));
  } catch (cause) {
    if (!response.headersSent) throw cause;
    const error = asGatewayError(cause);
    logOurs(error, incoming);
    if (cancel.reason === undefined) response.end(framesText(failure(encoder, bounded(error)), listeners));
  } finally {
    stopListening();
    await iterator.return?.();
    listeners.told?.over?.();
  }
}

const failure = <O extends Operation>(encoder: EventEncoder<O>, error: GatewayError): readonly Frame[] =>
  encoder.fail(error);

function textOf<O extends Operation>(
  items: readonly Item<EventOf<O>>[],
  format: string,
  encoder: EventEncoder<O>,
  listeners: Listeners,
): string {
  let text = "";
  for (const { value, quote } of items) {
    if (quote?.format === format) {
      // The encoder hears everything, so that it can take over in mid-stream.
      for (const event of value) encoder.push(event);
      text += framesText(quote.words, listeners);
    } else for (const event of value) text += framesText(encoder.push(event), listeners);
  }
  return text;
}

type Listeners = Pick<Remembered<Operation>, "retold" | "told">;

function framesText(frames: readonly Frame[], { retold, told }: Listeners): string {
  let text = "";
  for (const frame of frames) {
    const said = retold ? retold.frame(frame) : frame;
    text += sseText(said);
    if (told) told.frame(said);
  }
  return text;
}

/** Whoever takes longer than `patience` to read holds the vendor for nothing. */
function drained(response: ServerResponse, patience: number): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(late);
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    const late = setTimeout(() => response.destroy(), patience);
    response.on("drain", done);
    response.on("close", done);
    // Node counts bytes in the response and characters in its socket: where only the first is full, no "drain" will come.
    setImmediate(() => {
      if (response.socket?.writableNeedDrain === false) done();
    });
  });
}
