/** Turns what was asked into the vendor's HTTP request. Pure: signing and sending come after, so an attempt can be repeated anywhere. */

import { GatewayError, invalid } from "../canonical/error.ts";
import type { Operation, RequestOf } from "../canonical/operation.ts";
import type { Exchange } from "../exchange.ts";
import type { Draft } from "../net/draft.ts";
import { parameterPolicy } from "../providers/parameters.ts";
import type { Body } from "../wire/format.ts";
import { changes, pieces, splice } from "../wire/json-text.ts";
import { openaiCompletions } from "../wire/openai-completions/index.ts";
import type { Quoted } from "../wire/quoted.ts";
import type { Deployment, Plan } from "./deployment.ts";
import { heldField } from "./held.ts";
import { lossesOf } from "./losses.ts";

/** What the operator wants of every call. */
export interface PrepareSettings {
  readonly dropParams: boolean;
  /** Conversations that the vendor would refuse are mended. */
  readonly mends: boolean;
}

export interface Prepared extends Draft {
  /** What the client said and the vendor is not told. Absent: nothing. */
  readonly lost?: readonly string[];
}

export function prepare<O extends Operation>(
  exchange: Exchange<O>,
  deployment: Deployment,
  plan: Plan<O>,
  { dropParams, mends }: PrepareSettings,
): Prepared {
  const { request, format, controls } = exchange;
  const { route } = plan;
  const words = wordsFor(exchange, deployment, route.format.id);
  const stream = asksForStream(request.value, route);
  let body = words ? without(words, controls.fields) : translated(exchange, deployment, plan, stream);
  body = parameterPolicy(body, {
    deployment: deployment.config,
    route,
    clientFormat: format.id,
    dropParams,
    controls,
    request: request.value,
    ...(deployment.model.supports && { supports: deployment.model.supports }),
  });
  const lost = lossesOf(exchange, route.format, body);
  body = completed(body, exchange, deployment, plan, stream);
  const { maxOutput } = deployment.model;
  const about = { model: deployment.config.model, settings: deployment.settings, stream };
  if (mends && route.mend) body = route.mend(body, { ...about, ...(maxOutput !== undefined && { maxOutput }) });
  if (route.adjust) body = route.adjust(body, about);
  const headers = forwarded(exchange, deployment, plan);
  return {
    method: "POST",
    url: stream ? plan.streamUrl : plan.url,
    headers: route.adjustHeaders ? route.adjustHeaders(headers, body) : headers,
    body: (words && inOwnWords(request, changes(words, body))) ?? text(body),
    ...(lost && { lost }),
  };
}

/** The client's own, where the vendor speaks its language. */
function wordsFor({ request: { quote }, kept }: Exchange, { id }: Deployment, spoken: string): Body | undefined {
  if (quote?.format !== spoken) return undefined;
  const words = quote.words as Body;
  return kept?.deployment === id ? kept.rest(words) : words;
}

/** Bytes from which on it is cheaper to put bytes together than text, which would have to be encoded again. */
const large = 16 * 1024;

/** What the client wrote, but for what was changed of it. */
function inOwnWords({ quote }: Quoted<unknown>, edits: ReadonlyMap<string, unknown>): string | Uint8Array | undefined {
  if (quote?.text === undefined || quote.outline === undefined) return undefined;
  const { text: said, outline, ascii } = quote;
  if (ascii === undefined || ascii.length < large) return splice(said, outline, edits);
  if (edits.size === 0) return ascii;
  return Buffer.concat(
    pieces(outline, edits).map((piece) =>
      typeof piece === "string" ? Buffer.from(piece) : ascii.subarray(piece.from, piece.to),
    ),
  );
}

export const streams = (request: object): boolean => "stream" in request && request.stream === true;

