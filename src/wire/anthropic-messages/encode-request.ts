/** Says a conversation as the body that Anthropic wants. */

import type { ChatRequest, Message, ReasoningSettings } from "../../canonical/chat.ts";
import type { Part } from "../../canonical/part.ts";
import type { Body } from "../format.ts";
import { fieldsOf } from "../reader.ts";
import { putRest } from "../words.ts";
import { encodePart, isBlank } from "./blocks.ts";
import { addOutputTool } from "./output-tool.ts";
import { type EncodedReasoning, encodeReasoning } from "./thinking.ts";
import { encodeToolChoice, encodeTools } from "./tools.ts";
import { encodeTurns, mayThink } from "./turns.ts";
import { format, type WireBlock, type WireMessage, type WireThinking } from "./types.ts";

/** Anthropic refuses a request without max_tokens. Who knows the model's own limit says it before this. */
const defaultMaxTokens = 4096;

export function encodeRequest(request: ChatRequest): Body {
  const { model, messages, reasoning, maxTokens, stream, extra } = request;
  const native = request.native?.format === format ? request.native.fields : undefined;
  const config = fieldsOf(native?.["output_config"]);
  const head = headOf(messages);
  const turns = encodeTurns(head === 0 ? messages : messages.slice(head));
  const { thinking, effort } = reasoning && config["effort"] === undefined ? reasoningFor(reasoning, turns) : {};
  const system = encodeSystem(messages.slice(0, head));
  const body: Record<string, unknown> = { model, max_tokens: limit(maxTokens, thinking) };
  if (system.length > 0) body["system"] = system;
  body["messages"] = turns;
  setTools(body, request);
  if (thinking) body["thinking"] = thinking;
  setOutput(body, request);
  setSampling(body, request);
  setAccount(body, request);
  if (stream) body["stream"] = true;
  if (native) Object.assign(body, native);
  if (effort !== undefined) body["output_config"] = { ...config, effort };
  putRest(body, extra);
  // A system prompt that another language's client hides among unknown fields is none.
  if (system.length === 0 && extra && "system" in extra) delete body["system"];
  return body;
}

/** A budget that came from an effort is given up rather than the whole request. */
function reasoningFor(reasoning: ReasoningSettings, turns: readonly WireMessage[]): EncodedReasoning {
  const encoded = encodeReasoning(reasoning);
  return reasoning.mode === undefined && !mayThink(turns) ? {} : encoded;
}

/** The budget is part of max_tokens and must be smaller: what the client asked for comes on top of it. */
function limit(maxTokens: number | undefined, thinking: WireThinking | undefined): number {
  const wanted = maxTokens ?? defaultMaxTokens;
  const budget = thinking?.budget_tokens ?? 0;
  return maxTokens === undefined || maxTokens <= budget ? budget + wanted : wanted;
}

/** What `max_tokens` will say for a request that asks for thoughts. */
export const mostOutput = ({ maxTokens, reasoning }: ChatRequest): number | undefined =>
  reasoning ? limit(maxTokens, encodeReasoning(reasoning).thinking) : maxTokens;

/** How many messages at the head are the system's. Those said later stay where they were said. */
function headOf(messages: readonly Message[]): number {
  let head = 0;
  for (const { role } of messages) {
    if (role !== "system" && role !== "developer") break;
    head++;
  }
  return head;
}

function encodeSystem(messages: readonly Message[]): readonly WireBlock[] {
  const blocks: WireBlock[] = [];
  for (const { parts } of messages) for (const part of parts) pushSystem(blocks, part);
  return blocks;
}

/** A system prompt is made of text alone, or of what an Anthropic client put there. */
function pushSystem(blocks: WireBlock[], part: Part): void {
  if (part.type === "text" ? isBlank(part.text) : part.type !== "opaque") return;
  const block = encodePart(part);
  if (block) blocks.push(block);
}

/** Anthropic refuses a history of calls when no tool is declared: the one it is given then cannot be meant. */
const placeholder = {
  name: "dummy_tool",
  description: "This is a dummy tool call",
  input_schema: { type: "object", properties: {} },
};

function setTools(body: Record<string, unknown>, request: ChatRequest): void {
  const { tools, servers } = encodeTools(request);
  if (tools.length > 0) {
    body["tools"] = tools;
    const choice = encodeToolChoice(request);
    if (choice) body["tool_choice"] = choice;
  } else if (servers.length === 0 && request.messages.some(calls)) {
    body["tools"] = [placeholder];
  }
  if (servers.length > 0) body["mcp_servers"] = servers;
}

const calls = ({ parts }: Message): boolean => parts.some(({ type }) => type === "tool-call" || type === "tool-result");

/** A schema is asked for in the vendor's own way; any JSON at all can only be asked for as the input of a tool. */
function setOutput(body: Record<string, unknown>, { output }: ChatRequest): void {
  if (output?.type === "json-schema") body["output_format"] = { type: "json_schema", schema: output.schema };
  else if (output?.type === "json") addOutputTool(body, undefined);
}

function setSampling(body: Record<string, unknown>, request: ChatRequest): void {
  if (request.temperature !== undefined) body["temperature"] = request.temperature;
  if (request.topP !== undefined) body["top_p"] = request.topP;
  if (request.topK !== undefined) body["top_k"] = request.topK;
  if (request.stop && request.stop.length > 0) body["stop_sequences"] = request.stop;
}

/** https://docs.anthropic.com/en/api/service-tiers */
const tiers: Readonly<Record<string, string>> = {
  auto: "auto",
  standard_only: "standard_only",
  default: "standard_only",
};

function setAccount(body: Record<string, unknown>, { user, serviceTier }: ChatRequest): void {
  if (user !== undefined && !isPersonal(user)) body["metadata"] = { user_id: user };
  const tier = serviceTier !== undefined && Object.hasOwn(tiers, serviceTier) ? tiers[serviceTier] : undefined;
  if (tier !== undefined) body["service_tier"] = tier;
}

/** Anthropic asks for no names, addresses or numbers of people in user_id. */
function isPersonal(user: string): boolean {
  if (user.length > 320) return false;
  return /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(user) || /^\+?[\d\s()-]{7,}$/.test(user);
}
