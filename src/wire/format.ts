/** A language for one operation. The same format serves clients that speak it and vendors that speak it. */

import type { FinishReason, Message, Tool } from "../canonical/chat.ts";
import type { GatewayError } from "../canonical/error.ts";
import type { EventOf, Operation, RequestOf, ResponseOf } from "../canonical/operation.ts";
import type { Part } from "../canonical/part.ts";
import type { Unsaid } from "../canonical/unsaid.ts";
import type { Usage } from "../canonical/usage.ts";
import type { Transducer } from "./transducer.ts";

export interface Format<O extends Operation> {
  readonly id: string;
  readonly operation: O;
  readonly request: RequestCodec<O>;
  readonly response: ResponseCodec<O>;
  readonly events?: EventCodec<O>;
  readonly error: ErrorCodec;
}

export interface RequestCodec<O extends Operation> {
  /** Strict: a client's body. Throws `invalid(path, message)` for what cannot be understood; unknown fields go to `extra`. */
  decode(body: unknown): RequestOf<O>;
  encode(value: RequestOf<O>): Body;
  /** The same body, asking for usage at the end of the stream. Absent: streams of this format always tell it. */
  readonly askUsage?: (body: Body) => Body;
  /** The bound of output that `encode` writes, where that can be more than the request's own. */
  mostOutput?(value: RequestOf<O>): number | undefined;
  /** What it may cost beyond what it says. Absent: no request of this language does. */
  unsaid?(value: RequestOf<O>): Unsaid;
  /** Fields that come as `extra` and are about this language itself: to vendors of another they mean nothing, or an error. */
  readonly own?: readonly string[];
  /** Those of `own` (and of `native`) without which the request would mean something else: a conversation that the vendor holds. */
  readonly held?: readonly string[];
  /** What this language can say. Absent: nobody is translated into it or out of it. */
  readonly reach?: Reach;
  /** The top-level fields that carry these facts, so that they can be set without decoding. Absent: this format has no such field. */
  readonly fields: {
    readonly model?: string;
    readonly stream?: string;
    readonly maxTokens?: string;
    /** The vendor refuses a request without the bound. */
    readonly needsMaxTokens?: boolean;
  };
}

export interface ResponseCodec<O extends Operation> {
  /** Tolerant: a vendor's body. Throws a "bad-gateway" error only for what holds no answer at all. */
  decode(body: unknown): ResponseOf<O>;
  encode(value: ResponseOf<O>, occasion: Occasion<O>): Body;
  /** Where the answer names the model, at the top: rewritten when the client knows it by another name. */
  readonly modelField?: string;
  /** The members to be said anew in an answer that otherwise passes word for word. Undefined: none. */
  readonly amended?: (words: unknown) => Body | undefined;
}

/** The settings of a chat request that not every language knows, by their names in the gateway's own words. */
export type Setting =
  | "toolChoice"
  | "parallelTools"
  | "output"
  | "reasoning"
  | "summary"
  | "maxTokens"
  | "temperature"
  | "topP"
  | "topK"
  | "stop"
  | "seed"
  | "presencePenalty"
  | "frequencyPenalty"
  | "logitBias"
  | "logprobs"
  | "choices"
  | "verbosity"
  | "modalities"
  | "speech"
  | "webSearch"
  | "user"
  | "serviceTier"
  | "cacheKey"
  | "store"
  | "labels";

/** How far a language reaches, so that what a translation loses can be named. */
export interface Reach {
  /** Where a body says a setting, as paths, the usual one first. What is not listed cannot be said. */
  readonly places: Readonly<Partial<Record<Setting, readonly string[]>>>;
  /** Whether a picture, a sound, a film or a document has words here. */
  part(part: Part, role: Message["role"]): boolean;
  /** Whether a hosted tool of another language has words here. Absent: none has. */
  readonly tool?: (tool: Tool) => boolean;
  /** Whether a client of this language gets what a field asks for even from a vendor that was not told. */
  readonly granted?: (path: string, value: unknown) => boolean;
}

/** What an encoder may need besides the value. Pure code has no clock and no dice, so they are handed in. */
export interface Occasion<O extends Operation = Operation> {
  /** Unix seconds. */
  readonly now: number;
  /** A fresh id without prefix, [0-9a-z]+, for formats that need one where the vendor gave none or one of another shape. */
  readonly id: string;
  readonly request?: RequestOf<O>;
}

export interface EventCodec<O extends Operation> {
  decoder(): Transducer<Frame, EventOf<O>>;
  encoder(occasion: Occasion<O>): EventEncoder<O>;
  /** Follows a stream that passes word for word. Absent: such streams are decoded. */
  readonly skim?: (options: SkimOptions) => Skimmer;
}

export interface EventEncoder<O extends Operation> extends Transducer<EventOf<O>, Frame> {
  /** The last frames of a stream that broke after its first: the error in this language. Works in mid-stream and before any event. */
  fail(error: GatewayError): readonly Frame[];
}

export interface SkimOptions {
  /** The name to write in place of the vendor's model name; undefined: leave it. */
  readonly model: string | undefined;
  /** False: usage was asked for by the gateway alone, and is kept from the client. */
  readonly usage: boolean;
}

/** Reads of a passing stream only what the ledger needs, without decoding it. */
export interface Skimmer {
  /** The frame to pass on: itself, rewritten, or undefined to withhold it. */
  push(frame: Frame): Frame | undefined;
  readonly seen: Seen;
}

export interface Seen {
  readonly usage?: Usage;
  readonly finish?: FinishReason;
  readonly serviceTier?: string;
  /** The model that the vendor says is answering. */
  readonly model?: string | undefined;
  /** The vendor said that the stream is over. */
  readonly ended: boolean;
  /** The vendor said in mid-stream that it failed. */
  readonly error?: GatewayError;
  /** How much answer has passed, each character by its weight (`text-weight.ts`): for an estimate, should usage never come. */
  readonly characters: number;
}

export interface ErrorCodec {
  /** Tolerant: `body` is parsed JSON, or text, or undefined. The result's source is "upstream". */
  decode(status: number, body: unknown): GatewayError;
  encode(error: GatewayError): Body;
}

export type Body = Readonly<Record<string, unknown>>;

/** One message of a stream, whatever framing carried it. */
export interface Frame {
  readonly event?: string;
  readonly data: string;
  /** The text it came in, with its ending: what a relay sends on. Whoever changes a frame leaves it out. */
  readonly raw?: string;
}
