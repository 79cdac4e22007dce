/** The door, with a house of real parts behind it: every request ends, and none takes others with it. */
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../../test/fake/fake-vendor.ts";
import { adminKey, callerOf, deploymentOf, type House, houseOf } from "../../test/house.ts";
import type { Caller } from "../canonical/caller.ts";
import { endpoints } from "./endpoints.ts";
import { healthRoutes } from "./health.ts";
import type { Route } from "./incoming.ts";
import { modelRoutes } from "./models.ts";
import { createDoor, type Door } from "./server.ts";
import { createTable } from "./table.ts";
import { utilityRoutes } from "./utilities.ts";

let vendor: FakeVendor;
let house: House;
let door: Door;
let url: string;
let port: number;
const complaints: string[] = [];
let holder: Partial<Caller> = {};

const quiet = (): undefined => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: (_: object, text: string) => void complaints.push(text) };

/** Routes that go wrong in ways of our own. */
const broken: readonly Route[] = [
  {
    method: "GET",
    paths: ["/broken/header"],
    access: "public",
    family: "public",
    async run({ notes }) {
      notes.headers["x-bad"] = "a\nb";
      throw new TypeError("a mistake of ours");
    },
  },
  {
    method: "GET",
    paths: ["/broken/late"],
    access: "public",
    family: "public",
    async run({ response }) {
      response.writeHead(200);
      response.write("half");
      throw new TypeError("a mistake of ours");
    },
  },
];

beforeAll(async () => {
  vendor = await startFakeVendor();
  house = houseOf({
    deployments: [
      deploymentOf(vendor.url, { group: "open", id: "one" }),
      deploymentOf(vendor.url, { group: "closed", id: "two" }),
      deploymentOf(vendor.url, { group: "refusing", id: "three" }),
    ],
    findKey: async (keyId) => callerOf({ keyId, ...holder }),
  });
  const health = healthRoutes({ database: async () => true, draining: () => false });
  const routes = [...endpoints, ...modelRoutes, ...utilityRoutes, ...health, ...broken];
  door = createDoor({ table: createTable(routes), gateway: () => house.gateway, log, root: "/base", connections: 100 });
  ({ port } = await door.listen("127.0.0.1", 0));
  url = `http://127.0.0.1:${port}`;
});
beforeEach(() => {
  house.gateway.invalidateAll();
  complaints.length = 0;
  vendor.reset();
});
afterAll(async () => {
  await door.drain(0.1);
  await house.close();
  await vendor.stop();
});

