/** The answer's own fields, and the settings of the request that it repeats. */

import type { ChatRequest } from "../../canonical/chat.ts";
import type { Usage } from "../../canonical/usage.ts";
import { put, type Words } from "../words.ts";
import { encodeSettings } from "./request.ts";
import { encodeUsage } from "./usage.ts";
import { incompleteReason, statusOf } from "./write-output.ts";

export interface Head {
  readonly id: string;
  readonly model: string;
  readonly created: number;
}

/** Before there is an answer, the vendor's own defaults are told. */
const unsaidYet: Readonly<Words> = {
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  store: true,
  temperature: null,
  tool_choice: "auto",
  tools: [],
  top_p: 1,
};

/** The answer while it is still being made: the settings that its clients read before it ends. */
export function opening({ id, model, created }: Head, request: ChatRequest | undefined, status: string): Words {
  const said = request ? encodeSettings(request, true) : {};
  const words: Words = {
    id,
    object: "response",
    created_at: created,
    status,
    error: null,
    incomplete_details: null,
    model,
    output: [],
    reasoning: { effort: null, summary: null },
  };
  for (const key of Object.keys(unsaidYet)) words[key] = said[key] ?? unsaidYet[key];
  return words;
}

interface Outcome {
  readonly output: readonly Words[];
  readonly finish: Parameters<typeof incompleteReason>[0];
  readonly usage: Usage | undefined;
  readonly serviceTier: string | undefined;
}

/** What the answer says of each setting that the client left open. Where parallel calls were, it promises nothing. */
const unsaid: Readonly<Words> = {
  instructions: null,
  max_output_tokens: null,
  metadata: {},
  parallel_tool_calls: false,
  previous_response_id: null,
  reasoning: null,
  store: null,
  temperature: null,
  text: {},
  tool_choice: "auto",
  tools: [],
  top_p: null,
  truncation: null,
  user: null,
};

/** Told to those who asked; which tier served whom was asked for, too. */
const saidOnly = ["max_tool_calls", "prompt_cache_key", "safety_identifier", "top_logprobs"];

/** The answer's last word. */
export function whole({ id, model, created }: Head, request: ChatRequest | undefined, outcome: Outcome): Words {
  const said = request ? encodeSettings(request, true) : {};
  const { finish, output, usage, serviceTier } = outcome;
  const reason = incompleteReason(finish);
  const words: Words = {
    id,
    object: "response",
    created_at: created,
    status: statusOf(finish),
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    model,
    output,
  };
  for (const key of Object.keys(unsaid)) words[key] = said[key] ?? unsaid[key];
  for (const key of saidOnly) put(words, key, said[key]);
  if (said["service_tier"] !== undefined && serviceTier !== undefined) words["service_tier"] = serviceTier;
  words["usage"] = usage ? encodeUsage(usage) : null;
  return words;
}

const optionalToolFields: Readonly<Record<string, readonly string[]>> = {
  function: ["description", "strict", "allowed_callers", "defer_loading", "output_schema"],
  web_search: ["filters", "search_context_size", "user_location"],
};

/** A whole answer names what a tool leaves open; the snapshots of a stream repeat it as it was given. */
export function spelledOut(tools: unknown): unknown {
  if (!Array.isArray(tools)) return tools;
  return tools.map((tool: Words) => {
    const optional = optionalToolFields[String(tool["type"])];
    if (!optional) return tool;
    const all: Words = { ...tool };
    for (const name of optional) put(all, name, all[name] ?? null);
    return all;
  });
}
