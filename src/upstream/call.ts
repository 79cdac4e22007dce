/** One attempt at one deployment: prepare, sign, send, interpret. */

import { Collector } from "../canonical/collect.ts";
import { GatewayError } from "../canonical/error.ts";
import type { EventOf, Operation } from "../canonical/operation.ts";
import { Secret } from "../canonical/secret.ts";
import { type Exchange, type Reply, watch } from "../exchange.ts";
import type { Answer, Send, SendOptions } from "../net/draft.ts";
import type { Item } from "../wire/quoted.ts";
import type { Deployment, Plan } from "./deployment.ts";
import { firstThen } from "./first-then.ts";
import { replayed, type Streamed, streamReply, wholeReply } from "./interpret.ts";
import { oweForFailing, oweForLeaving, rememberOwed, settleStream, settleWhole } from "./owe.ts";
import { asksForStream, type PrepareSettings, prepare, streams } from "./prepare.ts";
import { sendSigned } from "./send-signed.ts";

export interface CallParts {
  readonly send: Send;
  readonly now: () => number;
  readonly answerBytes: number;
  readonly settings: PrepareSettings;
}

export interface CallTimes {
  /** Seconds for a whole answer, and between two pieces of a streamed one. */
  readonly timeout: number;
  /** Seconds to the first event of a stream. */
  readonly streamTimeout: number;
  /** The client gave less time than the operator would have. */
  readonly hurried: boolean;
}

/** Shorter "keys" are words like "none" that people configure for vendors which want no key. */
const shortestSecret = 8;
/** An error's text is shown to people; more than this is no text. */
const errorBytes = 1024 * 1024;
/** Milliseconds for that text: the status has said already what matters. */
const errorPatience = 10_000;

export async function call<O extends Operation>(
  exchange: Exchange<O>,
  deployment: Deployment,
  plan: Plan<O>,
  parts: CallParts,
  times: CallTimes,
): Promise<Reply<O>> {
  const { notes, cancel } = exchange;
  notes.deployment = deployment.facts;
  notes.upstreamBegan = parts.now();
  // What an earlier attempt failed with is not how this one ends.
  if (notes.error) delete notes.error;
  rememberOwed(notes);
  const asked = asksForStream(exchange.request.value, plan.route);
  const plain = prepare(exchange, deployment, plan, parts.settings);
  if (plain.lost) notes.lost = [...plain.lost];
  else if (notes.lost) delete notes.lost;
  const signed = plan.sign(plain);
  const draft = signed instanceof Promise ? await signed : signed;
  if (cancel.reason !== undefined) throw left();
  try {
    const sending = { sign: plan.sign, plain, draft };
    const answer = await sendSigned(sending, parts.send, optionsOf(exchange, parts, times, asked));
    return await answered(exchange, deployment, plan, parts, { times, asked, answer });
  } catch (error) {
    if (cancel.reason !== undefined || isHurried(times, error))
      oweForLeaving(exchange, deployment, plan.route.format.id);
    else oweForFailing(exchange, deployment, error);
    throw error;
  }
}

/** A client that gives a vendor less time than the operator would, and has it hung up on, has left it. */
export const isHurried = ({ hurried }: CallTimes, error: unknown): boolean =>
  hurried && error instanceof GatewayError && error.kind === "timeout" && error.details.provider === undefined;

interface Answered {
  readonly times: CallTimes;
  readonly asked: boolean;
  readonly answer: Answer;
}

async function answered<O extends Operation>(
  exchange: Exchange<O>,
  deployment: Deployment,
  plan: Plan<O>,
  parts: CallParts,
  { times, asked, answer }: Answered,
): Promise<Reply<O>> {
  const streaming = streams(exchange.request.value);
  exchange.notes.vendorHeaders = answer.headers;
  if (answer.status < 200 || answer.status >= 300) throw await refusalOf(plan, deployment, answer);
  if (asked && isPage(answer)) throw pageInstead(answer);
  if (asked && isStream(answer)) {
    const reply = await streamed(
      streaming ? exchange : { ...exchange, decode: true },
      deployment,
      plan,
      answer,
      parts,
      times,
    );
    return streaming ? reply : gathered(exchange, reply);
  }
  const { reply, value } = await wholeReply(exchange, plan.route, answer);
  settleWhole(exchange, deployment, value, parts.now());
  return streaming ? { kind: "stream", batches: replayed<O>(value) } : reply;
}

/** The whole that a stream spells, for a client that wants no stream of a vendor that knows nothing else. */
async function gathered<O extends Operation>(
  { notes }: Exchange<O>,
  reply: Reply<O> & { kind: "stream" },
): Promise<Reply<O>> {
  const collector = new Collector();
  for await (const items of reply.batches)
    for (const { value } of items) for (const event of value) collector.push(event);
  // Half an answer is none, where nobody has heard the half yet.
  if (notes.error) throw notes.error;
  return { kind: "whole", response: { value: collector.response } };
}

