/** Mends conversations that a vendor would refuse as they are: only where the operator wants it (`modify_params`). Each gives back the same object when nothing is amiss. */

import type { Body } from "../wire/format.ts";
import { isList, isRecord } from "./adjustments.ts";
import type { Mending } from "./provider.ts";

type Mend = (body: Body, about: Mending) => Body;

type Words = Readonly<Record<string, unknown>>;

/** Said in place of a result that never came. */
const noResult = "No result: the call was not carried out.";
/** Said in place of a text without a letter. */
const noText = "(no text)";

/** Nobody can answer with more than the model has. */
const outputWithin =
  (...names: readonly string[]): Mend =>
  (body, { maxOutput }) => {
    let result = body;
    for (const name of names) {
      const asked = body[name];
      if (maxOutput !== undefined && typeof asked === "number" && asked > maxOutput)
        result = { ...result, [name]: maxOutput };
    }
    return result;
  };

export const mendResponses: Mend = outputWithin("max_output_tokens");

/** OpenAI's chat: every call has its result right after it, every result its call. https://platform.openai.com/docs/guides/function-calling */
function mendCalls(body: Body): Body {
  const { messages } = body;
  if (!isList(messages) || !messages.some(isOfTools)) return body;
  const mended: unknown[] = [];
  /** Calls that wait for their result. */
  let owed: ReadonlySet<string> = new Set();
  for (const message of messages) {
    const id = resultOf(message);
    if (id === undefined) {
      for (const call of owed) mended.push(noResultFor(call));
      owed = new Set(callsOf(message));
    } else if (!owed.has(id)) continue;
    else owed = new Set([...owed].filter((call) => call !== id));
    mended.push(message);
  }
  for (const call of owed) mended.push(noResultFor(call));
  const same = mended.length === messages.length && mended.every((one, at) => one === messages[at]);
  return same ? body : { ...body, messages: mended };
}

const isOfTools = (message: unknown): boolean => resultOf(message) !== undefined || callsOf(message).length > 0;

const resultOf = (message: unknown): string | undefined =>
  isRecord(message) && message["role"] === "tool" ? String(message["tool_call_id"]) : undefined;

const callsOf = (message: unknown): readonly string[] =>
  isRecord(message) && isList(message["tool_calls"]) ? idsOf(message["tool_calls"]) : [];

const noResultFor = (id: string) => ({ role: "tool", tool_call_id: id, content: noResult });

const idsOf = (items: readonly unknown[]): readonly string[] =>
  items.flatMap((item) => (isRecord(item) && typeof item["id"] === "string" ? [item["id"]] : []));

const chatOutput = outputWithin("max_tokens", "max_completion_tokens");

export const mendChat: Mend = (body, about) => mendCalls(chatOutput(body, about));

/** Anthropic's messages. https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use */
export const mendMessages: Mend = (body, about) => {
  const { messages } = body;
  if (!isList(messages)) return body;
  const turns = mendTurns(messages);
  let result = turns === messages ? body : { ...body, messages: turns };
  if (result["tools"] === undefined && turns.some(usesTools)) result = { ...result, tools: [placeholder] };
  return withinThought(outputWithin("max_tokens")(result, about), turns);
};

/** Anthropic refuses a history of calls when no tool is declared. */
const placeholder = {
  name: "dummy_tool",
  description: "This is a dummy tool call",
  input_schema: { type: "object", properties: {} },
};

const typed = (block: unknown, type: string): block is Words => isRecord(block) && block["type"] === type;

const blocksOf = (message: unknown): readonly unknown[] =>
  isRecord(message) && isList(message["content"]) ? message["content"] : [];

const usesTools = (message: unknown): boolean =>
  blocksOf(message).some((block) => typed(block, "tool_use") || typed(block, "tool_result"));

function mendTurns(messages: readonly unknown[]): readonly unknown[] {
  const mended: unknown[] = [];
  let calls: readonly string[] = [];
  for (const message of messages) {
    const isUser = isRecord(message) && message["role"] === "user";
    if (calls.length > 0 && !isUser) mended.push({ role: "user", content: calls.map(emptyResult) });
    const next = isUser ? answering(withText(message), calls) : withText(message);
    if (next !== undefined) mended.push(next);
    calls = isUser ? [] : idsOf(blocksOf(message).filter((block) => typed(block, "tool_use")));
  }
  if (calls.length > 0) mended.push({ role: "user", content: calls.map(emptyResult) });
  return mended.length === messages.length && mended.every((one, at) => one === messages[at]) ? messages : mended;
}

const emptyResult = (id: string) => ({ type: "tool_result", tool_use_id: id, content: noResult, is_error: true });

/** With a result for every call of the turn before, and none for others. Undefined: nothing is left of it. */
function answering(message: unknown, calls: readonly string[]): unknown {
  if (!isRecord(message)) return message;
  const content = isList(message["content"]) ? message["content"] : undefined;
  const blocks = content ?? [];
  const kept = blocks.filter((block) => !typed(block, "tool_result") || calls.includes(String(block["tool_use_id"])));
  const answered = new Set(kept.flatMap((block) => (typed(block, "tool_result") ? [block["tool_use_id"]] : [])));
  const missing = calls.filter((id) => !answered.has(id)).map(emptyResult);
  if (missing.length === 0 && kept.length === blocks.length) return message;
  const rest = content ? kept : [{ type: "text", text: message["content"] }];
  return missing.length + rest.length === 0 ? undefined : { ...message, content: [...missing, ...rest] };
}

/** Texts without a letter go; where nothing else is said, something must be. */
function withText(message: unknown): unknown {
  if (!isRecord(message)) return message;
  const { content } = message;
  if (typeof content === "string") return content.trim() === "" ? { ...message, content: noText } : message;
  if (!isList(content)) return message;
  const said = content.filter((block) => !typed(block, "text") || String(block["text"]).trim() !== "");
  if (said.length === content.length && said.length > 0) return message;
  return { ...message, content: said.length > 0 ? said : [{ type: "text", text: noText }] };
}

/** The least that Anthropic takes as a budget of thoughts. */
const leastThought = 1024;

/** Thoughts are given up where an earlier turn called tools without any; their budget is part of the answer's. */
function withinThought(body: Body, turns: readonly unknown[]): Body {
  const { thinking, max_tokens: most } = body;
  if (!typed(thinking, "enabled")) return body;
  const { thinking: _, ...without } = body;
  if (!mayThink(turns)) return without;
  const budget = thinking["budget_tokens"];
  if (typeof budget !== "number" || typeof most !== "number" || budget < most) return body;
  return most > leastThought ? { ...body, thinking: { ...thinking, budget_tokens: most - 1 } } : without;
}

function mayThink(turns: readonly unknown[]): boolean {
  const last = turns.findLast((turn) => isRecord(turn) && turn["role"] === "assistant");
  const blocks = blocksOf(last);
  if (!blocks.some((block) => typed(block, "tool_use"))) return true;
  return typed(blocks[0], "thinking") || typed(blocks[0], "redacted_thinking");
}
