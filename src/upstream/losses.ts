/** What a request says in its own language that the vendor's has no words for, or the vendor no use: named in the record and to the client, never dropped in silence. */

import type { ChatRequest, Message, Tool } from "../canonical/chat.ts";
import type { Operation } from "../canonical/operation.ts";
import type { Part } from "../canonical/part.ts";
import type { Exchange } from "../exchange.ts";
import type { Body, Format, Reach, Setting } from "../wire/format.ts";

/** More than this and the rest is only counted. */
const most = 20;
/** Characters. Some names are a client's own. */
const longest = 80;

/** Paths into the request; undefined where the vendor is told everything. `body` is what it is told, before its own ways of saying it. */
export function lossesOf<O extends Operation>(
  { request: { value, quote }, format, controls }: Pick<Exchange<O>, "request" | "format" | "controls">,
  spoken: Format<O>,
  body: Body,
): readonly string[] | undefined {
  const { reach } = spoken.request;
  if (!("messages" in value) || !reach || format.id === spoken.id) return undefined;
  const words = quote?.format === format.id ? (quote.words as Body) : {};
  const { own: unspoken = [], reach: own } = format.request;
  const told: Telling = { value, words, body, spoken: spoken.id, reach, own, unspoken };
  const names = [...lostSettings(told), ...lostFields(told), ...lostTools(told), ...lostParts(told)];
  // What was meant for the gateway has arrived.
  const lost = names.filter((name) => !controls.fields.includes(topOf(name))).map((name) => name.slice(0, longest));
  if (lost.length === 0) return undefined;
  return lost.length > most ? [...lost.slice(0, most), `${lost.length - most} more`] : lost;
}

interface Telling {
  readonly value: ChatRequest;
  /** The client's body. */
  readonly words: Body;
  /** The vendor's. */
  readonly body: Body;
  /** The vendor's language. */
  readonly spoken: string;
  readonly reach: Reach;
  /** How far the client's language reaches. */
  readonly own: Reach | undefined;
  /** Fields that travel to nobody else. */
  readonly unspoken: readonly string[];
}

/** Undefined: not asked for, or asked for what is so anyway. */
const wishes: readonly (readonly [Setting, (request: ChatRequest) => unknown])[] = [
  ["maxTokens", ({ maxTokens }) => maxTokens],
  ["temperature", ({ temperature }) => temperature],
  ["topP", ({ topP }) => topP],
  ["topK", ({ topK }) => topK],
  ["stop", ({ stop }) => stop && stop.length > 0],
  ["seed", ({ seed }) => seed],
  ["presencePenalty", ({ presencePenalty }) => presencePenalty],
  ["frequencyPenalty", ({ frequencyPenalty }) => frequencyPenalty],
  ["logitBias", ({ logitBias }) => logitBias],
  ["logprobs", ({ logprobs }) => logprobs],
  ["choices", ({ choices }) => choices !== 1 && choices],
  [
    "reasoning",
    ({ reasoning }) => reasoning?.mode ?? reasoning?.budget ?? (reasoning?.effort !== "none" && reasoning?.effort),
  ],
  ["summary", ({ reasoning }) => reasoning?.summary !== "omitted" && reasoning?.summary],
  ["output", ({ output }) => output?.type !== "text" && output],
  ["verbosity", ({ verbosity }) => verbosity],
  ["modalities", ({ modalities }) => modalities],
  ["speech", ({ speech }) => speech],
  ["webSearch", ({ webSearch }) => webSearch],
  // Without tools there is nothing to choose from.
  ["toolChoice", ({ tools, toolChoice }) => tools && tools.length > 0 && toolChoice],
  ["parallelTools", ({ tools, parallelTools }) => (tools && tools.length > 0 ? parallelTools : undefined)],
  ["user", ({ user }) => user],
  ["serviceTier", ({ serviceTier }) => serviceTier],
  ["cacheKey", ({ cacheKey }) => cacheKey],
  ["store", ({ store }) => store],
  ["labels", ({ labels }) => labels],
];

