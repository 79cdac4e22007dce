/** Whatever comes over the wire: strange paths, methods, heads and speeds get an answer that says what is wrong, and reach nothing they should not. */
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../fake/fake-vendor.ts";
import { leaksIn } from "./doors.ts";
import { adminKey, modelsAt, type Running, startGateway } from "./gateway.ts";
import { requestText, say } from "./raw.ts";

let vendor: FakeVendor;
let gateway: Running;
let key: string;

beforeAll(async () => {
  vendor = await startFakeVendor();
  gateway = await startGateway({
    config: {
      model_list: modelsAt(vendor.url, { gpt: "openai/gpt-fake" }),
      general_settings: { master_key: adminKey },
    },
  });
  key = await gateway.newKey();
});
afterAll(async () => {
  await gateway?.stop();
  await vendor?.stop();
});
afterEach(async () => {
  const served = await gateway.post("/v1/chat/completions", chat, key);
  expect(served.status).toBe(200);
  await served.text();
  expect(leaksIn(gateway.output())).toEqual([]);
});

const chat = { model: "gpt", messages: [{ role: "user", content: "hi" }] };
const bearer = (credential = key) => ({ authorization: `Bearer ${credential}` });
const json = () => ({ ...bearer(), "content-type": "application/json" });

describe("paths", () => {
  it("that lead nowhere are told so", async () => {
    for (const path of [
      "/v2/chat/completions",
      "/v1/chat",
      "/v1/chat/completions/",
      "/admin",
      "/v1/chat/completions/x",
    ]) {
      const answer = await gateway.post(path, chat, key);
      expect(answer.status, path).toBe(404);
      expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining(path) } });
    }
  });

  it("that a proxy might read in another way are not read at all", async () => {
    const tricks = [
      "/v1/../key/generate",
      "/v1/chat/completions/../../../key/generate",
      "/v1/%2e%2e/key/generate",
      "/%2e%2e/key/generate",
      "/v1/..%2fkey/generate",
      "//key/generate",
      "/key//generate",
      "/key%2fgenerate",
      "/key/generate%00",
      "/key/generate;x=1",
      "/key/generate/",
      "/KEY/GENERATE",
      "/key\\generate",
      "/key/generate%20",
      "/./key/generate",
      "key/generate",
      "*",
      "http://evil.example/key/generate",
      "http://127.0.0.1/key/generate",
    ];
    for (const trick of tricks) {
      const heard = await say(gateway.url, requestText(`POST ${trick}`, json(), "{}"));
      expect([400, 403, 404, 405], `${trick}: ${heard.text}`).toContain(heard.status);
      expect(heard.body).not.toContain('"key":"sk-');
      expect(leaksIn(heard.body)).toEqual([]);
    }
  });

  it("in the way that a model's name may stand in them lead to that model and nowhere else", async () => {
    for (const model of ["..%2f..%2fkey", "../../key", "%00", "%", "%zz", "a%0d%0ax-evil:1", "gpt%2f..%2fgpt"]) {
      const heard = await say(
        gateway.url,
        requestText(`POST /engines/${model}/chat/completions`, json(), JSON.stringify(chat)),
      );
      expect([400, 404], `${model}: ${heard.text}`).toContain(heard.status);
      expect(heard.head.toLowerCase()).not.toContain("\r\nx-evil");
      expect((await say(gateway.url, requestText(`GET /v1/models/${model}`, json()))).status).toBe(404);
    }
  });

  it("of the administration are closed to keys, and to nobody at all", async () => {
    const ways = ["POST /key/generate", "POST /key/delete", "POST /key/update", "POST /key/block"];
    for (const way of ways) {
      const body = way.startsWith("POST") ? "{}" : undefined;
      const withKey = await say(gateway.url, requestText(way, json(), body));
      expect([401, 403], `${way}: ${withKey.text}`).toContain(withKey.status);
      expect((await say(gateway.url, requestText(way, { "content-type": "application/json" }, body))).status).toBe(401);
    }
  });

  it("that are very long are refused", async () => {
    const answer = await fetch(`${gateway.url}/${"x".repeat(10_000)}`, { headers: bearer() });
    expect(answer.status).toBe(404);
    expect((await answer.text()).length).toBeLessThan(1000);
    const heard = await say(gateway.url, requestText(`GET /${"x".repeat(100_000)}`, bearer()));
    expect(heard.status).toBe(431);
  });
});