const get = (path: string, key = "sk-key", method = "GET") =>
  fetch(url + path, { method, headers: { authorization: `Bearer ${key}` } });
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url + path, {
    method: "POST",
    headers: { authorization: "Bearer sk-key", "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
const chat = (more: object = {}) => ({ model: "open", messages: [{ role: "user", content: "hi" }], ...more });

describe("a mistake of ours", () => {
  it("that cannot even be told costs its own connection, and the door stays open", async () => {
    await expect(get("/broken/header").then((answer) => answer.text())).rejects.toThrow();
    expect(complaints).toContain("an error could not be told");
    expect((await get("/health/liveliness")).status).toBe(200);
  });

  it("after the first words breaks the answer off, so that nobody takes it for whole", async () => {
    const answer = await get("/broken/late");
    await expect(answer.text()).rejects.toThrow();
    expect(complaints).toContain("a request failed with an unexpected error");
  });
});

describe("the door", () => {
  it("answers for the head alone without a body, and says of what it serves how it is asked", async () => {
    const head = await get("/health/liveliness", "sk-key", "HEAD");
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect((await get("/v1/chat/completions", "sk-key", "HEAD")).status).toBe(405);
    expect((await get("/v1/models", "sk-key", "OPTIONS")).status).toBe(405);
  });

  it("is found below its root, and not beside it", async () => {
    expect((await get("/base/health/liveliness")).status).toBe(200);
    expect((await get("/basement/health/liveliness")).status).toBe(404);
  });

  it("closes on whoever speaks no HTTP, also when the other side does not", async () => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let heard = "";
    socket.on("data", (piece: Buffer) => (heard += piece.toString()));
    socket.on("error", quiet);
    socket.write("NONSENSE\r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve).once("end", () => setTimeout(resolve, 1500)));
    socket.write("more");
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.write("more");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard).toContain("400 Bad Request");
    expect(socket.destroyed).toBe(true);
  });
});

describe("a key confined to some models", () => {
  beforeEach(() => {
    holder = { access: { all: false, names: new Set(["open"]), patterns: [] }, aliases: { mine: "open" } };
  });

  it("hears of no others: not in lists, not in health, not by their parameters, not by counting", async () => {
    for (const path of ["/v1/models", "/model/info", "/model_group/info", "/health"]) {
      const text = await (await get(path)).text();
      expect([path, text.includes("closed") || text.includes('"two"')]).toEqual([path, false]);
    }
    expect(await (await get("/v1/models")).text()).toContain('"mine"');
    expect((await get("/v1/models/closed")).status).toBe(404);
    expect((await get("/utils/supported_openai_params?model=closed")).status).toBe(404);
    expect((await get("/utils/supported_openai_params?model=mine")).status).toBe(200);
    expect((await post("/utils/token_counter", { model: "closed", prompt: "x" })).status).toBe(403);
    expect((await post("/v1/messages/count_tokens", { ...chat(), model: "closed" })).status).toBe(403);
  });

  it("is not told the vendor's key by anything", async () => {
    vendor.script([{ status: 401, json: { error: { message: "wrong key sk-vendor-secret-0123456789" } } }]);
    for (const path of ["/model/info", "/v1/models", "/health"])
      expect(await (await get(path, adminKey)).text()).not.toContain("sk-vendor-secret");
    holder = {};
    house.gateway.invalidateAll();
    const refused = await post("/v1/chat/completions", chat({ model: "refusing" }));
    expect(refused.status).toBe(401);
    expect(await refused.text()).not.toContain("sk-vendor-secret");
  });
});

describe("a key confined to some routes", () => {
  it("has those, by the names of their families or as they are, and no others", async () => {
    for (const [routes, path, status] of [
      [["info_routes"], "/v1/models", 200],
      [["info_routes"], "/utils/token_counter", 403],
      [["openai_routes"], "/utils/token_counter", 200],
      [["anthropic_routes"], "/utils/token_counter", 403],
      [["/v1/models"], "/models", 200],
      [["/v1/models"], "/v1/models/open", 403],
      [["/v1/models/*"], "/v1/models/open", 200],
      [["/v1/models/*"], "/v1/models", 403],
      [["constructor"], "/v1/models", 403],
    ] as const) {
      house.gateway.invalidateAll();
      holder = { routes };
      const answer = path.startsWith("/utils") ? await post(path, { model: "open", prompt: "x" }) : await get(path);
      expect([routes, path, answer.status]).toEqual([routes, path, status]);
    }
    holder = {};
  });
});

describe("a client's headers", () => {
  it("stay here, but for those that the vendor's declaration names", async () => {
    holder = {};
    await (
      await post("/v1/chat/completions", chat(), { "x-secret": "mine", cookie: "a=b", "x-forwarded-for": "1.2.3.4" })
    ).text();
    const sent = JSON.stringify(vendor.requests.at(-1)?.headers);
    for (const word of ["sk-key", "mine", "a=b", "1.2.3.4", "x-forwarded", "x-secret"])
      expect(sent).not.toContain(word);
  });
});

describe("a stream", () => {
  it("that the client leaves is called off at the vendor, and its record says so", async () => {
    const before = vendor.aborted;
    const { length } = house.records;
    vendor.script([{ steer: "tokens=1000;pace=5" }]);
    const leave = new AbortController();
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      signal: leave.signal,
      headers: { authorization: "Bearer sk-key", "content-type": "application/json" },
      body: JSON.stringify(chat({ stream: true })),
    });
    await answer.body?.getReader().read();
    leave.abort();
    await vendor.whenAborted(before + 1, 1000);
    for (let turn = 0; turn < 100 && house.records.length === length; turn++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(house.records.at(-1)).toMatchObject({ outcome: "abandoned", usage: { estimated: true } });
  });

  it("to a slow reader leaves no listener behind for each time that it had to wait", async () => {
    const warnings: string[] = [];
    const hear = (warning: Error): void => void warnings.push(warning.name);
    process.on("warning", hear);
    vendor.script([{ sse: Array.from({ length: 400 }, () => ({ id: "x".repeat(60_000), choices: [] })) }]);
    const answer = await post("/v1/chat/completions", chat({ stream: true }));
    const reader = answer.body?.getReader();
    let pieces = 0;
    for (let step = await reader?.read(); step && !step.done; step = await reader?.read())
      if (++pieces % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("warning", hear);
    expect(warnings).not.toContain("MaxListenersExceededWarning");
  });
});