function lostSettings({ value, words, body, reach, own }: Telling): string[] {
  const lost: string[] = [];
  for (const [setting, wish] of wishes) {
    const wanted = wish(value);
    if (wanted === undefined || (wanted === false && setting !== "parallelTools" && setting !== "store")) continue;
    if (reach.places[setting]?.some((path) => at(body, path) !== undefined)) continue;
    const places = own?.places[setting] ?? [];
    const place = places.find((path) => at(words, path) !== undefined) ?? places[0] ?? setting;
    if (!own?.granted?.(topOf(place), words[topOf(place)])) lost.push(place);
  }
  return lost;
}

/** Fields that nobody interpreted, and those that only the client's language has. */
function lostFields({ value, body, spoken, own, unspoken }: Telling): string[] {
  const { extra = {}, native } = value;
  const lost = native && native.format !== spoken ? lostNative(native.fields, own) : [];
  for (const name of Object.keys(extra)) {
    const said = extra[name];
    if (said === null || said === undefined || own?.granted?.(name, said)) continue;
    if (body[name] !== undefined && !unspoken.includes(name)) continue;
    // The newer of two names for the same person.
    if (said !== value.user) lost.push(name);
  }
  return lost;
}

/** Of a field that says several things, only what is no setting that was translated. */
function lostNative(fields: Body, own: Reach | undefined): string[] {
  const places = Object.values(own?.places ?? {}).flat();
  return Object.keys(fields).flatMap((name) => {
    const value = fields[name];
    if (!places.some((place) => place.startsWith(`${name}.`)) || typeof value !== "object" || value === null)
      return [name];
    return Object.keys(value).flatMap((inner) => (places.includes(`${name}.${inner}`) ? [] : [`${name}.${inner}`]));
  });
}

const lostTools = (told: Telling): string[] =>
  (told.value.tools ?? []).flatMap((tool, index) =>
    isLost(tool, told) ? [`${placeOf(tool, index, told)} (${tool.name})`] : [],
  );

function isLost(tool: Tool, { spoken, reach, own, body }: Telling): boolean {
  if (tool.type !== "hosted" || tool.format === spoken || reach.tool?.(tool)) return false;
  // A search can be asked for by a setting, too.
  if (tool.name.startsWith("web_search") && reach.places.webSearch?.some((path) => at(body, path) !== undefined))
    return false;
  return !own?.granted?.("tools.", tool.words);
}

/** Tools of the vendor's own stand in several lists. */
function placeOf(tool: Tool, index: number, { words }: Telling): string {
  if (tool.type === "hosted")
    for (const name of Object.keys(words)) {
      const list = words[name];
      const place = Array.isArray(list) ? list.indexOf(tool.words) : -1;
      if (place >= 0) return `${name}.${place}`;
    }
  return `tools.${index}`;
}

const lostParts = (told: Telling): string[] =>
  told.value.messages.flatMap(({ role, parts }, message) =>
    parts.flatMap((part, index) =>
      isForeign(part, role, told) ? [`messages.${message}.${index}${kindOf(part)}`] : [],
    ),
  );

function isForeign(part: Part, role: Message["role"], told: Telling): boolean {
  switch (part.type) {
    case "opaque":
      return part.format !== told.spoken;
    case "tool-result":
      return part.parts.some((inner) => isForeign(inner, "user", told));
    case "image":
    case "audio":
    case "video":
    case "document":
      return !told.reach.part(part, role);
    default:
      return false;
  }
}

/** What the client called it, where it said so in a word. */
function kindOf(part: Part): string {
  if (part.type !== "opaque") return part.type === "tool-result" ? "" : ` (${part.type})`;
  const { type } = (part.words ?? {}) as { readonly type?: unknown };
  return typeof type === "string" && /^[\w.-]{1,60}$/.test(type) ? ` (${type})` : "";
}

const topOf = (path: string): string => {
  const dot = path.indexOf(".");
  return dot < 0 ? path : path.slice(0, dot);
};

/** What stands in a body at a path; undefined also for null. */
function at(body: Body, path: string): unknown {
  let found: unknown = body;
  for (const name of path.split(".")) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Body)[name];
  }
  return found ?? undefined;
}
