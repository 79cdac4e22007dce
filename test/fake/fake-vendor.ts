/** A fake vendor: speaks every vendor's dialect on its own paths, answers what it is told to, and breaks on demand. */
import { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Answer, jsonHeaders } from "./answer.ts";
import { type Asked, createdAt, record } from "./asked.ts";
import { createCommonAnswers } from "./common-answer.ts";
import { deliver } from "./deliver.ts";
import { type Door, doorAt, errorBody } from "./dialects/index.ts";
import { scripted, steered } from "./prepare.ts";
import { createSeenList, parsed, type Seen } from "./seen.ts";
import { readSteering, splitModel } from "./steering.ts";

export interface FakeVendorOptions {
  readonly port?: number;
  readonly host?: string;
  /** How many requests are remembered; 0 remembers none. */
  readonly keep?: number;
  /** Told by /models. */
  readonly models?: readonly string[];
  /** Bodies above this are refused with 413. */
  readonly bodyLimit?: number;
}

export interface FakeVendor {
  /** Without a path: `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** The last requests, oldest first. */
  readonly requests: Seen[];
  /** How many requests came, also those no longer remembered. */
  readonly received: number;
  /** How many answers the other side did not wait for. */
  readonly aborted: number;
  /** How many answers are under way. */
  readonly open: number;
  /** "request" with a Seen, "aborted" with the path. */
  readonly events: EventEmitter;
  /** Adds answers to the queue; each serves one request, in order. */
  script(answers: readonly Answer[]): void;
  /** Answers of the queue nobody asked for. */
  readonly unused: number;
  /** Resolves when so many answers were aborted since the start; rejects after the time. */
  whenAborted(count: number, withinMs?: number): Promise<void>;
  /** Resolves when so many requests have come since the start; rejects after the time. */
  whenReceived(count: number, withinMs?: number): Promise<void>;
  /** Forgets requests and queue; counters go on. */
  reset(): void;
  stop(): Promise<void>;
}

const jsonHead = ["content-type", "application/json", "x-request-id", "req_fake", "content-length"] as const;