describe("methods", () => {
  it("that nobody knows are refused, and TRACE and CONNECT reach nothing", async () => {
    for (const method of ["TRACE", "PROPFIND", "OPTIONS"]) {
      const heard = await say(gateway.url, requestText(`${method} /v1/chat/completions`, bearer()));
      expect([400, 404, 405, 501], heard.text).toContain(heard.status);
      expect(heard.text).not.toContain(key);
    }
    const connected = await say(gateway.url, requestText("CONNECT 127.0.0.1:22", bearer()));
    expect(connected.status).not.toBe(200);
    expect((await say(gateway.url, requestText("BREW /v1/models", bearer()))).status).toBe(400);
  });

  it("HEAD and OPTIONS are answered on every route, without a body or with what is allowed", async () => {
    const { paths } = (await (await gateway.get("/openapi.json")).json()) as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const known = Object.entries(paths);
    expect(known.length).toBeGreaterThan(30);
    const operations = known.flatMap(([, methods]) => Object.values(methods).map(({ operationId }) => operationId));
    expect(new Set(operations).size).toBe(operations.length);
    for (const [path, methods] of known) {
      const asked = path.replace(/\{[^}]+\}/g, "x");
      const allowed = Object.keys(methods).map((method) => method.toUpperCase());
      const options = await fetch(gateway.url + asked, { method: "OPTIONS", headers: bearer() });
      expect(options.status, path).toBe(405);
      for (const method of allowed) expect(options.headers.get("allow")?.split(", "), path).toContain(method);
      await options.text();
      const head = await say(gateway.url, requestText(`HEAD ${asked}`, { ...bearer(), connection: "close" }));
      expect(head.body, path).toBe("");
      if (!allowed.includes("GET")) expect([head.status, /\r\nallow: \S/i.test(head.head)]).toEqual([405, true]);
      else expect(head.status, path).not.toBe(405);
    }
  });

  it("HEAD is answered without a body", async () => {
    const answer = await fetch(`${gateway.url}/health/liveliness`, { method: "HEAD" });
    expect([200, 405]).toContain(answer.status);
    expect(await answer.text()).toBe("");
  });
});

describe("heads", () => {
  it("that are huge are refused", async () => {
    const heard = await say(gateway.url, requestText("GET /v1/models", { ...bearer(), "x-long": "x".repeat(70_000) }));
    expect(heard.status).toBe(431);
    expect(JSON.parse(heard.body)).toMatchObject({ error: { message: expect.any(String) } });
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`x-${n}`, "1"]));
    expect([200, 431]).toContain(
      (await say(gateway.url, requestText("GET /v1/models", { ...bearer(), ...many }))).status,
    );
  });

  it("that no two servers would read alike are refused", async () => {
    const body = JSON.stringify(chat);
    const smuggled = `0\r\n\r\nGET /key/list HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n\r\n`;
    const both = await say(gateway.url, [
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n${smuggled}`,
    ]);
    expect(both.status).toBe(400);
    const odd = [
      `content-length: ${body.length}\r\ncontent-length: 1`,
      "content-length: -1",
      "content-length: 1e3",
      "content-length: +5",
      "transfer-encoding: chunked, identity",
      "transfer-encoding: xchunked",
      `x: 1\r\n folded: ${"y"}`,
      "bad header: 1",
      "x-zero: a\u0000b",
    ];
    for (const line of odd) {
      const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n${line}\r\n\r\n`;
      const heard = await say(gateway.url, [head, body]);
      expect([400, 501], `${line}: ${heard.text}`).toContain(heard.status);
      expect(heard.closed || heard.head.toLowerCase().includes("connection: close"), line).toBe(true);
    }
  });

  it("that are no HTTP get an answer in HTTP", async () => {
    for (const noise of [
      "\u0016\u0003\u0001\u0002\u0000\u0001",
      "hello\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "\r\n\r\n\r\nx\r\n\r\n",
    ]) {
      const heard = await say(gateway.url, [noise]);
      expect(heard.status).toBe(400);
      expect(JSON.parse(heard.body)).toMatchObject({ error: { code: "400" } });
    }
  });

  it("cannot name a vendor's key, another vendor, or whom to be", async () => {
    const before = vendor.requests.length;
    const headers = {
      "x-litellm-api-base": "http://127.0.0.1:1",
      "x-forwarded-host": "evil.example",
      "x-original-url": "/key/generate",
      "x-rewrite-url": "/key/generate",
      "x-http-method-override": "DELETE",
      "x-forwarded-for": "127.0.0.1",
      "openai-organization": "org-evil",
      cookie: "session=admin",
      "proxy-authorization": "Bearer x",
    };
    const answer = await gateway.post("/v1/chat/completions", chat, key, headers);
    expect(answer.status).toBe(200);
    const seen = vendor.requests[before];
    expect(seen?.headers.authorization).toBe("Bearer fake-vendor-key");
    for (const name of Object.keys(headers)) expect(seen?.headers).not.toHaveProperty(name);
    expect(JSON.stringify(seen?.headers)).not.toContain(key);
  });
});

