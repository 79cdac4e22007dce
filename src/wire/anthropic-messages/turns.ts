/** The turns of a conversation as Anthropic wants them: user and assistant only, none twice in a row, results of tools first. */

import type { Message } from "../../canonical/chat.ts";
import type { Part, ReasoningPart } from "../../canonical/part.ts";
import { encodePart, isBlank } from "./blocks.ts";
import type { WireBlock, WireMessage } from "./types.ts";

interface Turn {
  readonly role: "user" | "assistant";
  readonly content: WireBlock[];
  /** It comes after calls of tools, whose results must stand at its head. */
  readonly answers: boolean;
  /** How many results stand there already. */
  results: number;
}

/**
 * A system message in the middle of the talk becomes a piece of the user's turn, as plain text: so the order of the talk and the
 * vendor's cache of what came before both hold, and nothing is said that nobody said.
 */
export function encodeTurns(messages: readonly Message[]): readonly WireMessage[] {
  const turns: Turn[] = [];
  for (const { role, parts } of messages) {
    const turn = turnFor(turns, role === "assistant" ? "assistant" : "user");
    for (const part of parts) addPart(turn, part);
  }
  const spoken = turns.filter(({ content }) => content.length > 0);
  const last = spoken.at(-1);
  if (last?.role === "assistant") trimPrefill(last.content);
  return spoken.map(({ role, content }) => ({ role, content }));
}

const isCall = ({ type }: WireBlock): boolean => type === "tool_use";

/** An empty turn between two of one speaker is no turn. */
function turnFor(turns: Turn[], role: Turn["role"]): Turn {
  while (turns.at(-1)?.content.length === 0) turns.pop();
  const last = turns.at(-1);
  if (last?.role === role) return last;
  const turn: Turn = { role, content: [], results: 0, answers: last?.content.some(isCall) === true };
  turns.push(turn);
  return turn;
}

function addPart(turn: Turn, part: Part): void {
  if (part.type === "text" && isBlank(part.text)) return;
  if (part.type === "reasoning" && isForeign(part)) return;
  const block = encodePart(part);
  if (!block) return;
  if (part.type === "tool-call") turn.content.push({ ...block, id: toolId(part.id) });
  else if (part.type === "tool-result") {
    const at = turn.answers ? turn.results++ : turn.content.length;
    turn.content.splice(at, 0, { ...block, tool_use_id: toolId(part.id) });
  } else turn.content.push(block);
}

/** A thought that Anthropic did not sign, it refuses. */
const isForeign = ({ signature, redacted }: ReasoningPart): boolean =>
  redacted === undefined && isForeignSignature(signature ?? "");

/** OpenAI's seals are Fernet tokens, and begin as those do. */
export const isForeignSignature = (signature: string): boolean => signature === "" || signature.startsWith("gAAAA");

/**
 * Anthropic refuses to think when the turn that called the tools began without a thought, as turns do that come from clients
 * and vendors which keep none.
 */
export function mayThink(turns: readonly WireMessage[]): boolean {
  const last = turns.findLast(({ role }) => role === "assistant");
  if (!last?.content.some(isCall)) return true;
  const first = last.content[0]?.type;
  return first === "thinking" || first === "redacted_thinking";
}

/** Anthropic takes letters, digits, "_" and "-" in the ids of calls. */
export function toolId(id: string): string {
  for (let at = 0; at < id.length; at++)
    if (!isIdCharacter(id.charCodeAt(at))) return id.replace(/[^a-zA-Z0-9_-]/g, "_");
  return id === "" ? "unnamed" : id;
}

const isIdCharacter = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || code === 45;

/** A last turn of the assistant is the beginning of the answer, and may not end in white space. */
function trimPrefill(content: WireBlock[]): void {
  const last = content.at(-1);
  if (last?.type !== "text" || typeof last["text"] !== "string") return;
  content[content.length - 1] = { ...last, text: last["text"].trimEnd() };
}
