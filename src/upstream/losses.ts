/** What a request says in its own language that the vendor's has no words for: named in the record and to the client, never dropped in silence. */

import type { ChatRequest } from "../canonical/chat.ts";
import type { Operation, RequestOf } from "../canonical/operation.ts";
import type { Part } from "../canonical/part.ts";

/** More than this and the rest is only counted. */
const most = 20;

/** Paths into the request; empty where the vendor is told everything. */
export function lossesOf(value: RequestOf<Operation>, format: string): readonly string[] {
  if (!("messages" in value)) return [];
  const lost = [...lostTools(value, format), ...lostParts(value, format)];
  return lost.length > most ? [...lost.slice(0, most), `${lost.length - most} more`] : lost;
}

const lostTools = ({ tools = [] }: ChatRequest, format: string): string[] =>
  tools.flatMap((tool, index) =>
    tool.type === "hosted" && tool.format !== format ? [`tools.${index} (${tool.name})`] : [],
  );

const lostParts = ({ messages }: ChatRequest, format: string): string[] =>
  messages.flatMap(({ parts }, message) =>
    parts.flatMap((part, index) => (isForeign(part, format) ? [`messages.${message}.${index}${kindOf(part)}`] : [])),
  );

function isForeign(part: Part, format: string): boolean {
  if (part.type === "opaque") return part.format !== format;
  return part.type === "tool-result" && part.parts.some((inner) => isForeign(inner, format));
}

/** What the client called it, where it said so in a word. */
function kindOf(part: Part): string {
  if (part.type !== "opaque") return "";
  const { type } = (part.words ?? {}) as { readonly type?: unknown };
  return typeof type === "string" && /^[\w.-]{1,60}$/.test(type) ? ` (${type})` : "";
}
