/** Answers that a vendor keeps: asked for again, called off and deleted where they are. */

import type { Cancel } from "../canonical/cancel.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Answer, Draft, Send } from "../net/draft.ts";
import { refusalOf } from "./call.ts";
import type { Deployment, Plan } from "./deployment.ts";
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
  const answer = await followKept(deployment, question, parts);
  return answer && read(await answer.bytes());
}

/** The same, told as it comes. */
export async function followKept(
  deployment: Deployment,
  { format, method, id, tail = "", query = "" }: KeptQuestion,
  { send, timeout, answerBytes, cancel }: KeptParts & { readonly cancel: Cancel },
): Promise<Answer | undefined> {
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
  return answer;
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
