/** What a script can make the fake vendor answer: good, bad, slow, broken, or nothing at all. */

/** One answer. Of `json`, `text`, `html`, `raw`, `sse` and `fixture` at most one is given. */
export interface Answer {
  /** Only a request whose path contains this takes the answer; others leave it in the queue. */
  readonly path?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  readonly html?: string;
  /** Bytes as they are, without a content type of ours. */
  readonly raw?: string | Uint8Array;
  /** Frames: an object becomes `data: …`, with an `event:` line if it has a `type`; a string goes out as it is. */
  readonly sse?: readonly (string | object)[];
  /** `format/case` of the fixtures; its stream if the request asks for one and there is one. */
  readonly fixture?: string;
  /** Steering text, for an answer made by the request's dialect: `tokens=5;tools=2`. */
  readonly steer?: string;
  readonly delayMs?: number;
  /** Between frames (or pieces of a body); without it all leave in one write. */
  readonly paceMs?: number;
  /** Destroys the socket after the last frame, or after this many. */
  readonly cut?: boolean | number;
  /** Destroys the socket before the first byte. */
  readonly drop?: boolean;
  /** Never answers; `"after-headers"` sends the head first, `"after-frames"` everything but the end. */
  readonly hang?: boolean | "after-headers" | "after-frames";
  /** Tells this length instead of the true one, and closes. */
  readonly contentLength?: number;
  /** A line that does not end, until the other side leaves (at most 256 MiB). */
  readonly endlessLine?: boolean;
  /** An error body of this many bytes. */
  readonly hugeError?: number;
}

/** An answer made ready for the wire. */
export interface Delivery {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: readonly Uint8Array[];
  /** Whether the length is told; a stream is chunked. */
  readonly whole: boolean;
  readonly delayMs: number;
  readonly paceMs: number;
  readonly cutAfter: number | undefined;
  readonly drop: boolean;
  readonly hang: false | "at-once" | "after-headers" | "after-frames";
  readonly contentLength: number | undefined;
  readonly endlessLine: boolean;
}

export const plain: Delivery = {
  status: 200,
  headers: {},
  frames: [],
  whole: true,
  delayMs: 0,
  paceMs: 0,
  cutAfter: undefined,
  drop: false,
  hang: false,
  contentLength: undefined,
  endlessLine: false,
};

export const jsonHeaders = { "content-type": "application/json" } as const;
export const sseHeaders = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" } as const;

/** The bytes of one frame. */
export function frame(value: string | object): Buffer {
  if (typeof value === "string") return Buffer.from(value);
  const type = "type" in value && typeof value.type === "string" ? `event: ${value.type}\n` : "";
  return Buffer.from(`${type}data: ${JSON.stringify(value)}\n\n`);
}

/** The bytes of one frame without an event line, as OpenAI's chat streams have it. */
export function dataFrame(value: string | object): Buffer {
  return Buffer.from(`data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`);
}
