/** One request on its way through the house, and the rules that stand in that way. */

import type { Caller } from "./canonical/caller.ts";
import type { Cancel } from "./canonical/cancel.ts";
import type { FinishReason } from "./canonical/chat.ts";
import type { GatewayError } from "./canonical/error.ts";
import type { EventOf, Operation, RequestOf, ResponseOf } from "./canonical/operation.ts";
import type { Cost } from "./canonical/price.ts";
import type { Usage } from "./canonical/usage.ts";
import type { Body, Format } from "./wire/format.ts";
import type { Item, Quoted } from "./wire/quoted.ts";

/** What passes a stage: values beside the words they came in. */
export type { Frame } from "./wire/format.ts";
export type { Item, Quoted } from "./wire/quoted.ts";

export interface Exchange<O extends Operation = Operation> {
  /** The call's id, unique and sortable by time. */
  readonly id: string;
  readonly operation: O;
  /** The client's language. */
  readonly format: Format<O>;
  readonly request: Quoted<RequestOf<O>>;
  readonly caller: Caller;
  readonly controls: Controls;
  /** The client's headers that may travel on to a vendor, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cancel: Cancel;
  readonly kept?: Kept;
  /** True: somebody on the way reads or changes the events of the answer, so streams are decoded even where they could pass word for word. */
  readonly decode: boolean;
  /** The most tokens of output that a budget affords, where the client set no bound itself. */
  readonly maxOutput?: number;
  readonly notes: Notes;
}

