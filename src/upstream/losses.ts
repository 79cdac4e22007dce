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
  const lost: string[] = [];
  loseSettings(told, lost);
  loseFields(told, lost);
  loseTools(told, lost);
  loseParts(told, lost);
  return lost.length === 0 ? undefined : shown(lost, controls.fields);
}

/** What was meant for the gateway has arrived. */
function shown(lost: readonly string[], ours: readonly string[]): readonly string[] | undefined {
  const names = lost.filter((name) => !ours.includes(topOf(name))).map((name) => name.slice(0, longest));
  if (names.length === 0) return undefined;
  return names.length > most ? [...names.slice(0, most), `${names.length - most} more`] : names;
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

type Wish = readonly [setting: Setting, wanted: (request: ChatRequest) => unknown];

const plain = (name: Setting & keyof ChatRequest): readonly Wish[] => [[name, (request) => request[name]]];

const hasTools = ({ tools }: ChatRequest): boolean => tools !== undefined && tools.length > 0;

/** By the part of a request that holds them. Undefined is not asked for, or asked for what is so anyway. */
const wishes: ReadonlyMap<string, readonly Wish[]> = new Map<string, readonly Wish[]>([
  ["maxTokens", plain("maxTokens")],
  ["temperature", plain("temperature")],
  ["topP", plain("topP")],
  ["topK", plain("topK")],
  ["stop", [["stop", ({ stop }) => (stop && stop.length > 0 ? stop : undefined)]]],
  ["seed", plain("seed")],
  ["presencePenalty", plain("presencePenalty")],
  ["frequencyPenalty", plain("frequencyPenalty")],
  ["logitBias", plain("logitBias")],
  ["logprobs", plain("logprobs")],
  ["choices", [["choices", ({ choices }) => (choices === 1 ? undefined : choices)]]],
  [
    "reasoning",
    [
      ["reasoning", ({ reasoning = {} }) => reasoning.mode ?? reasoning.budget ?? unless("none", reasoning.effort)],
      ["summary", ({ reasoning = {} }) => unless("omitted", reasoning.summary)],
    ],
  ],
  ["output", [["output", ({ output }) => unless("text", output?.type)]]],
  ["verbosity", plain("verbosity")],
  ["modalities", plain("modalities")],
  ["speech", plain("speech")],
  ["webSearch", plain("webSearch")],
  // Without tools there is nothing to choose from.
  ["toolChoice", [["toolChoice", (request) => (hasTools(request) ? request.toolChoice : undefined)]]],
  ["parallelTools", [["parallelTools", (request) => (hasTools(request) ? request.parallelTools : undefined)]]],
  ["user", plain("user")],
  ["serviceTier", plain("serviceTier")],
  ["cacheKey", plain("cacheKey")],
  ["store", plain("store")],
  ["labels", plain("labels")],
]);

const unless = (usual: string, said: string | undefined): string | undefined => (said === usual ? undefined : said);

function loseSettings(told: Telling, lost: string[]): void {
  const { value, words, body, reach, own } = told;
  for (const key in value)
    for (const [setting, wanted] of wishes.get(key) ?? []) {
      if (wanted(value) === undefined || isSaid(reach.places[setting], body)) continue;
      const places = own?.places[setting] ?? [];
      const place = places.find((path) => at(words, path) !== undefined) ?? places[0] ?? setting;
      if (!own?.granted?.(topOf(place), words[topOf(place)])) lost.push(place);
    }
}

function isSaid(places: readonly string[] | undefined, body: Body): boolean {
  if (places) for (const path of places) if (at(body, path) !== undefined) return true;
  return false;
}

/** Fields that nobody interpreted, and those that only the client's language has. */
function loseFields({ value, body, spoken, own, unspoken }: Telling, lost: string[]): void {
  const { extra, native } = value;
  if (native && native.format !== spoken) lost.push(...lostNative(native.fields, own));
  for (const name in extra) {
    const said = extra[name];
    if (said === null || said === undefined || own?.granted?.(name, said)) continue;
    if (body[name] !== undefined && !unspoken.includes(name)) continue;
    // The newer of two names for the same person.
    if (said !== value.user) lost.push(name);
  }
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

function loseTools(told: Telling, lost: string[]): void {
  const { tools = [] } = told.value;
  for (let index = 0; index < tools.length; index++) {
    const tool = tools[index];
    if (tool && isLost(tool, told)) lost.push(`${placeOf(tool, index, told)} (${tool.name})`);
  }
}

function isLost(tool: Tool, { spoken, reach, own, body }: Telling): boolean {
  if (tool.type !== "hosted" || tool.format === spoken || reach.tool?.(tool)) return false;
  // A search can be asked for by a setting, too.
  if (tool.name.startsWith("web_search") && isSaid(reach.places.webSearch, body)) return false;
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

function loseParts(told: Telling, lost: string[]): void {
  const { messages } = told.value;
  for (let message = 0; message < messages.length; message++) {
    const { role = "user", parts = [] } = messages[message] ?? {};
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index];
      if (part && isForeign(part, role, told)) lost.push(`messages.${message}.${index}${kindOf(part)}`);
    }
  }
}

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
  if (!path.includes(".")) return body[path] ?? undefined;
  let found: unknown = body;
  for (const name of path.split(".")) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Body)[name];
  }
  return found ?? undefined;
}
