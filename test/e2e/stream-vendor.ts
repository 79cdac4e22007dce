/** A vendor whose streams are written by the test itself, byte by byte where it must be. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface StreamVendor {
  readonly url: string;
  /** How many requests have come. */
  readonly received: number;
  /** The next request without one is answered so; the head of a stream has been sent. */
  next(write: (response: ServerResponse) => void): void;
  stop(): Promise<void>;
}

export async function startStreamVendor(): Promise<StreamVendor> {
  const queue: ((response: ServerResponse) => void)[] = [];
  let received = 0;
  const server = createServer({ noDelay: true }, (request, response) => {
    received++;
    request.resume();
    request.once("end", () => {
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
      const write = queue.shift();
      if (write) write(response);
      else response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get received() {
      return received;
    },
    next(write) {
      queue.push(write);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Writes in pieces of these bytes, each in a turn of its own. */
export function inPieces(bytes: Uint8Array, size: number): (response: ServerResponse) => void {
  return (response) => {
    let at = 0;
    const step = (): void => {
      if (at >= bytes.length) return void response.end();
      response.write(bytes.subarray(at, at + size));
      at += size;
      setImmediate(step);
    };
    step();
  };
}
