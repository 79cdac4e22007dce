/** What is owed on each connection: so many answers and no more, each given up when its client has left, and a plain word to whoever speaks no HTTP. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

export interface Connections {
  /** False: more is asked on this connection than will be answered, and it was closed. `left` is called when the client goes before its answer has. */
  begin(request: IncomingMessage, response: ServerResponse, left: () => void): boolean;
  /** Answers what cannot be read, or did not come in time, and closes. */
  unreadable(error: Error & { readonly code?: string }, socket: Duplex): void;
  /** Requests that began before `drain` was called, and have not been answered. */
  readonly underWay: number;
  /** From now on what begins is not counted. Resolves when what was counted is answered. */
  drain(): Promise<void>;
}

interface Owed {
  readonly answers: Map<ServerResponse, () => void>;
}

/** Answers that one connection may wait for: a client that asks on without listening fills our memory and the vendors' queues. */
const mostOwed = 100;
/** Milliseconds to read why a connection is closed. */
const lastLook = 1000;

export function createConnections(): Connections {
  const owedOn = new WeakMap<Duplex, Owed>();
  let underWay = 0;
  let draining: (() => void) | undefined;

  const owedBy = (socket: Duplex): Owed => {
    const known = owedOn.get(socket);
    if (known) return known;
    const owed: Owed = { answers: new Map() };
    owedOn.set(socket, owed);
    // Answers that stand behind another in the queue hear of nothing by themselves.
    socket.once("close", () => {
      for (const gone of owed.answers.values()) gone();
    });
    return owed;
  };

  return {
    begin(request, response, left) {
      const { socket } = request;
      const { answers } = owedBy(socket);
      if (answers.size >= mostOwed) {
        socket.destroy();
        return false;
      }
      const counted = draining === undefined;
      if (counted) underWay++;
      const over = (): void => {
        if (!answers.delete(response)) return;
        if (!response.writableFinished) left();
        if (counted && --underWay === 0) draining?.();
      };
      answers.set(response, over);
      response.on("close", over);
      response.on("error", left);
      return true;
    },

    unreadable(error, socket) {
      if (error.code === "ECONNRESET" || !socket.writable) return;
      const answers = [...(owedOn.get(socket)?.answers.keys() ?? [])];
      // In the middle of another answer it would be taken for a part of that.
      if (answers.length > 1 || answers[0]?.headersSent) return void socket.destroy();
      socket.end(answerTo(faults.get(error.code ?? "") ?? "400 Bad Request"));
      // Whoever does not close its side of the connection would keep it for good.
      setTimeout(() => socket.destroy(), lastLook).unref();
    },

    get underWay() {
      return underWay;
    },

    drain: () =>
      new Promise((resolve) => {
        draining = resolve;
        if (underWay === 0) resolve();
      }),
  };
}

const faults: ReadonlyMap<string, string> = new Map([
  ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
  ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"],
]);

/** What cannot be read as HTTP is answered in HTTP all the same. */
function answerTo(status: string): string {
  const error = { message: status.slice(4), type: "invalid_request_error", param: null, code: status.slice(0, 3) };
  const body = JSON.stringify({ error });
  return `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}