/** Whether the vendor is asked for a stream: because the client wants one, or because the vendor knows nothing else. */
export const asksForStream = (
  request: object,
  { streams: able, wholes }: { readonly streams?: boolean; readonly wholes?: boolean },
): boolean => (streams(request) && able !== false) || wholes === false;

function without(words: Body, fields: readonly string[]): Body {
  if (fields.length === 0) return words;
  const body: Record<string, unknown> = { ...words };
  for (const field of fields) delete body[field];
  return body;
}

function translated<O extends Operation>(
  exchange: Exchange<O>,
  deployment: Deployment,
  { route }: Plan<O>,
  stream: boolean,
): Body {
  const { request, format, maxOutput } = exchange;
  const { config, model } = deployment;
  const value: RequestOf<Operation> = request.value;
  if (format.id !== route.format.id) refuseHeld(exchange, deployment);
  const extra =
    "extra" in value && value.extra ? { extra: extraOf(value.extra, exchange, route.format.id) } : undefined;
  if (!("messages" in value)) return route.format.request.encode({ ...request.value, ...extra, model: config.model });
  if (format.id === openaiCompletions.id && extra?.extra["prompt"] !== undefined)
    throw invalid(
      "prompt",
      "prompt must be one text: this model answers a conversation; send a request for each prompt",
    );
  const most =
    value.maxTokens ?? maxOutput ?? (route.format.request.fields.needsMaxTokens ? model.maxOutput : undefined);
  return route.format.request.encode({
    ...request.value,
    ...extra,
    model: config.model,
    stream,
    ...(stream && { streamUsage: route.asksUsage !== false }),
    ...(most !== undefined && { maxTokens: most }),
  });
}

function refuseHeld<O extends Operation>(exchange: Exchange<O>, { config }: Deployment): void {
  const name = heldField(exchange);
  if (name === undefined) return;
  throw invalid(
    name,
    `${config.provider}/${config.model} does not support ${name}, and without it the request would mean something else; send the content that it refers to, or use a model of a provider that supports it`,
  );
}

/** Neither what was meant for the gateway, nor what only the client's language has a meaning for. */
function extraOf<O extends Operation>(extra: Body, { controls, format }: Exchange<O>, spoken: string): Body {
  const known = without(extra, controls.fields);
  return format.id === spoken ? known : without(known, format.request.own ?? []);
}

/** The fields that are ours to set: the model's name, the operator's defaults, the question for usage, the budget's bound. */
function completed<O extends Operation>(
  body: Body,
  { maxOutput, request }: Exchange<O>,
  { config }: Deployment,
  { route }: Plan<O>,
  stream: boolean,
): Body {
  const { fields, askUsage } = route.format.request;
  const added: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(config.defaults)) if (body[name] === undefined) added[name] = value;
  if (fields.model !== undefined && body[fields.model] !== config.model) added[fields.model] = config.model;
  if (maxOutput !== undefined && fields.maxTokens !== undefined) added[fields.maxTokens] = maxOutput;
  if (stream !== streams(request.value) && fields.stream !== undefined) added[fields.stream] = stream || undefined;
  const whole = { ...body, ...added };
  return stream && askUsage && route.asksUsage !== false ? askUsage(whole) : whole;
}

/** What the client may say to this vendor by header, on top of what is always said. */
function forwarded<O extends Operation>(
  { headers }: Exchange<O>,
  { provider, config }: Deployment,
  plan: Plan<O>,
): Readonly<Record<string, string>> {
  let all = plan.headers;
  for (const name of provider.forwards ?? []) {
    const value = headers[name];
    if (value === undefined) continue;
    const ours = all[name];
    // Lists of features add up: the operator's and the client's.
    const said =
      name.endsWith("-beta") && ours !== undefined && config.headers[name] !== undefined ? `${ours},${value}` : value;
    all = { ...all, [name]: said };
  }
  return all;
}

function text(body: Body): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new GatewayError("invalid-request", "client", "the body is nested too deep to be forwarded", { cause });
  }
}