export async function startFakeVendor(options: FakeVendorOptions = {}): Promise<FakeVendor> {
  const { host = "127.0.0.1", keep = 1000, models = ["gpt-fake", "claude-fake"], bodyLimit = 64 << 20 } = options;
  const seen = createSeenList(keep, 64 << 20);
  const common = createCommonAnswers();
  const events = new EventEmitter();
  const queue: Answer[] = [];
  let received = 0;
  let aborted = 0;
  let open = 0;

  function onClose(this: ServerResponse): void {
    open--;
    if (this.writableFinished || endedByUs.has(this)) return;
    aborted++;
    events.emit("aborted", this.req.url);
  }
  /** Answers cut by our own will are no aborts. */
  const endedByUs = new WeakSet<ServerResponse>();

  const answer = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
    const path = request.url ?? "/";
    const door = doorAt(path);
    const number = ++received;
    if (keep > 0) {
      seen.add({ number, method: request.method ?? "", path, headers: request.headers, body });
      events.emit("request", seen.requests.at(-1));
    }
    const wish = request.headers["x-fake"];
    if (queue.length === 0 && wish === undefined && door?.ends === "/chat/completions") {
      const text = common.find(body);
      if (text !== undefined) {
        response.writeHead(200, [...jsonHead, String(Buffer.byteLength(text))]);
        response.end(text);
        return;
      }
    }
    const asked = read(body, path, typeof wish === "string" ? wish : "", number);
    const at = queue.findIndex((one) => one.path === undefined || path.includes(one.path));
    const [next] = at < 0 ? [] : queue.splice(at, 1);
    if (next === undefined && request.method === "GET" && door === undefined && wish === undefined) {
      const [status, value] = answerGet(path, models, () => ({ received, aborted, open, queued: queue.length }));
      response.writeHead(status, jsonHeaders);
      response.end(JSON.stringify(value));
      return;
    }
    const delivery = attempt(
      () => (next === undefined ? steered(path, door, asked) : scripted(next, path, door, asked)),
      path,
      door,
    );
    if (delivery.drop || delivery.cutAfter !== undefined || delivery.contentLength !== undefined)
      endedByUs.add(response);
    deliver(response, delivery);
  };

  const server = createServer(
    { keepAliveTimeout: 60_000, requestTimeout: 0, headersTimeout: 0, noDelay: true },
    (request, response) => {
      open++;
      response.on("close", onClose);
      const chunks: Buffer[] = [];
      let size = 0;
      request.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= bodyLimit) chunks.push(chunk);
      });
      request.on("end", () => {
        if (size > bodyLimit) {
          response.writeHead(413, { "content-type": "application/json", connection: "close" });
          response.end(JSON.stringify(errorBody(request.url ?? "/", 413, "Request exceeds the maximum size")));
          return;
        }
        const [only] = chunks;
        answer(request, response, chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
      });
    },
  );
  server.maxRequestsPerSocket = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, host, 4096, resolve);
  });
  const { port } = server.address() as AddressInfo;

  const when = (event: string, count: number, now: () => number, withinMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const settle = (): void => {
        if (now() < count) return;
        clearTimeout(timer);
        events.off(event, settle);
        resolve();
      };
      const timer = setTimeout(() => {
        events.off(event, settle);
        reject(new Error(`Waited ${withinMs} ms for ${count} "${event}", saw ${now()}`));
      }, withinMs);
      events.on(event, settle);
      settle();
    });

  return {
    url: `http://${host}:${port}`,
    port,
    requests: seen.requests,
    get received() {
      return received;
    },
    get aborted() {
      return aborted;
    },
    get open() {
      return open;
    },
    get unused() {
      return queue.length;
    },
    events,
    script(answers) {
      queue.push(...answers);
    },
    whenAborted: (count, withinMs = 5000) => when("aborted", count, () => aborted, withinMs),
    whenReceived: (count, withinMs = 5000) => when("request", count, () => received, withinMs),
    reset() {
      seen.clear();
      queue.length = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What the request says of itself; a body that is no JSON is an empty one. */
function read(body: Buffer, path: string, wish: string, number: number): Asked {
  const json = record(parsed(body));
  const deployment = /\/deployments\/([^/?]+)/.exec(path)?.[1];
  const named = typeof json["model"] === "string" ? json["model"] : decodeURIComponent(deployment ?? "gpt-fake");
  const { model, steering: inModel } = splitModel(named);
  const steering = { ...readSteering(inModel), ...readSteering(wish) };
  return {
    body: json,
    model,
    stream: json["stream"] === true,
    steering,
    promptTokens: steering.prompt ?? Math.max(1, body.length >> 2),
    number,
  };
}

/** A script that names a missing fixture is told so, instead of ending the process. */
function attempt(
  make: () => ReturnType<typeof steered>,
  path: string,
  door: Door | undefined,
): ReturnType<typeof steered> {
  try {
    return make();
  } catch (error) {
    const asked: Asked = { body: {}, model: "", stream: false, steering: { status: 500 }, promptTokens: 1, number: 0 };
    return {
      ...steered(path, door, asked),
      frames: [Buffer.from(JSON.stringify(errorBody(path, 500, `fake vendor: ${String(error)}`)))],
    };
  }
}

/** The list of models, one of them, or our counters. */
function answerGet(path: string, models: readonly string[], stats: () => object): readonly [number, unknown] {
  const bare = path.split("?")[0] ?? path;
  const model = (id: string): object => ({ id, object: "model", created: createdAt, owned_by: "fake" });
  if (bare === "/_fake/stats") return [200, stats()];
  if (bare.endsWith("/models")) return [200, { object: "list", data: models.map(model) }];
  const one = /\/models\/(.+)$/.exec(bare)?.[1];
  if (one !== undefined && models.includes(one)) return [200, model(one)];
  const reason = one === undefined ? `Unknown request URL: GET ${bare}` : `The model '${one}' does not exist`;
  return [404, errorBody(path, 404, reason)];
}
