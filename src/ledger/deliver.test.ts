/** Sinks against servers that answer, break, hang, talk nonsense or are not there. */
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { callRecord } from "../../test/records.ts";
import type { CallRecord } from "../canonical/call-record.ts";
import { Secret } from "../canonical/secret.ts";
import type { SinkConfig } from "../config/config.ts";
import { createWire, type Wire } from "../net/send.ts";
import { createDeliverer, type Deliverer, type DelivererParts } from "./deliver.ts";

const record = (id: string, outcome: CallRecord["outcome"] = "answered"): CallRecord =>
  callRecord({
    id,
    began: 1_700_000_000_000,
    ended: 1_700_000_000_010,
    outcome,
    status: outcome === "answered" ? 200 : 500,
    cost: 1,
    costInput: 1,
  });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Line {
  readonly fields: any;
  readonly message: string;
}

function house(parts: Partial<DelivererParts> = {}): { deliverer: Deliverer; wire: Wire; lines: Line[] } {
  const wire = createWire();
  const lines: Line[] = [];
  const say = (fields: object, message: string): number => lines.push({ fields, message });
  const deliverer = createDeliverer({
    send: wire.send,
    log: { debug: () => undefined, info: say, warn: say, error: say },
    now: Date.now,
    random: Math.random,
    version: "0.0.0",
    fieldPrefix: "x_",
    timeout: 1000,
    backoff: 10,
    ...parts,
  });
  cleanups.push(() => wire.close());
  cleanups.push(() => deliverer.close(0));
  return { deliverer, wire, lines };
}

type Answer = (response: ServerResponse, call: number) => void;

async function receiver(answer: Answer): Promise<{ url: string; bodies: any[]; requests: IncomingMessage[] }> {
  const bodies: any[] = [];
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => {
      requests.push(request);
      const text = Buffer.concat(pieces).toString();
      bodies.push(text.startsWith("[") || text.startsWith("{") ? JSON.parse(text) : text);
      answer(response, requests.length);
    });
  });
  return { url: await listening(server), bodies, requests };
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    if ("closeAllConnections" in server) (server as any).closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
}

const closedPort = async (): Promise<string> => {
  const server = createSocketServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return `http://127.0.0.1:${port}/in`;
};

const webhook = (
  endpoint: string,
  options: object = {},
  on: SinkConfig["on"] = ["success", "failure"],
): SinkConfig => ({
  name: "hook",
  type: "webhook",
  on,
  options: { endpoint, flushInterval: 0.02, ...options },
});
const stateOf = (deliverer: Deliverer) => deliverer.states()[0];
const ids = (bodies: readonly any[]): string[] => bodies.flat().map(({ id }) => id);

