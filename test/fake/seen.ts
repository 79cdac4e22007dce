/** What the fake vendor was asked, kept within bounds. */
import type { IncomingHttpHeaders } from "node:http";

/** One request as it arrived. */
export interface Seen {
  readonly number: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as JSON; undefined where it is none. */
  readonly json: unknown;
}

export interface SeenList {
  readonly requests: Seen[];
  add(request: Omit<Seen, "json">): void;
  clear(): void;
}

/** Keeps the last requests: at most so many, and at most so many bytes of bodies. */
export function createSeenList(limit: number, byteLimit: number): SeenList {
  const requests: Seen[] = [];
  let bytes = 0;
  return {
    requests,
    add(request) {
      if (limit === 0) return;
      requests.push({
        ...request,
        get json(): unknown {
          return parsed(request.body);
        },
      });
      bytes += request.body.length;
      while (requests.length > limit || (bytes > byteLimit && requests.length > 1))
        bytes -= requests.shift()?.body.length ?? 0;
    },
    clear() {
      requests.length = 0;
      bytes = 0;
    },
  };
}

export function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
