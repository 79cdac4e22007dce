/** The host of the guardrails: which run, on what, and when; what they block does not pass, and what they rewrite passes rewritten. */

import { Cancel } from "../canonical/cancel.ts";
import { invalid } from "../canonical/error.ts";
import type { Operation, RequestOf } from "../canonical/operation.ts";
import type { Exchange, Quoted, Reply, Stage } from "../exchange.ts";
import { begin, judge, type Run, type RunParts } from "./guard-run.ts";
import { guardStream } from "./guard-stream.ts";
import { gather, rewrite, type Walk, walkRequest, walkResponse } from "./guard-texts.ts";
import { unreadStrings } from "./guard-walk.ts";
import type { Scoped } from "./guardrails/guardrail.ts";
import type { Guard } from "./guards.ts";

export interface GuardParts extends RunParts {
  readonly guards: readonly Guard[];
}

type Next<O extends Operation> = (exchange: Exchange<O>) => Promise<Reply<O>>;

export const guard = (parts: GuardParts): Stage => {
  const always = parts.guards.filter((one) => one.always);
  return (exchange, next) => {
    const asked = namesAsked(exchange);
    const chosen = asked ? choose(asked, parts.guards) : always;
    return chosen.length === 0 ? next(exchange) : guarded(exchange, next, chosen, parts);
  };
};

/** The client's names and the key's. Undefined: none. */
function namesAsked({ controls, caller }: Exchange): readonly string[] | undefined {
  const onKey = caller.metadata["guardrails"];
  const keys = Array.isArray(onKey) ? onKey.filter((name) => typeof name === "string") : [];
  const all = [...(controls.guardrails ?? []), ...keys];
  return all.length === 0 ? undefined : all;
}

/** In the order of the configuration. Nobody can name one away: those that run always, run. */
function choose(names: readonly string[], guards: readonly Guard[]): readonly Guard[] {
  const unknown = names.find((name) => !guards.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = guards.map(({ name }) => name).join(", ");
    throw invalid(
      "guardrails",
      `There is no guardrail named "${unknown.slice(0, 100)}". ${known ? `There are: ${known}.` : "None is configured."}`,
    );
  }
  return guards.filter(({ name, always }) => always || names.includes(name));
}

async function guarded<O extends Operation>(
  exchange: Exchange<O>,
  next: Next<O>,
  chosen: readonly Guard[],
  parts: GuardParts,
): Promise<Reply<O>> {
  const at = (moment: Guard["when"][number]) => chosen.filter(({ when }) => when.includes(moment));
  const after = at("answer");
  const beside = at("beside");
  let { request } = exchange;
  for (const one of at("request"))
    request = await passing(request, walkRequest<O>, begin(exchange, one, "request", parts));
  if (beside.length > 0) request = reserialised(request);
  const going: Exchange<O> = { ...exchange, request, decode: exchange.decode || after.length > 0 };
  const reply = beside.length > 0 ? await meanwhile(going, next, beside, parts) : await next(going);
  return answered(going, reply, after, parts);
}

/** A value that a guard has judged: as it was, rewritten, or refused. */
async function passing<T extends object>(quoted: Quoted<T>, walk: Walk<T>, run: Run): Promise<Quoted<T>> {
  const { value, quote } = quoted;
  const texts = gather(walk, value, run.guard);
  const read = texts.length;
  if (quote && run.guard.opaque === "scan")
    for (const text of unreadStrings(quote.words, value)) texts.push({ text, scope: "opaque", path: "" });
  const verdict = judge(texts, run);
  const rewritten = verdict instanceof Promise ? await verdict : verdict;
  if (rewritten) return { value: rewrite(walk, value, rewritten.texts.slice(0, read), run.guard) };
  // What we do not read has no judge: only what we understood is said on.
  return run.guard.opaque === "refuse" ? { value } : reserialised(quoted);
}

/** Bytes can say a member twice, and another reader than ours may take the other one: what was judged is what is sent. */
function reserialised<T>(quoted: Quoted<T>): Quoted<T> {
  const { value, quote } = quoted;
  if (!quote?.text) return quoted;
  return { value, quote: { format: quote.format, words: quote.words } };
}

/** Judges while the vendor works. Nothing is answered before every verdict; a block calls the vendor off. */
async function meanwhile<O extends Operation>(
  exchange: Exchange<O>,
  next: Next<O>,
  beside: readonly Guard[],
  parts: GuardParts,
): Promise<Reply<O>> {
  const cancel = new Cancel();
  const stopListening = exchange.cancel.onCancel(() => cancel.cancel(exchange.cancel.reason ?? "the client left"));
  const call = next({ ...exchange, cancel });
  // Whatever becomes of it is told below, or does not matter any more.
  call.catch(() => undefined);
  try {
    await Promise.all(beside.map((one) => lookOn(exchange.request, begin(exchange, one, "request", parts))));
  } catch (error) {
    stopListening();
    cancel.cancel("a guardrail blocked the request");
    // What the vendor has done until now is owed: the exchange may not end before that is known.
    await call.then(closed, () => undefined);
    throw error;
  }
  return call;
}

async function lookOn<O extends Operation>({ value, quote }: Quoted<RequestOf<O>>, run: Run): Promise<void> {
  const texts: Scoped[] = gather(walkRequest<O>, value, run.guard);
  if (quote && run.guard.opaque === "scan")
    for (const text of unreadStrings(quote.words, value)) texts.push({ text, scope: "opaque", path: "" });
  const rewritten = await judge(texts, run);
  if (rewritten) run.noted.reason = "not applied: the request was on its way";
}

/** A stream that nobody will read: its source is told. */
const closed = async <O extends Operation>(reply: Reply<O>): Promise<void> => {
  if (reply.kind === "stream") await reply.batches[Symbol.asyncIterator]().return?.();
};

async function answered<O extends Operation>(
  exchange: Exchange<O>,
  reply: Reply<O>,
  guards: readonly Guard[],
  parts: GuardParts,
): Promise<Reply<O>> {
  if (guards.length === 0 || exchange.operation !== "chat") return reply;
  if (reply.kind === "stream") {
    let { batches } = reply;
    for (const one of guards) batches = guardStream(batches, begin(exchange, one, "answer", parts));
    return { ...reply, batches };
  }
  let response = ownWords(reply.response, exchange.format.id);
  for (const one of guards) response = await passing(response, walkResponse<O>, begin(exchange, one, "answer", parts));
  return { ...reply, response: respoken(response) };
}

/** The words that the client would get: only those of its own language, as they stand in the text. */
function ownWords<T>({ value, quote }: Quoted<T>, format: string): Quoted<T> {
  if (quote?.format !== format) return { value };
  if (quote.text === undefined) return { value, quote };
  const words: unknown = JSON.parse(quote.text);
  return { value, quote: { format, words } };
}

/** The words that were judged, as text again. */
function respoken<T>({ value, quote }: Quoted<T>): Quoted<T> {
  if (!quote) return { value };
  return { value, quote: { ...quote, text: JSON.stringify(quote.words) } };
}
