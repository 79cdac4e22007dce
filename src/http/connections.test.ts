/** What clients do with connections: silence, haste, dawdling and leaving cost them theirs, and nobody else anything. */
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { requestText, say } from "../../test/e2e/raw.ts";
import { type FakeVendor, startFakeVendor } from "../../test/fake/fake-vendor.ts";
import { adminKey, deploymentOf, type House, houseOf } from "../../test/house.ts";
import type { Stage } from "../exchange.ts";
import { endpoints } from "./endpoints.ts";
import { healthRoutes } from "./health.ts";
import { createDoor, type Door } from "./server.ts";
import { createTable } from "./table.ts";

interface Complaint {
  readonly id?: string;
  readonly err?: unknown;
}

let vendor: FakeVendor;
let house: House;
let door: Door;
let url: string;
let port: number;
const complaints: Complaint[] = [];
const quiet = (): undefined => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: (fields: Complaint) => void complaints.push(fields) };

/** A mistake of ours after the first words. */
const mistaken: Stage = async (exchange, next) => {
  const reply = await next(exchange);
  if (reply.kind !== "stream" || exchange.request.value.model !== "mistaken") return reply;
  const { batches } = reply;
  return {
    kind: "stream",
    batches: (async function* () {
      for await (const items of batches) {
        yield items;
        throw new TypeError("a mistake of ours");
      }
    })(),
  };
};

async function open(): Promise<Door> {
  const health = healthRoutes({ database: async () => true, draining: () => false });
  const opened = createDoor({
    table: createTable([...endpoints, ...health]),
    gateway: () => house.gateway,
    log,
    root: "",
    connections: 1000,
    patience: { head: 300, request: 900, reading: 600 },
  });
  ({ port } = await opened.listen("127.0.0.1", 0));
  url = `http://127.0.0.1:${port}`;
  return opened;
}

beforeAll(async () => {
  vendor = await startFakeVendor();
  house = houseOf({
    deployments: ["m", "mistaken"].map((group) => deploymentOf(vendor.url, { group, id: group })),
    routing: { cooldowns: false },
    between: [mistaken],
  });
  door = await open();
});
beforeEach(() => {
  vendor.reset();
  complaints.length = 0;
});
afterAll(async () => {
  await door.drain(0.1);
  await house.close();
  await vendor.stop();
});

const bearer = { authorization: `Bearer ${adminKey}` };
const chat = (more: object = {}) =>
  JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }], ...more });
const post = (body: string, headers: Record<string, string> = {}) =>
  requestText("POST /v1/chat/completions", { ...bearer, "content-type": "application/json", ...headers }, body);
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(holds: () => boolean, withinMs = 5000): Promise<void> {
  for (const end = Date.now() + withinMs; !holds(); await pause(10))
    if (Date.now() > end) throw new Error("it did not come to pass in time");
}

/** A connection whose client does as the test says; what it heard, and whether it was closed. */
async function connection(): Promise<{ socket: Socket; heard: () => string; closed: () => boolean }> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let text = "";
  let gone = false;
  socket.on("data", (piece: Buffer) => (text += piece.toString("latin1")));
  socket.on("error", quiet);
  socket.on("close", () => (gone = true));
  await new Promise((resolve) => socket.once("connect", resolve));
  return { socket, heard: () => text, closed: () => gone };
}

describe("a client that takes its time", () => {
  it("to say anything, or to end its head, is told so and goes", async () => {
    const silent = await connection();
    const trickling = await connection();
    trickling.socket.write("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n");
    const drops = setInterval(() => trickling.socket.write("x-drop: 1\r\n"), 50);
    await until(() => silent.closed() && trickling.closed());
    clearInterval(drops);
    expect(trickling.heard()).toContain("408 Request Timeout");
  });

  it("to send its body, byte by byte, is told so and goes, and nobody was asked anything", async () => {
    const { socket, heard, closed } = await connection();
    const [head = ""] = post(chat(), { "content-length": "100000" });
    socket.write(head);
    const drops = setInterval(() => socket.write(" "), 20);
    await until(closed);
    clearInterval(drops);
    expect(heard()).toContain("408 Request Timeout");
    expect(heard().split("HTTP/1.1")).toHaveLength(2);
    expect(vendor.requests).toEqual([]);
  });

  it("to read a whole answer loses it, and one that reads on gets it", async () => {
    const text = "x".repeat(900_000);
    const whole = { choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }] };
    vendor.script(Array.from({ length: 41 }, () => ({ json: { id: "x", object: "chat.completion", ...whole } })));
    const lazy = await connection();
    lazy.socket.pause();
    // More than the buffers of both kernels hold.
    for (let turn = 0; turn < 40; turn++) for (const piece of post(chat())) lazy.socket.write(piece);
    const reader = say(url, post(chat()));
    expect((await reader).body).toContain(text);
    await pause(2000);
    lazy.socket.resume();
    await until(lazy.closed);
    expect(lazy.heard().split("HTTP/1.1 200").length - 1).toBeLessThan(40);
  });

  it("to read a stream loses it, and the vendor is told to stop", async () => {
    const { aborted } = vendor;
    const events = Array.from({ length: 400 }, () => ({ id: "x".repeat(60_000), choices: [] }));
    vendor.script([{ sse: events }]);
    const lazy = await connection();
    lazy.socket.pause();
    for (const piece of post(chat({ stream: true }))) lazy.socket.write(piece);
    await vendor.whenAborted(aborted + 1, 4000);
    lazy.socket.resume();
    await until(lazy.closed);
    expect(lazy.heard()).not.toContain("[DONE]");
  });
});

