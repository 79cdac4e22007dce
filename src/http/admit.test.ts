/** The operator's rules of access, at a door with a house of real parts behind it. */
import { afterEach, describe, expect, it } from "vitest";
import { adminKey, callerOf, configOf, type House, houseOf } from "../../test/house.ts";
import type { AccessConfig } from "../config/config.ts";
import { endpoints } from "./endpoints.ts";
import { healthRoutes } from "./health.ts";
import type { Route } from "./incoming.ts";
import { modelRoutes } from "./models.ts";
import { createDoor, type Door } from "./server.ts";
import { createTable } from "./table.ts";

const quiet = (): undefined => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
let house: House;
let door: Door;
let url: string;
afterEach(async () => {
  await door.drain(0.1);
  await house.close();
});

const administrators: Route = {
  method: "GET",
  paths: ["/closed"],
  access: "admin",
  family: "management",
  run: async ({ response }) => void response.end(),
};

async function open(access: Partial<AccessConfig>): Promise<void> {
  house = houseOf({
    deployments: [configOf("mock", "echo", { mock: "well" })],
    access,
    findKey: async (keyId) => callerOf({ keyId }),
  });
  const health = healthRoutes({ database: async () => true, draining: () => false });
  const table = createTable([...endpoints, ...modelRoutes, ...health, administrators]);
  door = createDoor({ table, gateway: () => house.gateway, log, root: "", connections: 100 });
  url = `http://127.0.0.1:${(await door.listen("127.0.0.1", 0)).port}`;
}

const admin = { authorization: `Bearer ${adminKey}` };
const key = { authorization: "Bearer sk-somebody-0123456789" };

async function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const answer = await fetch(url + path, { headers });
  await answer.text();
  return answer.status;
}

async function chat(headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] });
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  await answer.text();
  return answer.status;
}

describe("a list of addresses", () => {
  it("closes every route but the probes to all others, administrators too, before a key is looked at", async () => {
    await open({ addresses: ["192.0.2.0/24"] });
    expect([await chat(admin), await get("/v1/models", admin), await get("/v1/models")]).toEqual([403, 403, 403]);
    expect(await get("/health/liveliness")).toBe(200);
  });

  it("lets in those that it names", async () => {
    await open({ addresses: ["127.0.0.1"] });
    expect([await chat(key), await get("/v1/models")]).toEqual([200, 401]);
  });

  it("believes what a proxy says only where there is one, and of that only what it saw itself", async () => {
    await open({ addresses: ["192.0.2.7"] });
    expect(await chat({ ...key, "x-forwarded-for": "192.0.2.7" })).toBe(403);
    await door.drain(0.1);
    await open({ addresses: ["192.0.2.7"], behindProxy: true });
    expect(await chat({ ...key, "x-forwarded-for": "10.0.0.1, 192.0.2.7" })).toBe(200);
    expect(await chat({ ...key, "x-forwarded-for": "192.0.2.7, 10.0.0.1" })).toBe(403);
    expect(await chat(key)).toBe(403);
  });
});

describe("a list of routes", () => {
  it("closes all others, to administrators too", async () => {
    await open({ routes: ["/v1/models", "/v1/models/*"] });
    expect([await get("/v1/models", key), await get("/v1/models/m", key)]).toEqual([200, 200]);
    expect([await chat(key), await chat(admin)]).toEqual([403, 403]);
    expect(await get("/health/readiness")).toBe(200);
  });

  it("may name a group of them", async () => {
    await open({ routes: ["llm_api_routes"] });
    expect([await chat(key), await get("/v1/models", key)]).toEqual([200, 403]);
  });

  it("for administrators is closed to keys", async () => {
    await open({ adminRoutes: ["/v1/models"], openRoutes: ["/v1/models"] });
    expect([await get("/v1/models", key), await get("/v1/models"), await get("/v1/models", admin)]).toEqual([
      403, 401, 200,
    ]);
    // The same route by its other name.
    expect(await get("/models", key)).toBe(403);
  });

  it("for everybody asks for no key, with whatever key it is asked, and opens nothing of administrators'", async () => {
    await open({ openRoutes: ["/v1/chat/completions", "/closed"] });
    expect([await chat(), await chat({ authorization: "Bearer nonsense" })]).toEqual([200, 200]);
    expect(await get("/v1/models")).toBe(401);
    expect([await get("/closed"), await get("/closed", key), await get("/closed", admin)]).toEqual([401, 403, 200]);
    expect(house.records.map(({ keyId }) => keyId)).toEqual(["anonymous", "anonymous"]);
    await chat(admin);
    expect(house.records.at(-1)?.keyId).toBe("admin");
  });
});
