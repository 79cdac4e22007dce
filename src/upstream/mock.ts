/** A vendor inside the gateway: says back what it was told, streams, counts, and fails when told to. For first steps and for tests. */

import { GatewayError } from "../canonical/error.ts";
import type { Answer, Draft, SendOptions } from "../net/draft.ts";

/**
 * Speaks the chat and embeddings language of OpenAI. The last user message may begin with an order:
 * "/fail 429" answers with that status, "/slow 500" waits that many milliseconds, "/cut 3" breaks a stream off after
 * that many words, "/tokens 64" answers with that many words. No answer is longer than the request's bound on tokens, but a text fixed by
 * the configuration, which is answered as it is.
 */
export async function mockSend(draft: Draft, options: SendOptions): Promise<Answer> {
  const url = new URL(draft.url);
  const body = JSON.parse(
    typeof draft.body === "string" ? draft.body : Buffer.from(draft.body ?? "{}").toString(),
  ) as Body;
  if (url.pathname.endsWith("/embeddings")) return whole(embeddings(body));
  const asked = textOf(body.messages?.findLast(({ role }) => role === "user")?.content);
  const { fail, slow = 0, cut, tokens, text } = orderIn(asked);
  if (slow > 0) await waited(slow, options);
  if (fail !== undefined)
    return whole(
      { error: { message: `the mock model fails with status ${fail}`, type: "mock_error", param: null, code: null } },
      fail,
    );
  const fixed = url.searchParams.get("answer");
  const full = tokens === undefined ? text : Array.from({ length: tokens }, (_, index) => `word${index}`).join(" ");
  const most = (body.max_completion_tokens ?? body.max_tokens ?? full.length) * charactersPerToken;
  const words = fixed ?? full.slice(0, most);
  const finish = fixed === null && full.length > most ? "length" : "stop";
  const input = (body.messages ?? []).reduce((sum, { content }) => sum + count(textOf(content)) + 3, 3);
  const usage = { prompt_tokens: input, completion_tokens: count(words), total_tokens: input + count(words) };
  return body.stream === true
    ? stream(body, words, usage, { finish, cut })
    : whole(completion(body, words, usage, finish));
}

interface Body {
  readonly model?: string;
  readonly messages?: readonly { readonly role: string; readonly content?: unknown }[];
  readonly input?: unknown;
  readonly dimensions?: number;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

interface Order {
  readonly fail?: number;
  readonly slow?: number;
  readonly cut?: number;
  readonly tokens?: number;
  readonly text: string;
}

function orderIn(text: string): Order {
  const order = /^\/(fail|slow|cut|tokens) (\d{1,6})\s*/.exec(text);
  if (!order) return { text };
  const [all, name = "", number = "0"] = order;
  const value = Number(number);
  const rest = text.slice(all.length) || text;
  if (name === "fail") return { fail: value >= 400 && value <= 599 ? value : 500, text: rest };
  return { [name]: value, text: rest };
}

const textOf = (content: unknown): string => {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { text?: unknown }) => (typeof part?.text === "string" ? part.text : "")).join("");
};

/** Near enough for a mock. */
const charactersPerToken = 4;
const count = (text: string): number => Math.ceil(text.length / charactersPerToken);

const head = { id: "chatcmpl-mock", created: 1_700_000_000 };

const completion = ({ model }: Body, content: string, usage: object, finish: string) => ({
  ...head,
  object: "chat.completion",
  model,
  choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: finish }],
  usage,
});

function embeddings({ model, input, dimensions = 8 }: Body): object {
  const inputs = Array.isArray(input) ? input : [input];
  const data = inputs.map((one, index) => ({
    object: "embedding",
    index,
    embedding: vectorOf(JSON.stringify(one), Math.min(dimensions, 4096)),
  }));
  const tokens = inputs.reduce((sum: number, one) => sum + count(JSON.stringify(one)), 0);
  return { object: "list", model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

/** The same text gives the same vector, of length one. */
function vectorOf(text: string, dimensions: number): number[] {
  let seed = 2_166_136_261;
  for (let at = 0; at < text.length; at++) seed = Math.imul(seed ^ text.charCodeAt(at), 16_777_619);
  const raw = Array.from({ length: dimensions }, () => {
    seed = Math.imul(seed ^ (seed >>> 15), 2_246_822_507);
    return (seed >>> 0) / 2 ** 31 - 1;
  });
  const length = Math.hypot(...raw) || 1;
  return raw.map((value) => value / length);
}

function whole(body: object, status = 200): Answer {
  const bytes = Buffer.from(JSON.stringify(body));
  return answer(status, "application/json", async function* () {
    yield bytes;
  });
}

interface End {
  readonly finish: string;
  /** Breaks off after so many words. */
  readonly cut: number | undefined;
}

function stream(body: Body, text: string, usage: object, { finish: reason, cut }: End): Answer {
  const chunk = (delta: object, finish: string | null = null) => ({
    ...head,
    object: "chat.completion.chunk",
    model: body.model,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const words = text.match(/\s*\S+/g) ?? [text];
  const frames = [
    chunk({ role: "assistant", content: "" }),
    ...words.slice(0, cut ?? words.length).map((content) => chunk({ content })),
    ...(cut === undefined ? [chunk({}, reason)] : []),
  ].map((one) => JSON.stringify(one));
  if (body.stream_options?.include_usage && cut === undefined)
    frames.push(JSON.stringify({ ...head, object: "chat.completion.chunk", model: body.model, choices: [], usage }));
  if (cut === undefined) frames.push("[DONE]");
  return answer(200, "text/event-stream", async function* () {
    for (const frame of frames) {
      yield Buffer.from(`data: ${frame}\n\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
}

function answer(status: number, type: string, chunks: () => AsyncGenerator<Uint8Array>): Answer {
  return {
    status,
    headers: { "content-type": type },
    chunks,
    async bytes() {
      const pieces: Uint8Array[] = [];
      for await (const piece of chunks()) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    discard() {
      // Nothing is under way.
    },
  };
}

function waited(milliseconds: number, { cancel, headTimeout }: SendOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = milliseconds > headTimeout;
    const timer = setTimeout(
      () =>
        late ? reject(new GatewayError("timeout", "upstream", "the provider did not respond in time")) : resolve(),
      Math.min(milliseconds, headTimeout),
    );
    cancel?.onCancel(() => {
      clearTimeout(timer);
      reject(new GatewayError("client-closed", "client", "the client closed the connection"));
    });
  });
}