async function until(holds: () => boolean, milliseconds = 5000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!holds()) {
    if (Date.now() > end) throw new Error("it did not come to pass");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("a receiver that", () => {
  it("takes records gets them together, in order, some time later", async () => {
    const { url, bodies } = await receiver((response) => response.end("ok"));
    const { deliverer } = house();
    deliverer.use([webhook(url)]);
    for (const id of ["a", "b", "c"]) deliverer.push(record(id));
    expect(stateOf(deliverer)?.waiting).toBe(0);
    await until(() => bodies.length === 1);
    expect(ids(bodies)).toEqual(["a", "b", "c"]);
    await until(() => stateOf(deliverer)?.delivered === 3);
  });

  it("breaks once gets them again", async () => {
    const { url, bodies } = await receiver((response, call) => {
      response.statusCode = call === 1 ? 500 : 200;
      response.end();
    });
    const { deliverer, lines } = house();
    deliverer.use([webhook(url)]);
    deliverer.push(record("a"));
    await until(() => stateOf(deliverer)?.delivered === 1);
    expect(ids(bodies)).toEqual(["a", "a"]);
    expect(stateOf(deliverer)).toMatchObject({ failures: 1, dropped: 0 });
    expect(lines.map(({ message }) => message)).toEqual([
      "records for a sink wait: it does not take them",
      "a sink accepts records again",
    ]);
  });

  it("breaks on some records forever loses those, and gets the next", async () => {
    let broken = true;
    const { url, bodies } = await receiver((response) => {
      response.statusCode = broken ? 500 : 200;
      response.end();
    });
    const { deliverer } = house({ backoff: 1 });
    deliverer.use([webhook(url)]);
    deliverer.push(record("a"));
    await until(() => stateOf(deliverer)?.dropped === 1);
    expect(bodies).toHaveLength(6);
    broken = false;
    deliverer.push(record("b"));
    await until(() => stateOf(deliverer)?.delivered === 1);
  });

  it("refuses records is not asked twice", async () => {
    const { url, bodies } = await receiver((response) => {
      response.statusCode = 401;
      response.end("who are you");
    });
    const { deliverer, lines } = house();
    deliverer.use([webhook(url, { headers: { authorization: new Secret("Bearer s3cret") } })]);
    deliverer.push(record("a"));
    await until(() => stateOf(deliverer)?.dropped === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(bodies).toHaveLength(1);
    expect(lines).toMatchObject([{ fields: { sink: "hook", reason: "it returned status 401", dropped: 1 } }]);
    expect(JSON.stringify(lines)).not.toContain("s3cret");
  });

  it("finds a batch too large gets it in halves", async () => {
    const { url, bodies } = await receiver((response) => {
      response.statusCode = (bodies.at(-1)?.length ?? 0) > 2 ? 413 : 200;
      response.end();
    });
    const { deliverer } = house();
    deliverer.use([webhook(url)]);
    for (const id of "abcdefg") deliverer.push(record(id));
    await until(() => stateOf(deliverer)?.delivered === 7);
    expect(stateOf(deliverer)?.dropped).toBe(0);
  });

  it("hangs is given up on in time, and asked again", async () => {
    const { url, bodies } = await receiver((response, call) => {
      if (call > 1) response.end();
    });
    const { deliverer } = house({ timeout: 300 });
    deliverer.use([webhook(url)]);
    deliverer.push(record("a"));
    await until(() => stateOf(deliverer)?.delivered === 1, 10_000);
    expect(ids(bodies)).toEqual(["a", "a"]);
  });

  it("talks nonsense loses the records after a few attempts, and harms nobody", async () => {
    const server = createSocketServer((socket) => {
      socket.on("error", () => undefined);
      socket.end("\u0000\u0001 this is no HTTP at all\r\n\r\n");
    });
    const { deliverer } = house({ backoff: 1 });
    deliverer.use([webhook(await listening(server))]);
    deliverer.push(record("a"));
    await until(() => stateOf(deliverer)?.dropped === 1);
    expect(stateOf(deliverer)?.failures).toBe(6);
  });

  it("answers success with nonsense has taken them", async () => {
    const { url } = await receiver((response) => response.end("\u0000<html>".repeat(50_000)));
    const { deliverer } = house();
    deliverer.use([{ ...webhook(url), type: "otlp" }]);
    deliverer.push(record("a"));
    await until(() => stateOf(deliverer)?.delivered === 1);
  });

  it("takes only some of the spans is believed", async () => {
    const { url, requests } = await receiver((response) =>
      response.end('{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}'),
    );
    const { deliverer, lines } = house();
    deliverer.use([{ ...webhook(url), type: "otlp" }]);
    deliverer.push(record("a"));
    deliverer.push(record("b"));
    await until(() => stateOf(deliverer)?.delivered === 1);
    expect(requests[0]?.url).toBe("/in/v1/traces");
    expect(stateOf(deliverer)?.dropped).toBe(1);
    expect(lines).toMatchObject([{ fields: { reason: "too old" } }]);
  });

  it("is not there is waited for, within bounds, and told all that was kept", async () => {
    const { deliverer, lines } = house({ limits: { records: 5, bytes: 1e6 } });
    deliverer.use([webhook(await closedPort(), { batchSize: 1 })]);
    for (let id = 0; id < 50; id++) deliverer.push(record(String(id)));
    await until(() => (stateOf(deliverer)?.failures ?? 0) > 8);
    // Four are on their way, five wait.
    expect(stateOf(deliverer)).toMatchObject({ waiting: 5, dropped: 41 });
    expect(lines.filter(({ message }) => message === "records for a sink were dropped")).toHaveLength(1);
  });
});

describe("a file", () => {
  it("that cannot be written is waited for", async () => {
    const folder = mkdtempSync(join(tmpdir(), "deliver-"));
    const { deliverer } = house();
    // A folder stands where the file should be.
    deliverer.use([
      { name: "f", type: "ndjson-file", on: ["success"], options: { path: folder, flushInterval: 0.02 } },
    ]);
    deliverer.push(record("a"));
    await until(() => (stateOf(deliverer)?.failures ?? 0) > 2);
    expect(stateOf(deliverer)).toMatchObject({ delivered: 0, dropped: 0 });
  });

  it("gets what was pushed before the end", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "deliver-")), "r.ndjson");
    const { deliverer } = house();
    deliverer.use([{ name: "f", type: "ndjson-file", on: ["success"], options: { path, flushInterval: 60 } }]);
    for (let id = 0; id < 1234; id++) deliverer.push(record(String(id)));
    await deliverer.close(5);
    expect(readFileSync(path, "utf8").trimEnd().split("\n")).toHaveLength(1234);
  });
});

