/** One attempt at one deployment: prepare, sign, send, interpret. */

import { Collector } from "../canonical/collect.ts";
import { GatewayError } from "../canonical/error.ts";
import type { EventOf, Operation } from "../canonical/operation.ts";
import { type Exchange, type Reply, watch } from "../exchange.ts";
import type { Answer, Send, SendOptions } from "../net/draft.ts";
import type { Item } from "../wire/quoted.ts";
import type { Deployment, Plan } from "./deployment.ts";
import { firstThen } from "./first-then.ts";
import { replayed, type Streamed, streamReply, wholeReply } from "./interpret.ts";
import { oweForFailing, oweForLeaving, rememberOwed, settleStream, settleWhole } from "./owe.ts";
import { asksForStream, type PrepareSettings, prepare, streams } from "./prepare.ts";
import { cleanHeaders, withFetched, withoutSecrets } from "./secrets.ts";
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
      oweForLeaving(exchange, deployment, plan.route.format.id, parts.now());
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
  const secrets = withFetched(deployment.secrets, plan.sign.secret?.());
  exchange.notes.vendorHeaders = cleanHeaders(answer.headers, secrets);
  if (answer.status < 200 || answer.status >= 300) throw await refusalOf(plan, deployment, answer);
  if (isCoded(answer)) throw coded(answer);
  if (asked && isPage(answer)) throw pageInstead(answer);
  if (asked && isStream(answer)) {
    const reply = await streamed(
      streaming ? exchange : { ...exchange, decode: true },
      deployment,
      plan,
      { answer, secrets },
      parts,
      times,
    );
    return streaming ? reply : gathered(exchange, reply);
  }
  const { reply, value } = await wholeReply(exchange, plan.route, answer, secrets);
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

/** No coding was asked for: what comes in one all the same is nothing that can be read or passed on. */
const isCoded = ({ headers: { "content-encoding": coding = "" } }: Answer): boolean =>
  coding !== "" && coding.toLowerCase() !== "identity";

function coded(answer: Answer): GatewayError {
  answer.discard();
  return new GatewayError("bad-gateway", "upstream", "the provider's response is compressed, which was not asked for");
}

function pageInstead(answer: Answer): GatewayError {
  answer.discard();
  return new GatewayError("bad-gateway", "upstream", "the provider returned a web page instead of a stream");
}

/** What a vendor's answer of another status than 2xx means; its text is read, and our secrets taken out of it. */
export async function refusalOf<O extends Operation>(
  { route, sign }: Plan<O>,
  { provider, secrets }: Deployment,
  answer: Answer,
): Promise<GatewayError> {
  const body = await bodyOf(answer, withFetched(secrets, sign.secret?.()));
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

/** Some vendors repeat the key that they refuse. It is the operator's, and not for clients. */
async function bodyOf(answer: Answer, secrets: readonly string[]): Promise<unknown> {
  const said = (await piecesOf(answer)).toString();
  // Of compressed bytes nobody learns what went wrong.
  const text = isCoded(answer) ? "" : withoutSecrets(said, secrets);
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
  { answer, secrets }: { readonly answer: Answer; readonly secrets: readonly string[] },
  { now }: CallParts,
  { streamTimeout }: CallTimes,
): Promise<Reply<O> & { kind: "stream" }> {
  const { notes } = exchange;
  const told = streamReply(exchange, route, answer, secrets);
  const whole = watch(toTheEnd(told, answer), () =>
    settleStream(exchange, deployment, route.format.id, told.sight, now()),
  );
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

/** Milliseconds for a vendor that has said that its stream is over to end it, so that the connection can be used again. */
const farewell = 3_000;

/** A stream that stops without having said that it is over was cut, whatever it looks like; one that has said it and does not stop is over. */
async function* toTheEnd<O extends Operation>(
  told: Streamed<O>,
  answer: Answer,
): AsyncGenerator<readonly Item<EventOf<O>>[]> {
  let late: NodeJS.Timeout | undefined;
  let over = false;
  try {
    for await (const items of told.batches) {
      clearTimeout(late);
      yield items;
      if (late || told.sight.ended)
        late = setTimeout(() => {
          over = true;
          answer.discard();
        }, farewell);
    }
  } catch (error) {
    if (!over) throw error;
  } finally {
    clearTimeout(late);
  }
  if (!told.sight.ended && !told.sight.error)
    throw new GatewayError("bad-gateway", "upstream", "the provider ended its response early");
}

const left = (): GatewayError => new GatewayError("client-closed", "client", "the client closed the connection");
