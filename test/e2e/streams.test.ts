/** Streams, for every language that a client speaks and every one that a vendor speaks: slow, cut, broken into pieces, failed, and left. */
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request as ask } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../fake/fake-vendor.ts";
import { fixtureNames, readFixture } from "../fake/fixture.ts";
import { adminKey, modelsAt, type Running, startGateway, until } from "./gateway.ts";
import { inPieces, type StreamVendor, startStreamVendor } from "./stream-vendor.ts";

let fake: FakeVendor;
let bytes: StreamVendor;
let gateway: Running;
let key: string;

interface Door {
  readonly path: string;
  readonly format: string;
  readonly body: object;
  /** What ends a stream well, in this language. */
  readonly end: string;
  /** How an error stands in a stream of this language. */
  readonly error: RegExp;
}
const messages = [{ role: "user", content: "hi" }];
const openaiError = /data: \{"error":\{"message":/;
const doors: readonly Door[] = [
  {
    path: "/v1/chat/completions",
    format: "openai-chat",
    body: { messages, stream_options: { include_usage: true } },
    end: "data: [DONE]",
    error: openaiError,
  },
  {
    path: "/v1/completions",
    format: "openai-completions",
    body: { prompt: "hi", stream_options: { include_usage: true } },
    end: "data: [DONE]",
    error: openaiError,
  },
  {
    path: "/v1/responses",
    format: "openai-responses",
    body: { input: "hi", store: false },
    end: "event: response.completed",
    error: /event: (?:error|response\.failed)\ndata: /,
  },
  {
    path: "/v1/messages",
    format: "anthropic-messages",
    body: { messages, max_tokens: 4000 },
    end: "event: message_stop",
    error: /event: error\ndata: \{"type":"error"/,
  },
];

/** The language in which a vendor is asked by each of these, and what its first words are where it fails at once. */
const vendors = { gpt: "openai/gpt-fake", llama: "hosted_vllm/llama-fake", claude: "anthropic/claude-fake" } as const;
const pairs = doors.flatMap((door) => Object.keys(vendors).map((name) => ({ door, name })));

const failures: readonly (readonly [string, string])[] = [
  [
    "/chat/completions",
    'data: {"error":{"message":"the lamp is out","type":"server_error","param":null,"code":null}}\n\n',
  ],
  ["/completions", 'data: {"error":{"message":"the lamp is out","type":"server_error","param":null,"code":null}}\n\n'],
  [
    "/responses",
    'event: error\ndata: {"type":"error","code":"server_error","message":"the lamp is out","param":null,"sequence_number":0}\n\n',
  ],
  [
    "/messages",
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"the lamp is out"}}\n\n',
  ],
];

beforeAll(async () => {
  [fake, bytes] = await Promise.all([startFakeVendor(), startStreamVendor()]);
  const every = (url: string, ending: string) =>
    modelsAt(url, Object.fromEntries(Object.entries(vendors).map(([name, model]) => [name + ending, model])));
  const relayed = doors.flatMap(({ format }) =>
    [...modelNames(format)].map((name) =>
      modelsAt(fake.url, { [name]: `${format === "anthropic-messages" ? "anthropic" : "openai"}/${name}` }),
    ),
  );
  gateway = await startGateway({
    config: {
      model_list: [
        ...every(fake.url, ""),
        ...every(bytes.url, "-bytes"),
        // Two of the same: the second is asked at once where the first fails.
        ...every(fake.url, "-twice"),
        ...every(fake.url, "-twice").map((one) => ({
          ...one,
          litellm_params: { ...one.litellm_params, api_key: "fake-vendor-key-2" },
        })),
        ...every(fake.url, "-first"),
        ...relayed.flat(),
      ],
      router_settings: {
        num_retries: 0,
        disable_cooldowns: true,
        fallbacks: Object.keys(vendors).map((name) => ({ [`${name}-first`]: [name] })),
      },
      general_settings: { master_key: adminKey },
    },
  });
  key = await gateway.newKey();
});
afterAll(async () => {
  await gateway?.stop();
  await fake?.stop();
  await bytes?.stop();
});
beforeEach(() => fake.reset());

const post = (door: Door, model: string, more: object = {}) =>
  gateway.post(door.path, { ...door.body, model, stream: true, ...more }, key);

const textOf = async (answer: Response): Promise<string> => {
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toContain("text/event-stream");
  return answer.text();
};

/** Without what differs from call to call. */
const plain = (text: string): string =>
  text.replace(/[0-9a-f]{32}/g, "ID").replace(/"(created|created_at|completed_at)":\d+/g, '"$1":0');

/** A stream as the vendor of this model sends it when it is asked through this door. */
async function vendorStream(door: Door, name: string): Promise<string> {
  const format = await spoken(door, name);
  return readFixture(`${format}/${format === "openai-completions" ? "text" : "text-unicode"}`).stream ?? "";
}

/** A failure, in the words that this vendor has for it in a stream. */
async function failureOf(door: Door, name: string): Promise<string> {
  const format = await spoken(door, name);
  const path = doors.find((one) => one.format === format)?.path ?? "";
  return failures.find(([end]) => path.endsWith(end))?.[1] ?? "";
}

/** The language in which the vendor was asked. */
async function spoken(door: Door, name: string): Promise<string> {
  await textOf(await post(door, name));
  const path = fake.requests.at(-1)?.path ?? "";
  return doors.find((one) => path.endsWith(one.path))?.format ?? "";
}

describe.each(pairs)("$door.path at $name", ({ door, name }) => {
  it("says the same, however the vendor's bytes are broken up", async () => {
    const stream = Buffer.from(await vendorStream(door, name));
    const told: string[] = [];
    for (const size of [stream.length, 1, 2, 3, 7, 64, 1000]) {
      bytes.next(inPieces(stream, size));
      told.push(plain(await textOf(await post(door, `${name}-bytes`))));
    }
    expect(told[0]).toContain(door.end);
    for (const one of told) expect(one).toBe(told[0]);
  });

  it("never lets a cut stream look like an end", async () => {
    const frames = (await vendorStream(door, name)).split("\n\n");
    for (const [at, close] of [
      [2, "reset"],
      [Math.floor(frames.length / 2), "reset"],
      [frames.length - 2, "reset"],
      [2, "end"],
    ] as const) {
      const piece = `${frames.slice(0, at).join("\n\n")}\n\n`;
      if (piece.includes("[DONE]") || piece.includes("message_stop") || piece.includes("response.completed")) continue;
      bytes.next((response) => {
        response.write(piece, () => (close === "end" ? response.end() : setImmediate(() => response.destroy())));
      });
      const told = await textOf(await post(door, `${name}-bytes`));
      expect(told, `${at} ${close}`).not.toContain(door.end);
      expect(told, `${at} ${close}`).toMatch(door.error);
    }
  });

  it("tells a failure in mid-stream, and asks nobody again", async () => {
    const failure = await failureOf(door, name);
    const frames = (await vendorStream(door, name)).split("\n\n");
    const before = bytes.received;
    let fail = (): void => undefined;
    bytes.next((response) => {
      response.write(`${frames.slice(0, Math.ceil(frames.length / 2)).join("\n\n")}\n\n`);
      fail = () => void response.end(failure);
    });
    const answer = await post(door, `${name}-bytes`);
    fail();
    const told = await textOf(answer);
    expect(told).toContain("the lamp is out");
    expect(told).toMatch(door.error);
    expect(told).not.toContain(door.end);
    expect(bytes.received).toBe(before + 1);
    const id = answer.headers.get("x-litellm-call-id") ?? "";
    await until(async () => {
      const rows = (await (await gateway.get(`/spend/logs?request_id=${id}`)).json()) as { status?: string }[];
      return rows[0]?.status === "failure";
    });
  });

  it("asks another where the first words are a failure", async () => {
    const failure = await failureOf(door, name);
    for (const [model, more] of [
      [`${name}-twice`, { num_retries: 1 }],
      [`${name}-first`, {}],
    ] as const) {
      fake.reset();
      fake.script([{ sse: [failure] }]);
      const told = await textOf(await post(door, model, more));
      expect(told).toContain(door.end);
      expect(told).not.toContain("the lamp is out");
      expect(fake.requests).toHaveLength(2);
    }
    fake.script([{ sse: [failure] }]);
    const alone = await post(door, name);
    expect(alone.status).toBeGreaterThanOrEqual(500);
    expect(await alone.text()).toContain("the lamp is out");
  });

  it("holds a fast vendor back for a slow client, and loses nothing", async () => {
    const frames = (await vendorStream(door, name)).split("\n\n").filter((frame) => frame !== "");
    const grows = frames.findIndex((frame) => /"content":"[^"]|_text\.delta|text_delta|"text":"[^"]/.test(frame));
    const [open, filler, rest] = [frames.slice(0, grows), frames[grows] ?? "", frames.slice(grows + 1)];
    const batch = Buffer.from(`${filler}\n\n`.repeat(200));
    const total = Math.ceil((20 << 20) / batch.length);
    let written = 0;
    bytes.next((response) => {
      response.write(`${[...open].join("\n\n")}${open.length > 0 ? "\n\n" : ""}`);
      const pour = (): void => {
        while (written < total) {
          written++;
          if (!response.write(batch)) return void response.once("drain", pour);
        }
        response.end(`${rest.join("\n\n")}\n\n`);
      };
      pour();
    });
    const answer = await slowly(door, `${name}-bytes`);
    // Poured until the pipes are full, and then not on.
    let last = -1;
    await until(async () => {
      const same = written === last;
      last = written;
      await new Promise((resolve) => setTimeout(resolve, 150));
      return same && written > 0;
    });
    expect(written).toBeLessThan(total);
    let text = "";
    let count = 0;
    let ended = false;
    for await (const piece of answer) {
      count += (piece as Buffer).length;
      text = text.slice(-100) + (piece as Buffer).toString("latin1");
      ended ||= text.includes(door.end);
    }
    expect(ended).toBe(true);
    expect(count).toBeGreaterThan(1 << 20);
    expect(written).toBe(total);
  });

  it("ends the vendor's call when the client vanishes", async () => {
    const aborted = fake.aborted;
    fake.script([{ steer: "tokens=500", paceMs: 20 }]);
    const answer = await slowly(door, name);
    await new Promise((resolve) => answer.once("data", resolve));
    answer.destroy();
    await fake.whenAborted(aborted + 1);
  });
});