function optionsOf<O extends Operation>(
  { cancel }: Exchange<O>,
  { answerBytes }: CallParts,
  { timeout, streamTimeout }: CallTimes,
  stream: boolean,
): SendOptions {
  return {
    cancel,
    headTimeout: (stream ? streamTimeout : timeout) * 1000,
    idleTimeout: timeout * 1000,
    maxBytes: answerBytes,
    egress: "configured",
  };
}

/** A vendor that was asked for a stream and answers in one piece says so by its type. */
const isStream = ({ headers }: Answer): boolean => !(headers["content-type"] ?? "").startsWith("application/json");

/** A page for people, of whatever stands between us and the vendor. */
const isPage = ({ headers }: Answer): boolean => (headers["content-type"] ?? "").startsWith("text/html");

function pageInstead(answer: Answer): GatewayError {
  answer.discard();
  return new GatewayError("bad-gateway", "upstream", "the provider returned a web page instead of a stream");
}

/** What a vendor's answer of another status than 2xx means; its text is read, and our secrets taken out of it. */
export async function refusalOf<O extends Operation>(
  { route, sign }: Plan<O>,
  { provider, config }: Deployment,
  answer: Answer,
): Promise<GatewayError> {
  const body = await bodyOf(answer, secretsOf(config, sign.secret?.()));
  // Redirects are not followed: the key would travel to whoever the vendor names.
  const status = answer.status < 400 || answer.status > 599 ? 502 : answer.status;
  const error = route.format.error.decode(status, body);
  const wait = retryAfter(answer.headers);
  const details = { ...error.details, provider: provider.id, ...(wait !== undefined && { retryAfter: wait }) };
  return new GatewayError(error.kind, "upstream", error.message, { ...details, status: error.status });
}

/** As much as comes: an error whose text breaks off is still that error. */
async function piecesOf(answer: Answer): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const late = setTimeout(() => answer.discard(), errorPatience);
  try {
    for await (const piece of answer.chunks()) {
      pieces.push(piece);
      length += piece.length;
      if (length > errorBytes) break;
    }
  } catch {
    // The rest of it is not worth another error.
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(pieces);
}

/** Everything that the operator's configuration gives this vendor and nobody else, and what was fetched for it. */
function secretsOf({ key, settings, headers }: Deployment["config"], fetched = ""): readonly string[] {
  const values = [key, ...Object.values(settings), ...Object.values(headers)];
  const texts = values.map((value) => (value instanceof Secret ? value.reveal() : ""));
  return [...texts, fetched].filter((text) => text.length >= shortestSecret);
}

/** Some vendors repeat the key that they refuse. It is the operator's, and not for clients. */
async function bodyOf(answer: Answer, secrets: readonly string[]): Promise<unknown> {
  const said = (await piecesOf(answer)).toString();
  const text = secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), said);
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the text itself says what it can.
    return text === "" ? undefined : text.slice(0, 2000);
  }
}

/** Seconds: nobody waits longer than a day for anything. */
const longestWait = 86_400;

function retryAfter(headers: Answer["headers"]): number | undefined {
  const milliseconds = Number(headers["retry-after-ms"]);
  if (milliseconds > 0) return Math.min(milliseconds / 1000, longestWait);
  const said = headers["retry-after"];
  if (said === undefined) return undefined;
  const seconds = Number(said);
  if (seconds >= 0) return Math.min(seconds, longestWait);
  const date = Date.parse(said);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.min((date - Date.now()) / 1000, longestWait));
}

async function streamed<O extends Operation>(
  exchange: Exchange<O>,
  deployment: Deployment,
  { route }: Plan<O>,
  answer: Answer,
  { now }: CallParts,
  { streamTimeout }: CallTimes,
): Promise<Reply<O> & { kind: "stream" }> {
  const { notes } = exchange;
  const told = streamReply(exchange, route, answer);
  const whole = watch(toTheEnd(told), () => settleStream(exchange, deployment, route.format.id, told.sight, now()));
  const waited = now() - (notes.upstreamBegan ?? now());
  const started = await firstThen(whole, Math.max(1, streamTimeout * 1000 - waited), (late) => answer.discard(late));
  notes.firstEventAt = now();
  // A vendor that fails in its first words has answered nothing yet: another may.
  const { error, characters } = told.sight;
  if (error && characters === 0) {
    await started[Symbol.asyncIterator]().return?.();
    throw error;
  }
  return { kind: "stream", batches: started };
}

/** A stream that stops without having said that it is over was cut, whatever it looks like. */
async function* toTheEnd<O extends Operation>(told: Streamed<O>): AsyncGenerator<readonly Item<EventOf<O>>[]> {
  yield* told.batches;
  if (!told.sight.ended && !told.sight.error)
    throw new GatewayError("bad-gateway", "upstream", "the provider ended its response early");
}

const left = (): GatewayError => new GatewayError("client-closed", "client", "the client closed the connection");
