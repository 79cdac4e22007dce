/** One attempt to deliver a batch, and what its result means for the next. */

import type { Cancel } from "../canonical/cancel.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Draft, Send } from "../net/draft.ts";
import type { Target } from "./sinks/sink.ts";

export type Result =
  /** `refused`: so many of them were not. */
  | { readonly kind: "taken"; readonly refused: number; readonly reason?: string }
  /** The receiver is away or busy: it is worth any wait. */
  | { readonly kind: "away"; readonly reason: string; readonly after?: number }
  /** The receiver broke, perhaps on these very records: worth a few attempts. */
  | { readonly kind: "broken"; readonly reason: string }
  | { readonly kind: "too-large"; readonly reason: string }
  /** It will never be taken. */
  | { readonly kind: "refused"; readonly reason: string };

export interface AttemptParts {
  readonly send: Send;
  readonly cancel: Cancel;
  /** Milliseconds that the receiver may take. */
  readonly timeout: number;
}

/** Never rejects. */
export const attempt = (target: Target, texts: readonly string[], parts: AttemptParts): Promise<Result> =>
  target.kind === "local" ? write(target, texts) : post(target, texts, parts);

async function write(target: Target & { kind: "local" }, texts: readonly string[]): Promise<Result> {
  try {
    await target.write(texts);
    return { kind: "taken", refused: 0 };
  } catch (error) {
    return { kind: "away", reason: reasonOf(error) };
  }
}

/** Nobody reads more of what a receiver answers. */
const mostAnswer = 64 * 1024;

async function post(
  target: Target & { kind: "http" },
  texts: readonly string[],
  { send, cancel, timeout }: AttemptParts,
): Promise<Result> {
  try {
    const draft: Draft = target.draft(texts);
    const answer = await send(draft, {
      cancel,
      headTimeout: timeout,
      idleTimeout: timeout,
      maxBytes: mostAnswer,
      egress: "configured",
    });
    const body = await readQuietly(answer.bytes());
    if (answer.status < 300) {
      const refusal = body && target.refusal?.(body);
      return { kind: "taken", refused: 0, ...(refusal && { refused: refusal.records, reason: refusal.reason }) };
    }
    return judged(answer.status, answer.headers["retry-after"]);
  } catch (error) {
    const reason = reasonOf(error);
    const away = error instanceof GatewayError && (error.kind === "unreachable" || error.kind === "timeout");
    return { kind: away ? "away" : "broken", reason };
  }
}

/** Read so that the connection can be used again; the head has already said what matters. */
async function readQuietly(body: Promise<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await body;
  } catch {
    // Too long, or cut off.
    return undefined;
  }
}

const busy = new Set([408, 425, 429, 502, 503, 504]);

function judged(status: number, retryAfter: string | undefined): Result {
  const reason = `it returned status ${status}`;
  if (busy.has(status)) {
    const after = Number(retryAfter);
    return { kind: "away", reason, ...(after > 0 && { after: Math.min(after, 60) * 1000 }) };
  }
  if (status >= 500) return { kind: "broken", reason };
  return { kind: status === 413 ? "too-large" : "refused", reason };
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "it failed without a reason";
  // Our words are made for requests to vendors.
  return error.message.replace("the provider", "the receiver").slice(0, 200);
};
