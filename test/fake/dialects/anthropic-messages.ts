/** Anthropic's messages, as a vendor says them. https://docs.anthropic.com/en/api/messages */
import { frame } from "../answer.ts";
import { type Asked, answerOf, callsOf, type Json, jsonPieces, piecesOf, record, type Said } from "../asked.ts";

const signature = "EqQBCkYIBxgCKkBmYWtlLXNpZ25hdHVyZQ==";

export function anthropicMessages(asked: Asked): Said {
  const { body, steering } = asked;
  const { pieces, cutShort } = answerOf(asked, ["max_tokens"]);
  const choice = record(body["tool_choice"])["type"];
  const calls = callsOf(asked, choice === "any" || choice === "tool");
  const thinks = steering.reasoning ?? (record(body["thinking"])["type"] === "enabled" ? 4 : 0);
  const content: Json[] = [];
  if (thinks > 0) content.push({ type: "thinking", thinking: piecesOf(thinks).join(""), signature });
  if (calls.length === 0 && pieces.length > 0) content.push({ type: "text", text: pieces.join("") });
  for (const [i, call] of calls.entries())
    content.push({
      type: "tool_use",
      id: `toolu_fake${String(i).padStart(18, "0")}`,
      name: call.name,
      input: call.input,
    });
  const cached = steering.cached ?? 0;
  const usage = {
    input_tokens: Math.max(0, asked.promptTokens - cached),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: (calls.length > 0 ? calls.length * 10 : pieces.length) + thinks,
    service_tier: "standard",
  };
  const stop =
    steering.finish ??
    (steering.refusal ? "refusal" : calls.length > 0 ? "tool_use" : cutShort ? "max_tokens" : "end_turn");
  const message = {
    id: `msg_fake${asked.number}`,
    type: "message",
    role: "assistant",
    model: asked.model,
    content,
    stop_reason: stop,
    stop_sequence: null,
    usage,
  };
  return asked.stream ? { frames: stream(message, pieces, thinks) } : { json: message };
}

function stream(
  message: { readonly content: readonly Json[]; readonly usage: Json; readonly stop_reason: string },
  pieces: readonly string[],
  thinks: number,
): Buffer[] {
  const frames = [
    frame({
      type: "message_start",
      message: { ...message, content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } },
    }),
    frame({ type: "ping" }),
  ];
  for (const [index, block] of message.content.entries()) {
    frames.push(frame({ type: "content_block_start", index, content_block: opening(block) }));
    for (const delta of deltas(block, pieces, thinks))
      frames.push(frame({ type: "content_block_delta", index, delta }));
    frames.push(frame({ type: "content_block_stop", index }));
  }
  frames.push(
    frame({
      type: "message_delta",
      delta: { stop_reason: message.stop_reason, stop_sequence: null },
      usage: { output_tokens: message.usage["output_tokens"] },
    }),
  );
  frames.push(frame({ type: "message_stop" }));
  return frames;
}

function opening(block: Json): Json {
  if (block["type"] === "thinking") return { type: "thinking", thinking: "", signature: "" };
  return block["type"] === "tool_use" ? { ...block, input: {} } : { type: "text", text: "" };
}

function deltas(block: Json, pieces: readonly string[], thinks: number): Json[] {
  if (block["type"] === "thinking")
    return [
      ...piecesOf(thinks).map((thinking) => ({ type: "thinking_delta", thinking })),
      { type: "signature_delta", signature },
    ];
  if (block["type"] === "tool_use")
    return ["", ...jsonPieces(block["input"])].map((partial_json) => ({ type: "input_json_delta", partial_json }));
  return pieces.map((text) => ({ type: "text_delta", text }));
}

/** https://docs.anthropic.com/en/api/messages-count-tokens */
export function anthropicCountTokens(asked: Asked): Said {
  return { json: { input_tokens: asked.promptTokens } };
}
