/** A call under way, as a vendor, a client and a clock can spoil it. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { refusalOf } from "../../test/house.ts";
import { Cancel } from "../canonical/cancel.ts";
import { GatewayError } from "../canonical/error.ts";
import { Call } from "./answer.ts";
import type { Answer, SendOptions } from "./draft.ts";
import { createWire, type Wire } from "./send.ts";

let server: Server | undefined;
let wire: Wire;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** How many answers were given up by us. */
let left = 0;
let asked = 0;

async function vendor(answer: (response: ServerResponse) => void, connections = 8): Promise<string> {
  left = 0;
  asked = 0;
  wire = createWire({ connections });
  server = createServer((request, response) => {
    asked++;
    response.on("close", () => {
      if (!response.writableFinished) left++;
    });
    request.resume();
    answer(response);
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
}

const get = (url: string, more: Partial<SendOptions> = {}): Promise<Answer> =>
  wire.send(
    { method: "GET", url, headers: {} },
    { headTimeout: 1000, idleTimeout: 1000, maxBytes: 10_000, egress: "configured", ...more },
  );
const until = async (met: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 200 && !met(); turn++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(met()).toBe(true);
};

describe("a call", () => {
  it("that this machine has no connection for is no fault of the provider", async () => {
    const call = new Call({ headTimeout: 1000, idleTimeout: 1000, maxBytes: 1, egress: "configured" });
    call.onResponseError(undefined, Object.assign(new Error("too many open files"), { code: "EMFILE" }));
    expect(await refusalOf(call.answer)).toMatchObject({ kind: "overloaded", source: "gateway", status: 503 });
  });

  it("has a head with repeated headers joined, and a body in one or in pieces", async () => {
    const url = await vendor((response) => {
      response.writeHead(201, ["x-a", "1", "x-a", "2", "content-type", "text/plain"]);
      response.end("hello");
    });
    const whole = await get(url);
    expect(whole.status).toBe(201);
    expect(whole.headers).toMatchObject({ "x-a": "1, 2", "content-type": "text/plain" });
    expect(Buffer.from(await whole.bytes()).toString()).toBe("hello");
    const pieces: Uint8Array[] = [];
    for await (const piece of (await get(url)).chunks()) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe("hello");
  });

  it("that a client leaves is over at once, before its head, and while its body comes", async () => {
    const url = await vendor(() => undefined);
    const early = new Cancel();
    const waiting = refusalOf(get(url, { cancel: early }));
    await until(() => asked === 1);
    early.cancel("left");
    expect((await waiting).kind).toBe("client-closed");
    await until(() => left === 1);
    const streaming = await vendor((response) => void response.write("some"));
    const late = new Cancel();
    const answer = await get(streaming, { cancel: late });
    const read = refusalOf(answer.bytes());
    late.cancel("left");
    expect((await read).kind).toBe("client-closed");
    await until(() => left === 1);
  });

  it("that waits for a connection is over at once too, and the vendor never hears of it", async () => {
    const url = await vendor(() => undefined, 1);
    const first = refusalOf(get(url, { headTimeout: 300 }));
    const cancel = new Cancel();
    const second = refusalOf(get(url, { cancel }));
    const third = refusalOf(get(url, { headTimeout: 50 }));
    cancel.cancel("left");
    expect((await second).kind).toBe("client-closed");
    expect((await third).kind).toBe("timeout");
    expect((await first).kind).toBe("timeout");
    expect(asked).toBe(1);
  });

  it("whose body drips has no more time than one that is silent, where it is read as a whole", async () => {
    const url = await vendor((response) => {
      const drip = setInterval(() => response.write("."), 20);
      response.on("close", () => clearInterval(drip));
    });
    const answer = await get(url, { headTimeout: 150 });
    expect((await refusalOf(answer.bytes())).kind).toBe("timeout");
    await until(() => left === 1);
    const stream = await get(url, { headTimeout: 150 });
    let pieces = 0;
    for await (const _ of stream.chunks()) if (++pieces === 15) break;
    expect(pieces).toBe(15);
    await until(() => left === 2);
  });

  it("whose body is too long, or breaks off, is the vendor's fault", async () => {
    const long = await vendor((response) => response.end("x".repeat(1_000_000)));
    expect(await refusalOf((await get(long)).bytes())).toMatchObject({ kind: "bad-gateway", source: "upstream" });
    const cut = await vendor((response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("some");
      setTimeout(() => response.destroy(), 20);
    });
    expect(await refusalOf((await get(cut)).bytes())).toMatchObject({ kind: "bad-gateway", source: "upstream" });
  });

  it("whose reader is slow makes the vendor wait, and not our memory grow", async () => {
    let sent = 0;
    const url = await vendor((response) => {
      const more = (): void => {
        while (sent < 64 << 20 && response.write(Buffer.alloc(65_536))) sent += 65_536;
        if (sent < 64 << 20) response.once("drain", more);
      };
      more();
    });
    const answer = await get(url, { idleTimeout: 5000 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(sent).toBeLessThan(32 << 20);
    answer.discard();
    await until(() => left === 1);
  });

  it("that is let go tells its reader why", async () => {
    const url = await vendor((response) => void response.write("some"));
    const answer = await get(url);
    const read = refusalOf(answer.bytes());
    answer.discard(new GatewayError("timeout", "upstream", "too late"));
    expect((await read).message).toBe("too late");
  });

  it("to nobody is refused without an address in its words", async () => {
    wire = createWire();
    const refused = await refusalOf(get("http://127.0.0.1:1/x"));
    expect(refused).toMatchObject({ kind: "unreachable", source: "upstream" });
    expect(refused.message).not.toContain("127.0.0.1");
  });
});
