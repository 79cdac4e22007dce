/** The Responses API: answers are remembered for whoever asked, whichever vendor gave them, so that they can be built on and looked up. */

import { type Caller, modelBehind } from "../canonical/caller.ts";
import { GatewayError, invalid } from "../canonical/error.ts";
import type { Exchange } from "../exchange.ts";
import type { Gateway } from "../gateway.ts";
import type { Chain, ResponseStore, StoredResponse } from "../state/responses/store.ts";
import type { Body } from "../wire/format.ts";
import {
  answerAfter,
  expanded,
  frameAfter,
  isPreviousLost,
  type PageQuery,
  pageOf,
  previousNotFound,
  responseNotFound,
  resumed,
} from "../wire/openai-responses/chain.ts";
import { openaiResponses } from "../wire/openai-responses/index.ts";
import { decodeUsage } from "../wire/openai-responses/usage.ts";
import { textOf } from "../wire/reader.ts";
import { sendJson } from "./answers.ts";
import { answerHeaders } from "./compat.ts";
import { dataRoute, type Remembered } from "./endpoint.ts";
import type { Incoming, Route } from "./incoming.ts";
import { keeper, statusOf } from "./response-keeper.ts";
import { namesIn, queryOf, type StreamQuery, sendFollowed, sendStored, streamQuery } from "./response-stream.ts";

export interface ResponsesParts {
  readonly responses: ResponseStore;
  readonly gateway: () => Gateway;
}

/** Azure's own client asks at the last one. */
const places = ["/v1/responses", "/responses", "/openai/v1/responses", "/openai/responses"];

export function responseRoutes({ responses, gateway }: ResponsesParts): readonly Route[] {
  const stored = async (incoming: Incoming, caller: Caller) => {
    const { param = "" } = incoming;
    const entry = await responses.get(param, caller.keyId);
    if (!entry) throw responseNotFound(param);
    introduce(incoming, entry);
    return entry;
  };
  const route = (method: Route["method"], tail: string, run: Route["run"]): Route => ({
    method,
    paths: places.map((path) => `${path}/{id}${tail}`),
    access: "key",
    family: "llm",
    errors: openaiResponses.error.encode,
    run,
  });
  /** Keeps what a vendor says of an answer by now, under the name that the client knows the model by. */
  const renewed = async (incoming: Incoming, entry: StoredResponse, now: Body): Promise<Body> => {
    const { previous, owed, ...others } = entry;
    const response = { ...now, ...namesIn(entry) };
    const renewal = { ...others, ...(previous && { previous }), status: statusOf(now), response };
    if (isUnderWay(renewal)) await responses.put({ ...renewal, ...(owed && { owed }) });
    else {
      await settleLate(incoming, entry, now);
      await responses.put(renewal);
    }
    return response;
  };
  /** As a stream: from what is kept, or from its vendor while that goes on with it. */
  const told = async (incoming: Incoming, entry: StoredResponse, query: StreamQuery): Promise<void> => {
    if (!isUnderWay(entry)) return sendStored(incoming, entry, entry.response, query);
    const frames = await followedAtVendor(incoming, entry, query);
    if (frames) return sendFollowed(incoming, entry, frames, (now) => renewed(incoming, entry, now));
    const now = await atVendor(incoming, entry, "GET");
    if (!now || isUnderWay({ ...entry, status: statusOf(now) })) throw notYet();
    return sendStored(incoming, entry, await renewed(incoming, entry, now), query);
  };
  return [
    dataRoute({
      paths: places,
      operation: "chat",
      format: openaiResponses,
      remember: (exchange) => remembered(exchange, responses, gateway()),
    }),
    route("GET", "", async (incoming, caller) => {
      const streaming = streamQuery(incoming.query);
      const entry = await stored(incoming, caller);
      if (streaming) return told(incoming, entry, streaming);
      // What was under way when it was kept may be done by now.
      const now = isUnderWay(entry) ? await atVendor(incoming, entry, "GET") : undefined;
      sendJson(incoming, now ? await renewed(incoming, entry, now) : entry.response);
    }),
    route("DELETE", "", async (incoming, caller) => {
      const entry = await stored(incoming, caller);
      if (entry.owed) await callOff(incoming, entry).catch(unlessGone);
      // There first: an answer that only looks deleted would be worse than one that is still there.
      await atVendor(incoming, entry, "DELETE").catch(unlessGone);
      await responses.remove(entry.id, caller.keyId);
      sendJson(incoming, { id: entry.id, object: "response", deleted: true });
    }),
    route("POST", "/cancel", async (incoming, caller) => {
      const entry = await stored(incoming, caller);
      if (!isUnderWay(entry))
        throw new GatewayError(
          "invalid-request",
          "client",
          `this response is ${entry.status}; only a response in progress can be cancelled`,
        );
      const now = (await atVendor(incoming, entry, "POST", "/cancel")) ?? { ...entry.response, status: "cancelled" };
      sendJson(incoming, await renewed(incoming, entry, now));
    }),
    route("GET", "/input_items", async (incoming, caller) => {
      const { input } = await stored(incoming, caller);
      sendJson(incoming, pageOf(input, pageQuery(incoming.query)));
    }),
  ];
}

