/** OpenAI's chat completions, as a vendor says them. https://platform.openai.com/docs/api-reference/chat */
import { dataFrame } from "../answer.ts";
import {
  type Asked,
  answerOf,
  type Call,
  callsOf,
  createdAt,
  jsonPieces,
  piecesOf,
  record,
  type Said,
} from "../asked.ts";

const limits = ["max_completion_tokens", "max_tokens"];

export function openaiChat(asked: Asked): Said {
  const { body, steering } = asked;
  const { pieces, cutShort } = answerOf(asked, limits);
  const choice = body["tool_choice"];
  const calls = callsOf(asked, choice === "required" || choice === "any" || typeof choice === "object");
  const reasoning = piecesOf(steering.reasoning ?? 0);
  const choices = typeof body["n"] === "number" ? Math.max(1, Math.min(16, body["n"])) : 1;
  const content = calls.length > 0 ? [] : pieces;
  const spent = (content.length + reasoning.length + calls.length * 10) * choices;
  const usage = {
    prompt_tokens: asked.promptTokens,
    completion_tokens: spent,
    total_tokens: asked.promptTokens + spent,
    prompt_tokens_details: { cached_tokens: steering.cached ?? 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoning.length * choices,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
  const finish = steering.finish ?? (calls.length > 0 ? "tool_calls" : cutShort ? "length" : "stop");
  const head = {
    id: `chatcmpl-fake${asked.number}`,
    created: createdAt,
    model: asked.model,
    service_tier: "default",
    system_fingerprint: "fp_fake",
  };
  if (asked.stream)
    return {
      frames: stream({
        head,
        content,
        calls,
        reasoning,
        choices,
        finish,
        refusal: steering.refusal === true,
        usage: steering.nousage ? undefined : usage,
        told: record(body["stream_options"])["include_usage"] === true,
      }),
    };
  const text = content.join("");
  const message = {
    role: "assistant",
    content: calls.length > 0 || steering.refusal ? null : text,
    refusal: steering.refusal ? text : null,
    ...(reasoning.length > 0 ? { reasoning_content: reasoning.join("") } : {}),
    ...(calls.length > 0
      ? {
          tool_calls: calls.map((call, i) => ({
            id: callId(i),
            type: "function",
            function: { name: call.name, arguments: JSON.stringify(call.input) },
          })),
        }
      : {}),
    annotations: [],
  };
  return {
    json: {
      ...head,
      object: "chat.completion",
      choices: Array.from({ length: choices }, (_, index) => ({
        index,
        message,
        logprobs: null,
        finish_reason: finish,
      })),
      ...(steering.nousage ? {} : { usage }),
    },
  };
}

const callId = (i: number): string => `call_fake${String(i).padStart(20, "0")}`;

interface Streamed {
  readonly head: object;
  readonly content: readonly string[];
  readonly calls: readonly Call[];
  readonly reasoning: readonly string[];
  readonly choices: number;
  readonly finish: string;
  readonly refusal: boolean;
  readonly usage: object | undefined;
  readonly told: boolean;
}

function stream(said: Streamed): Buffer[] {
  const deltas: object[] = [{ role: "assistant", content: said.calls.length > 0 ? null : "", refusal: null }];
  for (const piece of said.reasoning) deltas.push({ reasoning_content: piece });
  for (const piece of said.content) deltas.push(said.refusal ? { refusal: piece } : { content: piece });
  for (const [index, call] of said.calls.entries()) {
    deltas.push({
      tool_calls: [{ index, id: callId(index), type: "function", function: { name: call.name, arguments: "" } }],
    });
    for (const piece of jsonPieces(call.input))
      deltas.push({ tool_calls: [{ index, function: { arguments: piece } }] });
  }
  const chunk = { ...said.head, object: "chat.completion.chunk" };
  const beside = said.told && said.usage !== undefined ? { usage: null } : {};
  const frames: Buffer[] = [];
  const put = (delta: object, finish: string | null): void => {
    for (let index = 0; index < said.choices; index++)
      frames.push(
        dataFrame({ ...chunk, choices: [{ index, delta, logprobs: null, finish_reason: finish }], ...beside }),
      );
  };
  for (const delta of deltas) put(delta, null);
  put({}, said.finish);
  if (said.told && said.usage !== undefined) frames.push(dataFrame({ ...chunk, choices: [], usage: said.usage }));
  frames.push(dataFrame("[DONE]"));
  return frames;
}