/** An answer that is read only when the test reads it. */
function slowly(door: Door, model: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const request = ask(gateway.url + door.path, { method: "POST", headers, agent: false }, resolve);
    request.once("error", reject);
    request.end(JSON.stringify({ ...door.body, model, stream: true }));
  });
}

const broken = /cut|error|failed/;
/** Told with more than the vendor said (thoughts under both of their names), or in words that clients of the language can read. */
const amended = new Set(
  ["groq-reasoning", "openrouter-reasoning", "mistral-thinking"].map((name) => `openai-chat/${name}`),
);
/** The vendor answers it at its chat. */
const elsewhere = new Set(["openai-completions/vllm-text"]);
const streamed = (format: string) =>
  fixtureNames(format).filter(
    (name) =>
      !broken.test(name) && !amended.has(name) && !elsewhere.has(name) && readFixture(name).stream !== undefined,
  );

/** Azure names no model in some chunks; clients are told the one that they asked for. */
const renamed = (text: string): string => text.replaceAll(/"model": ?"[^"]*"/g, '"model":"…"');

function modelNames(format: string): ReadonlySet<string> {
  const text = streamed(format)
    .map((name) => readFileSync(new URL(`../../fixtures/${name}/stream.sse`, import.meta.url), "utf8"))
    .join("");
  return new Set([...text.matchAll(/"model": ?"([^"]+)"/g)].map(([, model = ""]) => model));
}

describe.each(doors)("$path at a vendor of the same language", (door) => {
  it.each(streamed(door.format))("passes %s byte for byte, with what nobody knows", async (name) => {
    const { stream = "" } = readFixture(name);
    const model = /"model": ?"([^"]+)"/.exec(stream)?.[1] ?? "";
    fake.script([{ fixture: name }]);
    const told = await textOf(await post(door, model));
    expect(fake.requests.at(-1)?.path.endsWith(door.path)).toBe(true);
    expect(renamed(told)).toBe(renamed(stream));
  });
});