/** Whose answer it was, told as it was when the answer was made. */
function introduce({ gateway, id, notes, response }: Incoming, { model, deployment }: StoredResponse): void {
  notes.group = model;
  const from = gateway.directory.deployments.find((one) => one.id === deployment);
  if (from) notes.deployment = from.facts;
  const headers = answerHeaders(id, notes, { now: gateway.now(), version: gateway.version });
  for (const name of Object.keys(headers)) response.setHeader(name, headers[name] ?? "");
}

const isUnderWay = ({ status }: StoredResponse): boolean => status === "queued" || status === "in_progress";

const notYet = (): GatewayError =>
  invalid(
    "stream",
    "this response is still in progress, and its provider does not stream it; ask again without stream, or when it is done",
  );

/** Undefined: no vendor keeps it, or none that is still asked. */
async function followedAtVendor({ gateway, cancel }: Incoming, entry: StoredResponse, query: StreamQuery) {
  const { deployment, id, vendorId = id } = entry;
  if (deployment === undefined || !isKeptThere(entry)) return undefined;
  const question = { format: openaiResponses.id, method: "GET", id: vendorId, query: queryOf(query) } as const;
  return await gateway.followKept(deployment, question, cancel);
}

/** The same of a question that is answered in one piece. */
async function atVendor(
  { gateway, cancel }: Incoming,
  entry: StoredResponse,
  method: "GET" | "POST" | "DELETE",
  tail = "",
): Promise<Body | undefined> {
  const { deployment, id, vendorId = id } = entry;
  if (deployment === undefined || !isKeptThere(entry)) return undefined;
  return await gateway.askKept(deployment, { format: openaiResponses.id, method, id: vendorId, tail }, cancel);
}

/** What was asked for in the background is paid for when it is known what it came to. */
async function settleLate({ gateway, notes }: Incoming, entry: StoredResponse, now: Body): Promise<void> {
  const { owed, deployment, created: asked } = entry;
  if (!owed) return;
  const usage = decodeUsage(now["usage"], now["output"]);
  const [model, serviceTier] = [textOf(now["model"]), textOf(now["service_tier"])];
  // The line stands beside that of the call, for the same model.
  await gateway.settleLate(
    { ...owed, deployment, asked },
    { ...notes, model: entry.model },
    {
      ...(usage && { usage }),
      ...(model !== undefined && { model }),
      ...(serviceTier !== undefined && { serviceTier }),
    },
  );
}

