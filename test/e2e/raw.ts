/** Says to a server word for word what no client library would, and hears everything that it answers. */
import { connect } from "node:net";

export interface Heard {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** Everything, as it came. */
  readonly text: string;
  /** Whether the server closed the connection. */
  readonly closed: boolean;
}

/**
 * Sends the pieces one after the other and resolves when the server closes, or has said a whole answer (by its length,
 * or its last chunk). Rejects when it has done neither in time.
 */
export function say(url: string, pieces: readonly (string | Uint8Array)[], withinMs = 5000): Promise<Heard> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let text = "";
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no whole answer within ${withinMs} ms; so far: ${text.slice(0, 500)}`));
    }, withinMs);
    const done = (closed: boolean): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(heard(text, closed));
    };
    socket.on("data", (piece) => {
      text += piece.toString("latin1");
      if (isWhole(text)) done(false);
    });
    socket.on("close", () => done(true));
    // A server that refuses a body before its end may reset the connection: what it said counts.
    socket.on("error", () => undefined);
    socket.on("connect", () => {
      for (const piece of pieces) socket.write(piece);
    });
  });
}

function heard(text: string, closed: boolean): Heard {
  const end = text.indexOf("\r\n\r\n");
  const head = end < 0 ? text : text.slice(0, end);
  return { status: Number(head.split(" ")[1] ?? 0), head, body: end < 0 ? "" : text.slice(end + 4), text, closed };
}

function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1];
  return length === undefined ? text.endsWith("\r\n0\r\n\r\n") : text.length >= end + 4 + Number(length);
}

/** A request as it stands on the wire. */
export const requestText = (
  line: string,
  headers: Readonly<Record<string, string>>,
  body?: string | Uint8Array,
): (string | Uint8Array)[] => {
  const length =
    body === undefined || "transfer-encoding" in headers ? {} : { "content-length": Buffer.byteLength(body) };
  const all = Object.entries({ host: "127.0.0.1", ...length, ...headers });
  return [`${line} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`, body ?? ""];
};