describe("a client in a hurry", () => {
  it("may ask on before it is answered, and is answered in order", async () => {
    const { socket, heard } = await connection();
    vendor.script([{ steer: "delay=200" }]);
    const [slow, quick] = [post(chat()).join(""), requestText("GET /health/liveliness", {}).join("")];
    socket.write(slow + quick + requestText("GET /nothing", {}).join(""));
    await until(() => heard().includes("there is no route"));
    expect([...heard().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(["200", "200", "404"]);
    socket.destroy();
  });

  it("loses a connection on which it asks for more than will be answered, with all that was begun", async () => {
    const { aborted } = vendor;
    vendor.script(Array.from({ length: 100 }, () => ({ steer: "hang" })));
    const { socket, closed } = await connection();
    socket.write(post(chat()).join("").repeat(100));
    await until(() => vendor.requests.length === 100);
    expect(closed()).toBe(false);
    socket.write(post(chat()).join(""));
    await until(closed);
    await vendor.whenAborted(aborted + 100, 3000);
  });

  it("hears no refusal in the middle of another answer", async () => {
    vendor.script([{ steer: "tokens=1000;pace=5" }]);
    const { socket, heard, closed } = await connection();
    for (const piece of post(chat({ stream: true }))) socket.write(piece);
    await until(() => heard().includes("data: "));
    socket.write("NONSENSE\r\n\r\n");
    await until(closed);
    expect(heard()).not.toContain("400 Bad Request");
    expect(heard()).not.toContain("[DONE]");
  });
});

describe("a client that asks whether it may send its body", () => {
  const expecting = (headers: Record<string, string>) => requestText("POST /v1/chat/completions", headers)[0] ?? "";
  const length = String(Buffer.byteLength(chat()));
  const wish = { ...bearer, "content-type": "application/json", "content-length": length, expect: "100-continue" };

  it("may, and is answered", async () => {
    const { socket, heard } = await connection();
    socket.write(expecting(wish));
    await until(() => heard().includes("100 Continue"));
    expect(vendor.requests).toEqual([]);
    socket.write(chat());
    await until(() => heard().includes("HTTP/1.1 200"));
    expect(heard().toLowerCase()).not.toContain("connection: close");
    socket.destroy();
  });

  it("is refused first where it is nobody, or the body too large, and the connection is not used again", async () => {
    for (const [more, status] of [
      [{ authorization: "Bearer sk-nobody-0000000000" }, "401"],
      [{ "content-length": "5000000" }, "413"],
    ] as const) {
      const { socket, heard, closed } = await connection();
      socket.write(expecting({ ...wish, ...more }));
      await until(closed);
      expect(heard()).toContain(`HTTP/1.1 ${status}`);
      expect(heard()).not.toContain("100 Continue");
    }
  });

  it("and expects anything else is told that nobody can do that", async () => {
    const heard = await say(url, [expecting({ ...wish, expect: "tea" })]);
    expect(heard.status).toBe(417);
  });
});

describe("a mistake of ours in the middle of a stream", () => {
  it("ends it in the client's language, and is logged with its stack and the call's id", async () => {
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { ...bearer, "content-type": "application/json" },
      body: chat({ model: "mistaken", stream: true }),
    });
    const text = await answer.text();
    expect(text).toContain('data: {"error":{"message":"internal error"');
    expect(text).not.toContain("a mistake of ours");
    expect(complaints).toMatchObject([
      {
        id: answer.headers.get("x-litellm-call-id"),
        err: { message: "a mistake of ours", stack: expect.stringContaining("connections.test.ts") },
      },
    ]);
  });
});

describe("an error", () => {
  it("of a vendor that says too much is cut, in every language, streamed or not", async () => {
    const huge = { error: { type: "invalid_request_error", message: "x".repeat(900_000), code: "y".repeat(50_000) } };
    for (const path of ["/v1/chat/completions", "/v1/messages"])
      for (const stream of [false, true]) {
        vendor.script([{ status: 400, json: { type: "error", ...huge } }]);
        const answer = await fetch(url + path, {
          method: "POST",
          headers: { ...bearer, "content-type": "application/json" },
          body: chat({ stream, max_tokens: 5 }),
        });
        const text = await answer.text();
        expect([path, stream, answer.status, text.length < 65_536]).toEqual([path, stream, 400, true]);
        expect(JSON.parse(text)).toMatchObject({ error: { message: expect.stringContaining("xxxx") } });
      }
  });
});

describe("the end", () => {
  it("lets what is under way end, refuses what is new, and is not held up by whoever says nothing", async () => {
    vendor.script([{ steer: "tokens=40;pace=20" }]);
    const running = await connection();
    for (const piece of post(chat({ stream: true }))) running.socket.write(piece);
    await until(() => running.heard().includes("data: "));
    const silent = await connection();
    const began = performance.now();
    const drained = door.drain(10);

    for (const [ask, status] of [
      [post(chat()), 503],
      [requestText("GET /health/liveliness", {}), 200],
    ] as const) {
      const { status: told, head, closed } = await say(url, ask);
      expect(told).toBe(status);
      expect(closed || /\r\nconnection: close/i.test(head)).toBe(true);
      if (status === 503) expect(head).toMatch(/\r\nretry-after: 1/i);
    }
    expect(await drained).toBe(true);
    expect(performance.now() - began).toBeLessThan(5000);
    expect(running.heard()).toContain("[DONE]");
    await until(silent.closed);
    expect(house.records.at(-1)?.outcome).toBe("answered");
    door = await open();
  });

  it("breaks off what has not ended in time, and says so", async () => {
    vendor.script([{ steer: "tokens=1000;pace=20" }]);
    const running = await connection();
    for (const piece of post(chat({ stream: true }))) running.socket.write(piece);
    await until(() => running.heard().includes("data: "));
    expect(await door.drain(0.2)).toBe(false);
    await until(running.closed);
    door = await open();
  });
});
