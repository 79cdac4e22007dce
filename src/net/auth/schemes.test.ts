/** Every scheme against identity services on this machine: what they are asked, what leaves for the vendor, what is told when they refuse. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Identity, startIdentity } from "../../../test/identity.ts";
import { Secret } from "../../canonical/secret.ts";
import type { Draft } from "../draft.ts";
import { createWire, type Wire } from "../send.ts";
import { createSigners, type Signers } from "./index.ts";

let identity: Identity;
let base: string;
let wire: Wire;
let now = Date.UTC(2026, 0, 1);
let signers: Signers;
let folder: string;

beforeAll(async () => {
  identity = await startIdentity();
  base = identity.url;
  wire = createWire();
  folder = mkdtempSync(join(tmpdir(), "auth-"));
});

afterAll(async () => {
  await wire.close();
  identity.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  identity.asked.length = 0;
  signers = createSigners({ send: wire.send, now: () => now });
});
afterEach(() => {
  now = Date.UTC(2026, 0, 1);
});

const plain = (url = "https://vendor.example/v1/chat"): Draft => ({
  method: "POST",
  url,
  headers: { a: "b" },
  body: "{}",
});
const giving = (token: string, more: object = {}) => {
  identity.answer(() => [200, JSON.stringify({ access_token: token, expires_in: 3600, ...more })]);
};

const client = {
  scheme: "client-credentials",
  id: "client_id",
  secret: "client_secret",
  assertion: "assertion",
  tenant: "tenant_id",
  at: { base: "https://login.example", setting: "authority", path: "/{tenant}/oauth2/v2.0/token" },
  scope: "all/.default",
  scopeSetting: "wanted",
  key: { scheme: "header", name: "api-key" },
} as const;
const settings = () => ({
  tenant_id: "a/b",
  client_id: "me",
  client_secret: new Secret("very-secret-indeed"),
  authority: base,
});

describe("client credentials", () => {
  it("are exchanged once, and then sign at once", async () => {
    giving("t1");
    const sign = signers(client, { owner: "d", settings: settings() });
    const [first, second] = await Promise.all([sign(plain()), sign(plain())]);
    expect(first.headers).toEqual({ a: "b", authorization: "Bearer t1" });
    expect(second.headers).toEqual(first.headers);
    expect(sign(plain())).toEqual(first);
    expect(identity.asked).toHaveLength(1);
    expect(identity.asked[0]).toMatchObject({ method: "POST", path: "/a%2Fb/oauth2/v2.0/token" });
    expect(Object.fromEntries(new URLSearchParams(identity.asked[0]?.body))).toEqual({
      grant_type: "client_credentials",
      scope: "all/.default",
      client_id: "me",
      client_secret: "very-secret-indeed",
    });
  });

  it("are exchanged once for all deployments that have the same, and for each that has others", async () => {
    giving("t");
    await signers(client, { owner: "d1", settings: settings() })(plain());
    expect(signers(client, { owner: "d2", settings: settings() })(plain())).not.toBeInstanceOf(Promise);
    await signers(client, { owner: "d3", settings: { ...settings(), wanted: "less" } })(plain());
    expect(identity.asked).toHaveLength(2);
    expect(identity.asked[1]?.body).toContain("scope=less");
  });

  it("go as user name and password to the vendor's own host, where it wants them so", async () => {
    giving("t");
    const auth = { ...client, at: { path: "/oidc/v1/token" }, tenant: undefined, basic: true, first: true };
    const { tenant: _, ...basic } = auth;
    const holder = { owner: "d", settings: settings(), apiBase: `${base}/serving-endpoints`, key: new Secret("pat") };
    expect((await signers(basic, holder)(plain())).headers["authorization"]).toBe("Bearer t");
    expect(identity.asked[0]?.path).toBe("/oidc/v1/token");
    expect(identity.asked[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from("me:very-secret-indeed").toString("base64")}`,
    );
    expect(identity.asked[0]?.body).toBe("grant_type=client_credentials&scope=all%2F.default");
  });

  it("may be a signed token in a file, read anew for each exchange", async () => {
    giving("t");
    const path = join(folder, "federated");
    const { client_secret: _, ...rest } = settings();
    const sign = signers(client, { owner: "d", settings: { ...rest, assertion: path } });
    writeFileSync(path, "aaa.bbb.ccc\n");
    await sign(plain());
    writeFileSync(path, "ddd.eee.fff");
    now += 3_600_000;
    await sign(plain());
    expect(identity.asked.map(({ body }) => new URLSearchParams(body).get("client_assertion"))).toEqual([
      "aaa.bbb.ccc",
      "ddd.eee.fff",
    ]);
  });

  it("give way to a key", () => {
    const sign = signers(client, { owner: "d", settings: settings(), key: new Secret("k") });
    expect(sign(plain())).toMatchObject({ headers: { "api-key": "k" } });
  });

  it("that are not all there are told, with what is needed", () => {
    const sign = signers(client, { owner: "d7", settings: { client_id: "me" } });
    expect(() => sign(plain())).toThrow(
      "no key is configured for d7; give it an api_key, or tenant_id, client_id and client_secret",
    );
  });

  it("that are refused are told in the deployment's name, without the secret", async () => {
    identity.answer(() => [
      401,
      JSON.stringify({
        error: "invalid_client",
        error_description: "AADSTS7000215: bad very-secret-indeed\r\nTrace: x",
      }),
    ]);
    const sign = signers(client, { owner: "d7", settings: settings() });
    const error: unknown = await Promise.resolve(sign(plain())).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: "unauthenticated", source: "upstream", status: 401 });
    expect(String(error)).toContain(
      `no token for d7: ${new URL(base).host} refused it (401, invalid_client: AADSTS7000215: bad ***); check tenant_id, client_id, client_secret`,
    );
  });

  it.each([
    ["nothing", 200, "", "bad-gateway"],
    ["no token", 200, '{"access_token":7}', "bad-gateway"],
    ["a token with another header in it", 200, '{"access_token":"a\\r\\nx: y"}', "bad-gateway"],
    ["a page", 200, "<html>", "bad-gateway"],
    ["too much", 200, JSON.stringify({ access_token: "a".repeat(300_000) }), "bad-gateway"],
    ["a redirect", 302, "", "bad-gateway"],
    ["that it is busy", 429, "{}", "rate-limited"],
    ["that it is down", 503, "down", "overloaded"],
  ])("answered with %s are an error, and asked for again", async (_, status, body, kind) => {
    identity.answer(() => [status, body]);
    const sign = signers(client, { owner: "d", settings: settings() });
    await expect(sign(plain())).rejects.toMatchObject({ kind, source: "upstream" });
    giving("t");
    expect((await sign(plain())).headers["authorization"]).toBe("Bearer t");
  });

  it("are told to have nobody to ask", async () => {
    const sign = signers(client, { owner: "d", settings: { ...settings(), authority: "http://127.0.0.1:1" } });
    await expect(sign(plain())).rejects.toMatchObject({ kind: "unreachable" });
  });

  it("bring another token when the vendor refuses one that is not new", async () => {
    giving("t1");
    const sign = signers(client, { owner: "d", settings: settings() });
    const signed = await sign(plain());
    expect(sign.secret?.()).toBe("t1");
    expect(sign.forget?.(signed, 401)).toBe(false);
    now += 60_000;
    expect(sign.forget?.(signed, 403)).toBe(false);
    expect(sign.forget?.(plain(), 401)).toBe(false);
    expect(sign.forget?.(signed, 401)).toBe(true);
    giving("t2");
    expect((await sign(plain())).headers["authorization"]).toBe("Bearer t2");
  });
});

describe("an API key of IBM's", () => {
  const auth = { scheme: "ibm-iam", url: "https://iam.example", urlSetting: "iam", zenSetting: "zen" } as const;

  it("is exchanged", async () => {
    giving("iam-token");
    const sign = signers(auth, {
      owner: "d",
      settings: { iam: `${base}/identity/token` },
      key: new Secret("apikey-1"),
    });
    expect((await sign(plain())).headers["authorization"]).toBe("Bearer iam-token");
    expect(identity.asked[0]).toMatchObject({
      path: "/identity/token",
      body: "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey&apikey=apikey-1",
    });
  });

  it("that is refused is told in IBM's words", async () => {
    identity.answer(() => [
      400,
      JSON.stringify({ errorCode: "BXNIM0415E", errorMessage: "Provided API key could not be found." }),
    ]);
    const sign = signers(auth, { owner: "d", settings: { iam: base }, key: new Secret("apikey-1") });
    await expect(sign(plain())).rejects.toThrow(/\(400, Provided API key could not be found\.\); check the API key/);
  });

  it("of a house of one's own goes as it is", () => {
    const sign = signers(auth, { owner: "d", settings: { zen: new Secret("zzz") } });
    expect(sign(plain())).toMatchObject({ headers: { authorization: "ZenApiKey zzz" } });
  });
});

describe("GitHub Copilot", () => {
  const usual = "https://copilot.example";
  const auth = {
    scheme: "github-copilot",
    url: "https://api.example",
    urlSetting: "url",
    fileSetting: "file",
    headers: { "editor-version": "x/1" },
  } as const;
  const copilot = (more: object = {}) => {
    identity.answer(() => [200, JSON.stringify({ token: "tid=1;exp=2", refresh_in: 1500, ...more })]);
  };

  it("takes the token that a sign-in has left in a file, and goes where the answer says", async () => {
    copilot({ endpoints: { api: "https://api.business.githubcopilot.com" } });
    const path = join(folder, "access-token");
    writeFileSync(path, "gho_abc\n");
    const sign = signers(auth, { owner: "d", settings: { url: `${base}/t`, file: new Secret(path) }, baseUrl: usual });
    expect(await sign(plain(`${usual}/chat/completions`))).toMatchObject({
      url: "https://api.business.githubcopilot.com/chat/completions",
      headers: { authorization: "Bearer tid=1;exp=2" },
    });
    expect(identity.asked[0]).toMatchObject({ method: "GET", path: "/t" });
    expect(identity.asked[0]?.headers).toMatchObject({ authorization: "token gho_abc", "editor-version": "x/1" });
  });

  it.each([
    ["http://api.githubcopilot.com"],
    ["https://githubcopilot.com.evil.example"],
    ["https://169.254.169.254"],
    ["nonsense"],
    [7],
  ])("does not go to %s, whoever says so", async (api) => {
    copilot({ endpoints: { api } });
    const holder = { owner: "d", settings: { url: base }, key: new Secret("ghu_x"), baseUrl: usual };
    expect((await signers(auth, holder)(plain(`${usual}/a`))).url).toBe(`${usual}/a`);
  });

  it("stays where the operator has put it", async () => {
    copilot({ endpoints: { api: "https://api.business.githubcopilot.com" } });
    const own = "https://proxy.example";
    const holder = { owner: "d", settings: { url: base }, key: new Secret("ghu_x"), baseUrl: usual, apiBase: own };
    expect((await signers(auth, holder)(plain(`${own}/a`))).url).toBe(`${own}/a`);
  });

  it("sends a key that is Copilot's already as it is", () => {
    const sign = signers(auth, { owner: "d", settings: {}, key: new Secret("tid=9") });
    expect(sign(plain())).toMatchObject({ headers: { authorization: "Bearer tid=9" } });
  });

  it("says what to do where nobody has signed in", async () => {
    const sign = signers(auth, { owner: "d", settings: { url: base, file: join(folder, "none") } });
    await expect(sign(plain())).rejects.toThrow(/none cannot be read; sign in to GitHub Copilot once/);
    expect(identity.asked).toEqual([]);
  });
});
