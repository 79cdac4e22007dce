/** OpenAI's Responses API with its whole event grammar. https://platform.openai.com/docs/api-reference/responses-streaming */
import { frame } from "../answer.ts";
import {
  type Asked,
  answerOf,
  callsOf,
  createdAt,
  type Json,
  jsonPieces,
  piecesOf,
  record,
  type Said,
} from "../asked.ts";

export function openaiResponses(asked: Asked): Said {
  const { body, steering } = asked;
  const { pieces, cutShort } = answerOf(asked, ["max_output_tokens"]);
  const choice = body["tool_choice"];
  const calls = callsOf(asked, choice === "required" || typeof choice === "object");
  const asksSummary =
    record(body["reasoning"])["summary"] !== undefined && record(body["reasoning"])["summary"] !== null;
  const thinks = steering.reasoning ?? (asksSummary ? 4 : 0);
  const id = (prefix: string, i: number): string => `${prefix}_fake${asked.number}_${i}`;
  const output: Json[] = [];
  if (thinks > 0)
    output.push({
      id: id("rs", 0),
      type: "reasoning",
      summary: [{ type: "summary_text", text: piecesOf(thinks).join("") }],
    });
  if (calls.length === 0) {
    const text = pieces.join("");
    const part = steering.refusal
      ? { type: "refusal", refusal: text }
      : { type: "output_text", annotations: [], logprobs: [], text };
    output.push({
      id: id("msg", output.length),
      type: "message",
      status: cutShort ? "incomplete" : "completed",
      role: "assistant",
      content: [part],
    });
  }
  for (const call of calls)
    output.push({
      id: id("fc", output.length),
      type: "function_call",
      status: "completed",
      call_id: `call_fake${asked.number}_${output.length}`,
      name: call.name,
      arguments: JSON.stringify(call.input),
    });
  const spent = (calls.length > 0 ? calls.length * 10 : pieces.length) + thinks;
  const response = {
    id: `resp_fake${asked.number}`,
    object: "response",
    created_at: createdAt,
    status: cutShort ? "incomplete" : "completed",
    error: null,
    incomplete_details: cutShort ? { reason: "max_output_tokens" } : null,
    instructions: body["instructions"] ?? null,
    max_output_tokens: body["max_output_tokens"] ?? null,
    model: asked.model,
    output,
    parallel_tool_calls: true,
    previous_response_id: body["previous_response_id"] ?? null,
    reasoning: { effort: null, summary: null },
    store: body["store"] ?? true,
    temperature: 1,
    text: { format: { type: "text" } },
    tool_choice: choice ?? "auto",
    tools: body["tools"] ?? [],
    top_p: 1,
    truncation: "disabled",
    usage: {
      input_tokens: asked.promptTokens,
      input_tokens_details: { cached_tokens: steering.cached ?? 0 },
      output_tokens: spent,
      output_tokens_details: { reasoning_tokens: thinks },
      total_tokens: asked.promptTokens + spent,
    },
    user: null,
    metadata: body["metadata"] ?? {},
  };
  return asked.stream ? { frames: stream(response, pieces, piecesOf(thinks)) } : { json: response };
}

type Put = (type: string, fields: Json) => void;

function stream(
  response: Json & { readonly output: readonly Json[]; readonly status: string },
  pieces: readonly string[],
  thoughts: readonly string[],
): Buffer[] {
  const frames: Buffer[] = [];
  const put: Put = (type, fields) => {
    frames.push(frame({ type, sequence_number: frames.length, ...fields }));
  };
  const begun = { ...response, status: "in_progress", output: [], usage: null, incomplete_details: null };
  put("response.created", { response: begun });
  put("response.in_progress", { response: begun });
  for (const [output_index, item] of response.output.entries()) {
    if (item["type"] === "reasoning") reasoning(put, item, output_index, thoughts);
    else if (item["type"] === "function_call") functionCall(put, item, output_index);
    else message(put, item, output_index, pieces);
    put("response.output_item.done", { output_index, item });
  }
  put(`response.${response.status}`, { response });
  return frames;
}

function message(put: Put, item: Json, output_index: number, pieces: readonly string[]): void {
  put("response.output_item.added", { output_index, item: { ...item, status: "in_progress", content: [] } });
  const part = record((item["content"] as readonly unknown[])[0]);
  const at = { item_id: item["id"], output_index, content_index: 0 };
  const refuses = part["type"] === "refusal";
  put("response.content_part.added", { ...at, part: refuses ? { ...part, refusal: "" } : { ...part, text: "" } });
  for (const delta of pieces)
    put(
      refuses ? "response.refusal.delta" : "response.output_text.delta",
      refuses ? { ...at, delta } : { ...at, delta, logprobs: [] },
    );
  if (refuses) put("response.refusal.done", { ...at, refusal: part["refusal"] });
  else put("response.output_text.done", { ...at, text: part["text"], logprobs: [] });
  put("response.content_part.done", { ...at, part });
}

function reasoning(put: Put, item: Json, output_index: number, thoughts: readonly string[]): void {
  put("response.output_item.added", { output_index, item: { ...item, summary: [] } });
  const at = { item_id: item["id"], output_index, summary_index: 0 };
  put("response.reasoning_summary_part.added", { ...at, part: { type: "summary_text", text: "" } });
  for (const delta of thoughts) put("response.reasoning_summary_text.delta", { ...at, delta });
  put("response.reasoning_summary_text.done", { ...at, text: thoughts.join("") });
  put("response.reasoning_summary_part.done", { ...at, part: { type: "summary_text", text: thoughts.join("") } });
}

function functionCall(put: Put, item: Json, output_index: number): void {
  put("response.output_item.added", { output_index, item: { ...item, status: "in_progress", arguments: "" } });
  const at = { item_id: item["id"], output_index };
  for (const delta of jsonPieces(JSON.parse(item["arguments"] as string)))
    put("response.function_call_arguments.delta", { ...at, delta });
  put("response.function_call_arguments.done", { ...at, arguments: item["arguments"] });
}
