/** A service on this machine that gives tokens, or refuses to, and remembers what it was asked. */

import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

interface Asked {
  readonly method: string | undefined;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Identity {
  readonly url: string;
  readonly asked: Asked[];
  /** What it answers from now on. */
  answer(how: (asked: Asked) => readonly [status: number, body: string]): void;
  close(): void;
}

export async function startIdentity(): Promise<Identity> {
  const asked: Asked[] = [];
  let answer: (asked: Asked) => readonly [status: number, body: string] = () => [500, ""];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const { method, url = "", headers } = request;
      const one = { method, path: url, headers, body: Buffer.concat(pieces).toString() };
      asked.push(one);
      const [status, body] = answer(one);
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer(how) {
      answer = how;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
