/** Turns what a script, a steering text or a dialect says into bytes and the way they leave. */
import { type Answer, type Delivery, dataFrame, frame, jsonHeaders, plain, sseHeaders } from "./answer.ts";
import type { Asked } from "./asked.ts";
import { type Door, errorBody } from "./dialects/index.ts";
import { readFixture } from "./fixture.ts";
import { readSteering, type Steering } from "./steering.ts";

const html =
  "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>";
const garbage = '{"id":"chatcmpl-fake","choices":[{"message":{"content":"cut in the mid';

interface Body {
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: readonly Uint8Array[];
  readonly whole: boolean;
}

const json = (value: unknown): Body => ({
  headers: jsonHeaders,
  frames: [Buffer.from(JSON.stringify(value))],
  whole: true,
});
const stream = (frames: readonly Uint8Array[]): Body => ({ headers: sseHeaders, frames, whole: false });

/** What the request itself asks for, said in the language of its path. */
export function steered(path: string, door: Door | undefined, asked: Asked): Delivery {
  const { steering } = asked;
  const way: Delivery = {
    ...plain,
    delayMs: steering.delay ?? 0,
    paceMs: steering.pace ?? 0,
    drop: steering.drop === true || steering.cut === 0,
    cutAfter: steering.cut,
    hang: steering.hang ? "at-once" : false,
    endlessLine: steering.endless === true,
    contentLength: steering.length,
  };
  return { ...way, ...steeredBody(path, door, asked, steering) };
}

function steeredBody(path: string, door: Door | undefined, asked: Asked, steering: Steering): Partial<Delivery> & Body {
  const status = steering.status ?? 200;
  if (steering.huge !== undefined)
    return {
      ...json(errorBody(path, status === 200 ? 500 : status, "x".repeat(steering.huge))),
      status: status === 200 ? 500 : status,
    };
  if (steering.html)
    return {
      headers: { "content-type": "text/html" },
      frames: [Buffer.from(html)],
      whole: true,
      status: steering.status ?? 502,
    };
  if (steering.garbage)
    return {
      ...(asked.stream
        ? stream([frame("data: {not json\n\n"), frame("event\n\ndata: [1,\n\n")])
        : { ...json(null), frames: [Buffer.from(garbage)] }),
      status,
    };
  if (status >= 400) {
    const body = json(errorBody(path, status, `The fake vendor was told to answer ${status}`));
    return {
      ...body,
      status,
      headers: {
        ...body.headers,
        ...(steering.retryAfter === undefined ? {} : { "retry-after": steering.retryAfter }),
      },
    };
  }
  if (steering.fixture !== undefined)
    return fixture(
      steering.fixture.includes("/") ? steering.fixture : `${door?.format ?? ""}/${steering.fixture}`,
      asked.stream,
    );
  if (door === undefined) return { ...json(errorBody(path, 404, `Unknown request URL: ${path}`)), status: 404 };
  const said = door.dialect(asked);
  return { ...("json" in said ? json(said.json) : stream(said.frames)), status };
}

function fixture(name: string, streams: boolean): Body & { readonly status: number } {
  const { response, stream: text, status, headers } = readFixture(name);
  if (text !== undefined && (streams || response === undefined)) return { ...stream(framesOf(text)), status };
  const body = json(response);
  return { ...body, status, headers: { ...body.headers, ...headers } };
}

/** Cuts a recorded stream at its empty lines, so that it can be paced. */
function framesOf(text: string): Buffer[] {
  return (text.match(/[\s\S]*?(?:\r?\n\r?\n|$)/g) ?? []).filter((part) => part !== "").map((part) => Buffer.from(part));
}

/** What a script put into the queue. */
export function scripted(answer: Answer, path: string, door: Door | undefined, asked: Asked): Delivery {
  const steering = answer.steer === undefined ? asked.steering : readSteering(answer.steer);
  const base = steered(path, door, { ...asked, steering });
  const body = bodyOf(answer, path, asked.stream);
  const status = answer.status ?? body?.status ?? base.status;
  const failed =
    body === undefined && status >= 400 && base.status < 400
      ? json(errorBody(path, status, `The fake vendor was told to answer ${status}`))
      : undefined;
  const chosen = body ?? failed ?? base;
  return {
    status,
    headers: { ...chosen.headers, ...answer.headers },
    frames: chosen.frames,
    whole: chosen.whole,
    delayMs: answer.delayMs ?? base.delayMs,
    paceMs: answer.paceMs ?? base.paceMs,
    cutAfter:
      answer.cut === true ? Number.POSITIVE_INFINITY : answer.cut === false ? undefined : (answer.cut ?? base.cutAfter),
    drop: answer.drop ?? base.drop,
    hang: answer.hang === true ? "at-once" : (answer.hang ?? base.hang),
    contentLength: answer.contentLength ?? base.contentLength,
    endlessLine: answer.endlessLine ?? base.endlessLine,
  };
}

function bodyOf(answer: Answer, path: string, streams: boolean): (Body & { readonly status?: number }) | undefined {
  if (answer.hugeError !== undefined)
    return {
      ...json(errorBody(path, answer.status ?? 500, "x".repeat(answer.hugeError))),
      status: answer.status ?? 500,
    };
  if (answer.json !== undefined) return json(answer.json);
  if (answer.text !== undefined)
    return { headers: { "content-type": "text/plain" }, frames: [Buffer.from(answer.text)], whole: true };
  if (answer.html !== undefined)
    return { headers: { "content-type": "text/html" }, frames: [Buffer.from(answer.html)], whole: true };
  if (answer.raw !== undefined) return { headers: {}, frames: [Buffer.from(answer.raw)], whole: true };
  if (answer.sse !== undefined)
    return stream(
      answer.sse.map((one) =>
        typeof one === "object" && !path.includes("/messages") && !path.includes("/responses")
          ? dataFrame(one)
          : frame(one),
      ),
    );
  return answer.fixture === undefined ? undefined : fixture(answer.fixture, streams);
}