describe("delivery", () => {
  it("tells each sink only of what it wants to hear", async () => {
    const good = await receiver((response) => response.end());
    const bad = await receiver((response) => response.end());
    const { deliverer } = house();
    deliverer.use([
      { ...webhook(good.url, {}, ["success"]), name: "good" },
      { ...webhook(bad.url, {}, ["failure"]), name: "bad" },
    ]);
    for (const outcome of ["answered", "failed", "refused", "abandoned"] as const)
      deliverer.push(record(outcome, outcome));
    await until(() => deliverer.states().every(({ delivered }) => delivered > 0));
    expect(ids(good.bodies)).toEqual(["answered"]);
    expect(ids(bad.bodies)).toEqual(["failed", "refused", "abandoned"]);
  });

  it("does without a sink that is set up wrongly, and says so", () => {
    const { deliverer, lines } = house();
    deliverer.use([webhook("nonsense"), { ...webhook("http://127.0.0.1:1/"), type: "pigeon" }]);
    deliverer.push(record("a"));
    expect(lines).toMatchObject([{ fields: { path: "endpoint" } }, { fields: { type: "pigeon" } }]);
  });

  it("goes on to the old sinks after a reload until they have everything", async () => {
    const old = await receiver((response) => void setTimeout(() => response.end(), 50));
    const fresh = await receiver((response) => response.end());
    const { deliverer } = house();
    deliverer.use([webhook(old.url, { flushInterval: 60 })]);
    deliverer.push(record("before"));
    deliverer.use([webhook(fresh.url)]);
    deliverer.push(record("after"));
    await until(() => stateOf(deliverer)?.delivered === 2);
    expect(ids(old.bodies)).toEqual(["before"]);
    expect(ids(fresh.bodies)).toEqual(["after"]);
  });

  it("leaves a sink alone that a reload did not change, and sees a changed secret", async () => {
    const { url, requests } = await receiver((response) => response.end());
    const { deliverer } = house();
    const config = (key: string) => webhook(url, { flushInterval: 60, headers: { "x-key": new Secret(key) } });
    deliverer.use([config("one")]);
    deliverer.push(record("a"));
    deliverer.use([config("one")]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(stateOf(deliverer)?.waiting).toBe(1);
    deliverer.use([config("two")]);
    await until(() => requests.length === 1);
    expect(requests[0]?.headers["x-key"]).toBe("one");
  });

  it("ends in time, though the receiver hangs, and counts what was lost", async () => {
    const { url } = await receiver(() => undefined);
    const { deliverer, lines } = house({ timeout: 60_000 });
    deliverer.use([webhook(url, { batchSize: 2 })]);
    for (let id = 0; id < 20; id++) deliverer.push(record(String(id)));
    const began = Date.now();
    await deliverer.close(0.2);
    expect(Date.now() - began).toBeLessThan(2000);
    await until(() => stateOf(deliverer)?.dropped === 20);
    expect(lines.some(({ message }) => message === "records for a sink were dropped")).toBe(true);
  });

  it("may be ended twice", async () => {
    const { url } = await receiver(() => undefined);
    const { deliverer } = house({ timeout: 60_000 });
    deliverer.use([webhook(url)]);
    deliverer.push(record("a"));
    await Promise.all([deliverer.close(0.1), deliverer.close(0.1)]);
  });
});
