/** Answers that a vendor keeps: asked for again, called off and deleted where they are. */

import type { Cancel } from "../canonical/cancel.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Answer, Draft, Send } from "../net/draft.ts";
import type { Frame } from "../wire/format.ts";
import { sseDecoder } from "../wire/framing/sse.ts";
import { refusalOf } from "./call.ts";
import type { Deployment, Plan } from "./deployment.ts";
import { hushed, withFetched } from "./secrets.ts";
import { sendSigned } from "./send-signed.ts";

export interface KeptQuestion {
  /** The client's language, by its format's id. */
  readonly format: string;
  readonly method: "GET" | "POST" | "DELETE";
  /** The vendor's own id of the answer. */
  readonly id: string;
  /** What is asked of it, as the end of the path: "/cancel". */
  readonly tail?: string;
  /** What is asked of it, as a query: "stream=true". */
  readonly query?: string;
}

export type KeptAnswer = Readonly<Record<string, unknown>>;

interface KeptParts {
  readonly send: Send;
  /** Seconds. */
  readonly timeout: number;
  readonly answerBytes: number;
}

/** Undefined: the vendor was asked in another language, and keeps nothing that the client's would have a name for. */
export async function askKept(
  deployment: Deployment,
  question: KeptQuestion,
  parts: KeptParts & { readonly cancel: Cancel },
): Promise<KeptAnswer | undefined> {
  const asked = await answerTo(deployment, question, parts);
  return asked && read(await asked.answer.bytes());
}

/** Undefined also where the vendor does not stream it: then it is asked again for the whole. */
export async function followKept(
  deployment: Deployment,
  question: KeptQuestion,
  parts: KeptParts & { readonly cancel: Cancel },
): Promise<AsyncIterable<readonly Frame[]> | undefined> {
  const asked = await answerTo(deployment, question, parts);
  if (!asked) return undefined;
  const { answer, plan } = asked;
  if ((answer.headers["content-type"] ?? "").startsWith("text/event-stream"))
    return framesOf(answer, withFetched(deployment.secrets, plan.sign.secret?.()));
  answer.discard();
  return undefined;
}

async function* framesOf(answer: Answer, secrets: readonly string[]): AsyncGenerator<readonly Frame[]> {
  const decoder = new TextDecoder();
  const framing = hushed(sseDecoder(), secrets);
  for await (const chunk of answer.chunks()) yield framing.push(decoder.decode(chunk, { stream: true }));
  yield framing.end();
}

async function answerTo(
  deployment: Deployment,
  { format, method, id, tail = "", query = "" }: KeptQuestion,
  { send, timeout, answerBytes, cancel }: KeptParts & { readonly cancel: Cancel },
): Promise<{ readonly answer: Answer; readonly plan: Plan<"chat"> } | undefined> {
  const plan = deployment.plan("chat", format);
  if (plan?.route.format.id !== format) return undefined;
  const plain: Draft = { method, url: addressOf(plan, id, tail, query), headers: headersOf(plan) };
  const draft = await plan.sign(plain);
  const milliseconds = timeout * 1000;
  const options = { headTimeout: milliseconds, idleTimeout: milliseconds, maxBytes: answerBytes } as const;
  const answer = await sendSigned({ sign: plan.sign, plain, draft }, send, {
    ...options,
    cancel,
    egress: "configured",
  });
  if (answer.status < 200 || answer.status >= 300) throw await refusalOf(plan, deployment, answer);
  return { answer, plan };
}

/** Below the address where answers are made, and before its query. */
function addressOf({ url }: Plan<"chat">, id: string, tail: string, query: string): string {
  const mark = url.indexOf("?");
  const [base, rest] = mark < 0 ? [url, ""] : [url.slice(0, mark), url.slice(mark)];
  const more = query === "" ? "" : `${rest === "" ? "?" : "&"}${query}`;
  return `${base}/${encodeURIComponent(id)}${tail}${rest}${more}`;
}

/** There is no body whose type could be told. */
function headersOf({ headers }: Plan<"chat">): Draft["headers"] {
  const { "content-type": _, ...others } = headers;
  return others;
}

function read(bytes: Uint8Array): KeptAnswer {
  try {
    const words: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof words === "object" && words !== null && !Array.isArray(words)) return words as KeptAnswer;
  } catch {
    // Told below, like all else that is no object.
  }
  throw new GatewayError("bad-gateway", "upstream", "the provider's response is not valid JSON");
}