/** What a vendor keeps of what led to a request: the deployment that has it is asked first, and told the rest. */
export interface Kept {
  readonly deployment: string;
  /** The body in the client's language, without what is kept there. */
  rest(whole: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** Whether an error says that it is kept no longer: then that deployment, too, is told everything. */
  isLost(error: GatewayError): boolean;
}

/** What the client tells the gateway, not the vendor, in body fields and headers. Absent means "as configured". */
export interface Controls {
  /** The body's fields that were meant for the gateway, and do not travel on. */
  readonly fields: readonly string[];
  readonly retries?: number;
  /** Seconds. */
  readonly timeout?: number;
  /** Seconds to the first event of a stream. */
  readonly streamTimeout?: number;
  readonly fallbacks?: readonly string[];
  readonly noFallbacks?: boolean;
  readonly dropParams?: boolean;
  readonly additionalDropParams?: readonly string[];
  readonly allowedParams?: readonly string[];
  readonly tags?: readonly string[];
  /** The end user (customer), as the client names them. */
  readonly endUser?: string;
  readonly sessionId?: string;
  readonly traceId?: string;
  readonly cache?: CacheControls;
  readonly guardrails?: readonly string[];
  /** Free labels for the log. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface CacheControls {
  /** Seconds that the answer may be kept. */
  readonly ttl?: number;
  /** Seconds: the oldest answer that will do. */
  readonly maxAge?: number;
  readonly noCache?: boolean;
  readonly noStore?: boolean;
  readonly use?: boolean;
  readonly namespace?: string;
}

/**
 * What is known of an exchange so far. Stages write; the ledger reads when it ends. A field once written is not
 * written again, except that later attempts replace what earlier ones said of the vendor.
 */
export interface Notes {
  /** Milliseconds since the epoch. */
  readonly began: number;
  /** The route as the table has it: "/v1/chat/completions". */
  readonly route: string;
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
  caller?: Caller;
  /** The model as the client named it. */
  model?: string;
  stream?: boolean;
  tags?: readonly string[];
  endUser?: string;
  sessionId?: string;
  traceId?: string;
  metadata?: Readonly<Record<string, unknown>>;
  /** The model group that answered, after aliases and fallbacks. */
  group?: string;
  deployment?: DeploymentFacts;
  readonly attempts: Attempt[];
  retries: number;
  fallbacks: number;
  firstEventAt?: number;
  /** When the vendor's call began and ended, in milliseconds since the epoch. */
  upstreamBegan?: number;
  upstreamEnded?: number;
  usage?: Usage;
  cost?: Cost;
  /** Of `usage` and `cost`: what earlier attempts used, which answered nobody. */
  earlier?: { readonly usage: Usage; readonly cost: Cost };
  finish?: FinishReason;
  /** The vendor goes on with the answer, and nobody here listens: what it is taken to have used, until more is learnt. */
  goesOn?: { readonly usage: Usage; readonly cost: Cost };
  cache?: { readonly hit: boolean; readonly key: string };
  verdicts?: Verdict[];
  /** Parameters and parts that the vendor's language cannot carry. */
  lost?: string[];
  error?: GatewayError;
  /** Nano-dollars that the key has spent in its present period, this request included. */
  keySpend?: number;
  /** Headers that the vendor sent with its answer, lower-case names. */
  vendorHeaders?: Readonly<Record<string, string>>;
  /** Headers to send with the answer, said by stages (rate limits, spend). */
  readonly headers: Record<string, string>;
}

/** What the ledger and the client may know of the deployment that answered. */
export interface DeploymentFacts {
  readonly id: string;
  readonly provider: string;
  /** The vendor's name of the model. */
  readonly model: string;
  /** Without query and secrets. */
  readonly apiBase: string;
  readonly region?: string;
}

interface Attempt {
  readonly deployment: string;
  readonly provider: string;
  readonly status: number;
  readonly milliseconds: number;
  readonly error?: string;
}

export interface Verdict {
  readonly guardrail: string;
  readonly kind: "allow" | "rewrite" | "block" | "error";
  readonly milliseconds: number;
  readonly reason?: string;
}

/** What comes back: the answer itself, or the events that will spell it, in batches as they arrived. */
export type Reply<O extends Operation> =
  | { readonly kind: "whole"; readonly response: Quoted<ResponseOf<O>> }
  | { readonly kind: "stream"; readonly batches: AsyncIterable<readonly Item<EventOf<O>>[]> };

export type Handler = <O extends Operation>(exchange: Exchange<O>) => Promise<Reply<O>>;

/** A rule between the client and the model: it may refuse, change what passes, or look on. */
export type Stage = <O extends Operation>(
  exchange: Exchange<O>,
  next: (exchange: Exchange<O>) => Promise<Reply<O>>,
) => Promise<Reply<O>>;

/** Puts the stages around the last handler, the first stage outermost. */
export const through = (stages: readonly Stage[], last: Handler): Handler =>
  stages.reduceRight<Handler>((next, stage) => (exchange) => stage(exchange, next), last);

/** How the reading of a stream came to its end. */
export type Ending = { readonly kind: "ended" | "left" } | { readonly kind: "failed"; readonly error: unknown };

/**
 * Looks on as a stream passes. `onEnd` is called exactly once, however it ends, and also when the reader leaves before
 * it has begun: a generator's `finally` would not run then. The reader learns of the end when `onEnd` is done with it.
 */
export function watch<T>(
  source: AsyncIterable<T>,
  onEnd: (ending: Ending) => void | Promise<void>,
  onItem?: (item: T) => void,
): AsyncIterable<T> {
  const inner = source[Symbol.asyncIterator]();
  let over = false;
  const end = (ending: Ending): void | Promise<void> => {
    if (over) return;
    over = true;
    return onEnd(ending);
  };
  const iterator: AsyncIterator<T> = {
    async next() {
      try {
        const step = await inner.next();
        if (step.done) await end({ kind: "ended" });
        else onItem?.(step.value);
        return step;
      } catch (error) {
        await end({ kind: "failed", error });
        throw error;
      }
    },
    async return() {
      try {
        await inner.return?.();
      } finally {
        await end({ kind: "left" });
      }
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/** The body that the client sent, as far as it is still what is asked. */
export const wordsOf = ({ quote }: Pick<Quoted<unknown>, "quote">): Body | undefined =>
  quote?.words as Body | undefined;
