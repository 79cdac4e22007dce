/** Sends an answer the way it shall leave: late, slowly, cut, with a wrong length, or never. */
import type { ServerResponse } from "node:http";
import type { Delivery } from "./answer.ts";

const endlessLimit = 256 << 20;
const endlessPiece = Buffer.alloc(64 << 10, "a");

export function deliver(response: ServerResponse, delivery: Delivery): void {
  if (delivery.delayMs <= 0) {
    begin(response, delivery);
    return;
  }
  const timer = setTimeout(begin, delivery.delayMs, response, delivery);
  response.once("close", () => clearTimeout(timer));
}

function begin(response: ServerResponse, delivery: Delivery): void {
  if (response.destroyed || delivery.hang === "at-once") return;
  if (delivery.drop) {
    response.socket?.destroy();
    return;
  }
  response.writeHead(delivery.status, headersOf(delivery));
  if (delivery.hang === "after-headers") response.flushHeaders();
  else if (delivery.endlessLine) endless(response, 0);
  else if (delivery.paceMs > 0) paced(response, delivery, 0, performance.now());
  else atOnce(response, delivery);
}

function atOnce(response: ServerResponse, delivery: Delivery): void {
  const { frames } = delivery;
  if (delivery.contentLength !== undefined) {
    response.write(Buffer.concat(frames));
    setTimeout(() => response.socket?.destroy(), 20);
  } else if (delivery.cutAfter !== undefined || delivery.hang !== false) {
    for (const one of frames.slice(0, delivery.cutAfter)) response.write(one);
    finish(response, delivery);
  } else response.end(frames.length === 1 ? frames[0] : Buffer.concat(frames));
}

function headersOf(delivery: Delivery): Record<string, string | number> {
  if (delivery.contentLength !== undefined) return { ...delivery.headers, "content-length": delivery.contentLength };
  if (!delivery.whole || delivery.endlessLine) return { ...delivery.headers };
  return {
    ...delivery.headers,
    "content-length": delivery.frames.reduce((sum, { byteLength }) => sum + byteLength, 0),
  };
}

/** Holds to the clock of the start, so that late timers do not add up. */
function paced(response: ServerResponse, delivery: Delivery, at: number, startedAt: number): void {
  if (response.destroyed) return;
  const one = delivery.frames[at];
  if (one === undefined || at >= (delivery.cutAfter ?? Number.POSITIVE_INFINITY)) {
    finish(response, delivery);
    return;
  }
  response.write(one);
  const due = startedAt + (at + 1) * delivery.paceMs;
  setTimeout(paced, Math.max(0, due - performance.now()), response, delivery, at + 1, startedAt);
}

function finish(response: ServerResponse, delivery: Delivery): void {
  if (delivery.hang === "after-frames") return;
  if (delivery.cutAfter === undefined) response.end();
  else setImmediate(() => response.socket?.destroy());
}

function endless(response: ServerResponse, sent: number): void {
  if (response.destroyed) return;
  if (sent >= endlessLimit) response.end();
  else if (response.write(endlessPiece)) setImmediate(endless, response, sent + endlessPiece.length);
  else response.once("drain", () => endless(response, sent + endlessPiece.length));
}