describe("bodies", () => {
  it("that come byte by byte hold nobody up, and are read whole", async () => {
    const text = JSON.stringify(chat);
    const [head = ""] = requestText("POST /v1/chat/completions", json(), text);
    const slow = say(gateway.url, [head, ...text.split("")], 10_000);
    expect((await gateway.post("/v1/chat/completions", chat, key)).status).toBe(200);
    expect((await slow).status).toBe(200);
  });

  it("that never end hold nobody up", async () => {
    const [head = ""] = requestText("POST /v1/chat/completions", { ...json(), "content-length": "1000000" }, "");
    const slow = Array.from({ length: 200 }, () =>
      say(gateway.url, [head, "{"], 1500).catch((error: Error) => error.message),
    );
    const start = performance.now();
    for (let turn = 0; turn < 20; turn++)
      expect((await gateway.post("/v1/chat/completions", chat, key)).status).toBe(200);
    expect(performance.now() - start).toBeLessThan(1500);
    for (const one of await Promise.all(slow)) expect(one).toContain("no whole answer");
  });

  it("that stop in the middle are no request", async () => {
    const before = vendor.received;
    const text = JSON.stringify(chat);
    const half = requestText(
      "POST /v1/chat/completions",
      { ...json(), "content-length": String(text.length) },
      text.slice(0, 20),
    );
    await say(gateway.url, half, 200).catch(() => undefined);
    expect(vendor.received).toBe(before);
  });

  it("with broken chunks are refused", async () => {
    const [head = ""] = requestText("POST /v1/chat/completions", { ...json(), "transfer-encoding": "chunked" }, "");
    for (const chunk of ["zz\r\n{}\r\n0\r\n\r\n", "-5\r\n{}\r\n", "fffffffffffffffff\r\n{}"])
      expect((await say(gateway.url, [head, chunk])).status).toBe(400);
  });
});

describe("connections", () => {
  it("that say nothing, by the thousand, hold nobody up and cost little", async () => {
    const { hostname, port } = new URL(gateway.url);
    const idle = Array.from({ length: 4000 }, () => connect({ host: hostname, port: Number(port) }));
    await Promise.all(
      idle.map((socket) => new Promise((resolve) => socket.on("error", resolve).once("connect", resolve))),
    );
    const start = performance.now();
    for (let turn = 0; turn < 10; turn++)
      expect((await gateway.post("/v1/chat/completions", chat, key)).status).toBe(200);
    expect(performance.now() - start).toBeLessThan(3000);
    for (const socket of idle) socket.destroy();
  });
});

describe("limits", () => {
  it("that are no numbers, or none that make sense, are refused by name", async () => {
    const wrong: readonly [string, string][] = [
      ["max_budget", "-1"],
      ["max_budget", '"five"'],
      ["max_budget", "1e400"],
      ["max_budget", "[5]"],
      ["rpm_limit", "-1"],
      ["rpm_limit", "1.5"],
      ["rpm_limit", '"NaN"'],
      ["tpm_limit", "-1"],
      ["tpm_limit", "{}"],
      ["max_parallel_requests", "-1"],
      ["max_parallel_requests", "1e99"],
      ["budget_duration", '"soon"'],
      ["budget_duration", '"-1d"'],
      ["budget_duration", '"NaNd"'],
      ["duration", '"never"'],
      ["models", '"gpt"'],
      ["models", "[5]"],
      ["metadata", "5"],
      ["spend", "-1"],
    ];
    for (const [name, value] of wrong) {
      const answer = await gateway.post("/key/generate", `{"${name}": ${value}}`);
      const said = await answer.text();
      expect([400, 422], `${name} ${value}: ${said}`).toContain(answer.status);
      expect(said).toContain(name);
      expect(leaksIn(said)).toEqual([]);
    }
    expect((await gateway.post("/key/generate", '{"max_budget": NaN}')).status).toBe(400);
  });

  it("of no requests, no tokens and no money let nothing pass", async () => {
    for (const none of [{ rpm_limit: 0 }, { tpm_limit: 0 }, { max_parallel_requests: 0 }])
      expect(
        (await gateway.post("/v1/chat/completions", chat, await gateway.newKey(none))).status,
        JSON.stringify(none),
      ).toBe(429);
  });

  it("keys are found by what they are, not by what a database would make of them", async () => {
    for (const odd of ["' OR 1=1 --", '{"contains":""}', "%", "*", "sk-%", "\u0000"]) {
      const answer = await gateway.get(`/key/info?key=${encodeURIComponent(odd)}`);
      expect([400, 404, 422], odd).toContain(answer.status);
      expect(leaksIn(await answer.text())).toEqual([]);
    }
    for (const odd of [{ contains: "" }, ["x"], 5, null, true]) {
      const answer = await gateway.post("/key/block", { key: odd });
      expect([400, 404, 422], JSON.stringify(odd)).toContain(answer.status);
    }
    for (const query of ["size=1e9", "size=-1", "page=NaN", "sort_by=token;drop", "sort_order=x'", "size=", "page=0"]) {
      const answer = await gateway.get(`/key/list?${query}`);
      expect([200, 400, 422], `${query}: ${answer.status}`).toContain(answer.status);
    }
  });
});
