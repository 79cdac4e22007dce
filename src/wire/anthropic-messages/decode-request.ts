/** Reads a client's request: strictly, each wrong field refused by its path. */

import type { ChatRequest, Message, OutputFormat } from "../../canonical/chat.ts";
import { invalid } from "../../canonical/error.ts";
import {
  bodyFields,
  type Fields,
  fieldsAt,
  optionalBoolean,
  optionalFields,
  optionalInteger,
  optionalNumber,
  optionalString,
  optionalStrings,
  requiredInteger,
  requiredList,
  requiredString,
  unknownFields,
  wrong,
} from "../reader.ts";
import { decodeContent } from "./content.ts";
import { decodeReasoning } from "./thinking.ts";
import { decodeToolChoice, decodeTools } from "./tools.ts";
import { format } from "./types.ts";

const known: ReadonlySet<string> = new Set([
  "model",
  "max_tokens",
  "system",
  "messages",
  "tools",
  "mcp_servers",
  "tool_choice",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "stream",
  "metadata",
  "service_tier",
  "thinking",
  "output_config",
  "output_format",
]);

/** What only Anthropic understands: it goes to speakers of this language and to nobody else. */
const own: readonly string[] = [
  "billing_policy",
  "cache_control",
  "compaction",
  "container",
  "context_management",
  "diagnostics",
  "fallback_credit_token",
  "fallbacks",
  "inference_geo",
  "speed",
  "thread",
  "user_profile_id",
  "workspace_id",
];

const leftOut: ReadonlySet<string> = new Set([...known, ...own]);

export interface Needs {
  /** Counting tokens needs no limit of them. */
  readonly maxTokens: boolean;
}

export function decodeRequest(words: unknown, needs: Needs): ChatRequest {
  const body = bodyFields(words);
  const maxTokens = needs.maxTokens ? requiredInteger(body, "max_tokens") : optionalInteger(body, "max_tokens");
  const tools = decodeTools(body);
  const output = decodeOutput(body);
  const reasoning = decodeReasoning(body);
  const native = decodeNative(body, reasoning === undefined || reasoning.mode === undefined);
  const extra = unknownFields(body, leftOut);
  return {
    model: requiredString(body, "model"),
    messages: decodeMessages(body),
    ...(tools && { tools }),
    ...decodeToolChoice(body),
    ...(output && { output }),
    ...(reasoning && { reasoning }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...decodeSampling(body),
    ...decodeMetadata(body),
    stream: optionalBoolean(body, "stream") ?? false,
    streamUsage: true,
    ...(native && { native: { format, fields: native } }),
    ...(extra && { extra }),
  };
}

function decodeSampling(body: Fields): Partial<ChatRequest> {
  const temperature = optionalNumber(body, "temperature");
  const topP = optionalNumber(body, "top_p");
  const topK = optionalInteger(body, "top_k");
  const stop = optionalStrings(body, "stop_sequences");
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(stop && { stop }),
  };
}

function decodeMetadata(body: Fields): Partial<ChatRequest> {
  const metadata = optionalFields(body, "metadata");
  const user = metadata && optionalString(metadata, "user_id", "metadata");
  const serviceTier = optionalString(body, "service_tier");
  return { ...(user !== undefined && { user }), ...(serviceTier !== undefined && { serviceTier }) };
}

function decodeMessages(body: Fields): readonly Message[] {
  const turns = requiredList(body, "messages");
  if (turns.length === 0) throw invalid("messages", "messages must hold at least one message");
  const { system } = body;
  const messages: Message[] = [];
  if (system !== undefined && system !== null && system !== "") {
    messages.push({ role: "system", parts: decodeContent(system, "system") });
  }
  for (let index = 0; index < turns.length; index++) {
    const path = `messages.${index}`;
    messages.push(decodeMessage(fieldsAt(turns[index], path), path));
  }
  return messages;
}

function decodeMessage(turn: Fields, path: string): Message {
  const { role } = turn;
  if (role !== "user" && role !== "assistant" && role !== "system") {
    throw wrong(`${path}.role`, '"user", "assistant" or "system"', role);
  }
  return { role, parts: decodeContent(turn["content"], `${path}.content`) };
}

/** `output_format` is the older name of `output_config.format`. */
function decodeOutput(body: Fields): OutputFormat | undefined {
  const config = optionalFields(body, "output_config");
  const newer = config && optionalFields(config, "format", "output_config");
  const words = newer ?? optionalFields(body, "output_format");
  if (!words) return undefined;
  const path = newer ? "output_config.format" : "output_format";
  if (words["type"] !== "json_schema") throw wrong(`${path}.type`, '"json_schema"', words["type"]);
  const { schema } = words;
  if (schema === undefined || schema === null) throw wrong(`${path}.schema`, "a JSON schema", schema);
  return { type: "json-schema", schema };
}

/** Also what we do not know of fields that we do. */
function decodeNative(body: Fields, strangeThinking: boolean): Fields | undefined {
  let native: Record<string, unknown> | undefined;
  for (const key of own) {
    if (body[key] === undefined || body[key] === null) continue;
    native ??= {};
    native[key] = body[key];
  }
  const { thinking } = body;
  if (strangeThinking && thinking !== undefined && thinking !== null) native = { ...native, thinking };
  const config = optionalFields(body, "output_config");
  const rest = config && unknownFields(config, strangeThinking ? readFormat : readConfig);
  return rest ? { ...native, output_config: rest } : native;
}

const readConfig: ReadonlySet<string> = new Set(["effort", "format"]);
/** An effort alone, without a word on thinking, can only be said in Anthropic's newer words: a budget would mean more. */
const readFormat: ReadonlySet<string> = new Set(["format"]);
