/** One HTTP call under way: the dispatcher's callbacks on one side, a promise of the head and a body to read on the other. */

import type { Dispatcher } from "undici";
import { GatewayError } from "../canonical/error.ts";
import type { Answer, SendOptions } from "./draft.ts";

/** Bytes of a streamed body that may wait for a slow reader before the vendor is told to pause. */
const highWater = 256 * 1024;

export class Call implements Dispatcher.DispatchHandler, Answer {
  readonly answer: Promise<Answer>;
  status = 0;
  headers: Readonly<Record<string, string>> = {};
  readonly #maxBytes: number;
  readonly #late: NodeJS.Timeout;
  readonly #stopListening: (() => void) | undefined;
  #resolve: ((answer: Answer) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #pieces: Uint8Array[] = [];
  #waiting = 0;
  #received = 0;
  #ended = false;
  #error: Error | undefined;
  #collecting = false;
  #wake: (() => void) | undefined;

  constructor(options: SendOptions) {
    this.#maxBytes = options.maxBytes;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // From now on, not from the first byte sent: a call may wait for a connection, and its client leave meanwhile.
    this.#late = setTimeout(() => this.#abort(late()), Math.min(options.headTimeout, longestWait));
    this.#stopListening = options.cancel?.onCancel(() => this.#abort(gone()));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#error) controller.abort(this.#error);
  }

  onResponseStart(_: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
    // Early hints and their like come before the answer.
    if (status < 200) return;
    this.status = status;
    this.headers = joined(headers);
    this.#resolve?.(this);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#received += chunk.length;
    this.#waiting += chunk.length;
    this.#pieces.push(chunk);
    if (this.#collecting && this.#received > this.#maxBytes) this.#abort(tooLong(this.#maxBytes));
    else if (!this.#collecting && this.#waiting > highWater) controller.pause();
    if (!this.#collecting) this.#stir();
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#over();
    this.#stir();
  }

  onResponseError(_: unknown, error: Error): void {
    this.#error ??= readable(error);
    this.#over();
    this.#reject?.(this.#error);
    this.#stir();
  }

  async bytes(): Promise<Uint8Array> {
    this.#collecting = true;
    this.#controller?.resume();
    while (!this.#ended && !this.#error) await this.#change();
    if (this.#error) throw this.#error;
    return joinedBytes(this.#pieces);
  }

  async *chunks(): AsyncIterable<Uint8Array> {
    clearTimeout(this.#late);
    try {
      for (;;) {
        const pieces = this.#pieces;
        if (pieces.length > 0) {
          this.#pieces = [];
          this.#waiting = 0;
          this.#controller?.resume();
          // All that has come is one piece from here on: each step costs, however short its piece.
          yield joinedBytes(pieces);
        } else if (this.#error) throw this.#error;
        else if (this.#ended) return;
        else await this.#change();
      }
    } finally {
      // The reader has stopped: whatever else comes is not wanted.
      if (!this.#ended) this.#abort(gone());
    }
  }

  discard(reason?: GatewayError): void {
    if (!this.#ended) this.#abort(reason ?? gone());
  }

  #abort(error: Error): void {
    if (this.#error) return;
    this.#error = error;
    this.#over();
    this.#controller?.abort(error);
    this.#reject?.(error);
    this.#stir();
  }

  #over(): void {
    clearTimeout(this.#late);
    this.#stopListening?.();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #stir(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

function joinedBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only ? only : Buffer.concat(pieces);
}

/** What a timer can hold; a longer wait would end at once. */
const longestWait = 2 ** 31 - 1;

/** A header that was sent twice comes as a list. */
function joined(headers: Record<string, string | string[] | undefined>): Readonly<Record<string, string>> {
  let single = headers;
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) single = { ...single, [name]: value.join(", ") };
  }
  return single as Record<string, string>;
}

const late = (): GatewayError => new GatewayError("timeout", "upstream", "the provider did not respond in time");

const gone = (): GatewayError => new GatewayError("client-closed", "client", "the client closed the connection");

const tooLong = (limit: number): GatewayError =>
  new GatewayError("bad-gateway", "upstream", `the provider's response is longer than ${limit} bytes`);

const timeouts = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"]);
const unreachable = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "CERT_HAS_EXPIRED",
]);

/** Of this machine: no provider is to blame, and none is to rest for it. */
const ours = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL"]);

/** What went wrong on the wire, without addresses and inner names that a client need not know. */
function readable(error: Error & { code?: string }): GatewayError {
  if (error instanceof GatewayError) return error;
  const code = error.code ?? "";
  if (timeouts.has(code))
    return new GatewayError("timeout", "upstream", "the provider did not respond in time", { cause: error });
  if (unreachable.has(code))
    return new GatewayError("unreachable", "upstream", `the provider cannot be reached (${code})`, { cause: error });
  if (ours.has(code))
    return new GatewayError("overloaded", "gateway", `the gateway can open no more connections (${code})`, {
      cause: error,
    });
  return new GatewayError("bad-gateway", "upstream", "the provider closed the connection", { cause: error });
}