/** Whoever deletes an answer that is being made still owes for what was made of it. */
async function callOff(incoming: Incoming, entry: StoredResponse): Promise<void> {
  const asked = await atVendor(incoming, entry, "GET");
  if (!asked) return;
  const isMade = !isUnderWay({ ...entry, status: statusOf(asked) });
  const now = isMade ? asked : await atVendor(incoming, entry, "POST", "/cancel");
  if (now) await settleLate(incoming, entry, now);
}

/** Deleted there already, or never kept. */
function unlessGone(error: unknown): undefined {
  if (error instanceof GatewayError && error.kind === "not-found") return undefined;
  throw error;
}

function pageQuery(query: URLSearchParams): PageQuery {
  const [after, limit, order] = ["after", "limit", "order"].map((name) => query.get(name));
  if (order !== null && order !== undefined && order !== "asc" && order !== "desc")
    throw invalid("order", 'order must be "asc" or "desc"');
  const count = Number(limit ?? 20);
  if (!Number.isInteger(count) || count < 1 || count > 100)
    throw invalid("limit", "limit must be a whole number from 1 to 100");
  return { limit: count, ...(after && { after }), ...(order && { order }) };
}

/** Puts what led to the earlier answer before the new input, and keeps the new answer when it has been told. */
async function remembered(
  exchange: Exchange<"chat">,
  responses: ResponseStore,
  gateway: Gateway,
): Promise<Remembered<"chat">> {
  const words = (exchange.request.quote?.words ?? {}) as Body;
  const previous = words["previous_response_id"];
  const told = words["store"] === false ? {} : { told: keeper(exchange, responses, words, gateway.now()) };
  if (typeof previous !== "string") return { exchange, ...told };
  const chain = await responses.chain(previous, exchange.caller.keyId);
  if (chain.kind === "unknown" && knowsIt(gateway, exchange)) return { exchange, ...told };
  const turns = turnsOf(chain, previous);
  const maker = makerOf(chain);
  // Whoever gave the answer also keeps the thoughts behind it, which nobody else can be told.
  const kept = maker && {
    deployment: maker,
    rest: (body: Body) => resumed(body, previous, turns),
    isLost: isPreviousLost,
  };
  const whole = expanded(words, turns);
  const value = openaiResponses.request.decode(whole);
  return {
    exchange: {
      ...exchange,
      request: { value, quote: { format: openaiResponses.id, words: whole } },
      ...(kept && { kept }),
    },
    retold: { whole: (text) => answerAfter(text, previous), frame: (frame) => frameAfter(frame, previous) },
    ...told,
  };
}

/** The deployment that gave the last answer and keeps it. */
function makerOf(chain: Chain): string | undefined {
  const last = chain.kind === "found" ? chain.entries.at(-1) : undefined;
  return last && isKeptThere(last) ? last.deployment : undefined;
}

/** Not every server that speaks the language keeps answers: those that do say so in them. */
const isKeptThere = ({ response }: StoredResponse): boolean => response["store"] === true;

function turnsOf(chain: Chain, previous: string) {
  if (chain.kind === "too-long")
    throw invalid(
      "previous_response_id",
      "what led to this response is too long to be sent again; begin a new conversation",
    );
  if (chain.kind !== "found") throw previousNotFound(previous);
  return chain.entries.map(({ input, response }) => ({ input, output: outputOf(response) }));
}

const outputOf = (response: unknown): readonly unknown[] => {
  const output = (response as { readonly output?: unknown } | undefined)?.output;
  return Array.isArray(output) ? output : [];
};

/** An id that is none of ours may be the vendor's own, where the vendor has such ids. */
function knowsIt(gateway: Gateway, { caller, request, format }: Exchange<"chat">): boolean {
  const pools = gateway.directory.find(modelBehind(caller, request.value.model))?.pools ?? [];
  return pools.some(({ deployments }) =>
    deployments.some((one) => one.plan("chat", format.id)?.route.format.id === format.id),
  );
}
