/** Where AWS's keys come from, each way against a service on this machine that stands in for AWS's own. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Identity, startIdentity } from "../../../test/identity.ts";
import { Secret } from "../../canonical/secret.ts";
import type { Draft } from "../draft.ts";
import { createWire, type Wire } from "../send.ts";
import { createSigners, type Signers } from "./index.ts";

let identity: Identity;
let wire: Wire;
let signers: Signers;
let folder: string;
let now: number;

beforeAll(async () => {
  identity = await startIdentity();
  wire = createWire();
  folder = mkdtempSync(join(tmpdir(), "aws-"));
});
afterAll(async () => {
  await wire.close();
  identity.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  identity.asked.length = 0;
  now = Date.UTC(2026, 0, 1);
  signers = createSigners({ send: wire.send, now: () => now });
});

const auth = { scheme: "aws-sigv4", service: "sagemaker", region: "aws_region_name" } as const;
const plain: Draft = {
  method: "POST",
  url: "https://runtime.example/endpoints/e/invocations",
  headers: {},
  body: "{}",
};
const keys = { aws_access_key_id: new Secret("AKIDGIVEN"), aws_secret_access_key: new Secret("given-secret") };
/** Nothing of the machine that the test runs on. */
const nowhere = () => ({
  aws_region_name: "eu-central-1",
  aws_config_file: join(folder, "none"),
  aws_credentials_file: join(folder, "none"),
  aws_ec2_metadata_disabled: "true",
  aws_sts_endpoint: identity.url,
});
const signed = async (settings: object): Promise<Record<string, string>> =>
  (await signers(auth, { owner: "d", settings: { ...nowhere(), ...settings } })(plain)).headers;
const who = (headers: Readonly<Record<string, unknown>> | undefined): string | undefined =>
  /Credential=([^/]+)\//.exec(String(headers?.["authorization"]))?.[1];

const lends = (id: string, hours = 1) =>
  identity.answer(() => [
    200,
    `<R xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Credentials><AccessKeyId>${id}</AccessKeyId>
     <SecretAccessKey>s/ec+ret</SecretAccessKey><SessionToken>tok/en==</SessionToken>
     <Expiration>${new Date(now + hours * 3_600_000).toISOString()}</Expiration></Credentials></R>`,
  ]);

it("given keys sign at once, with their session and region", () => {
  const settings = { ...nowhere(), ...keys, aws_session_token: new Secret("sess") };
  const ready = signers(auth, { owner: "d", settings })(plain);
  if (ready instanceof Promise) throw new Error("it waited");
  expect(ready.headers["authorization"]).toContain("Credential=AKIDGIVEN/20260101/eu-central-1/sagemaker/aws4_request");
  expect(ready.headers["x-amz-security-token"]).toBe("sess");
});

it("a key of the vendor's own goes as a bearer, where it takes one", () => {
  const sign = signers({ ...auth, orKey: true }, { owner: "d", settings: keys, key: new Secret("k") });
  expect(sign(plain)).toMatchObject({ headers: { authorization: "Bearer k" } });
});

describe("a role", () => {
  const role = { aws_role_name: "arn:aws:iam::1:role/r", aws_session_name: "me" };

  it("is taken with given keys, by a signed call, and again before its end", async () => {
    lends("ASIA1");
    const sign = signers(auth, { owner: "d", settings: { ...nowhere(), ...keys, ...role, aws_external_id: "x" } });
    const first = await sign(plain);
    expect(who(first.headers)).toBe("ASIA1");
    expect(first.headers["x-amz-security-token"]).toBe("tok/en==");
    expect(who(identity.asked[0]?.headers)).toBe("AKIDGIVEN");
    expect(identity.asked[0]?.headers.authorization).toContain("/eu-central-1/sts/aws4_request");
    expect(Object.fromEntries(new URLSearchParams(identity.asked[0]?.body))).toEqual({
      Action: "AssumeRole",
      Version: "2011-06-15",
      RoleArn: "arn:aws:iam::1:role/r",
      RoleSessionName: "me",
      ExternalId: "x",
    });
    expect(sign(plain)).not.toBeInstanceOf(Promise);
    lends("ASIA2", 3);
    now += 3_600_000;
    expect(who((await sign(plain)).headers)).toBe("ASIA2");
  });

  it("is taken by a web identity token, which needs no keys", async () => {
    lends("ASIAW");
    const path = join(folder, "web");
    writeFileSync(path, "aaa.bbb.ccc");
    expect(who(await signed({ ...role, aws_web_identity_token: new Secret(path) }))).toBe("ASIAW");
    expect(identity.asked[0]?.headers.authorization).toBeUndefined();
    expect(identity.asked[0]?.body).toContain("Action=AssumeRoleWithWebIdentity&Version=2011-06-15");
    expect(identity.asked[0]?.body).toContain("WebIdentityToken=aaa.bbb.ccc");
  });

  it("of the pod is taken by the token in its file", async () => {
    lends("ASIAP");
    const path = join(folder, "pod");
    writeFileSync(path, "ppp.ppp.ppp");
    const settings = { aws_role_arn: "arn:aws:iam::1:role/pod", aws_web_identity_token_file: new Secret(path) };
    expect(who(await signed(settings))).toBe("ASIAP");
    expect(identity.asked[0]?.body).toContain("role%2Fpod");
  });

  it("that is not granted is told, with the role and without the secret", async () => {
    identity.answer(() => [
      403,
      "<E><Error><Code>AccessDenied</Code><Message>given-secret may not sts:AssumeRole</Message></Error></E>",
    ]);
    await expect(signed({ ...keys, ...role })).rejects.toMatchObject({
      kind: "unauthenticated",
      source: "upstream",
      message: expect.stringContaining(
        "(403, *** may not sts:AssumeRole); check that its keys may take the role arn:aws:iam::1:role/r",
      ),
    });
  });

  it.each(["", "<AccessKeyId>A</AccessKeyId>", "<AccessKeyId>A\r\nx: y</AccessKeyId>"])(
    "answered with %j is an error",
    async (body) => {
      identity.answer(() => [200, body]);
      await expect(signed({ ...keys, ...role })).rejects.toMatchObject({ kind: "bad-gateway" });
    },
  );

  it("that has ended is taken anew when the vendor forbids", async () => {
    lends("ASIA1");
    const sign = signers(auth, { owner: "d", settings: { ...nowhere(), ...keys, ...role } });
    const first = await sign(plain);
    now += 60_000;
    expect(sign.forget?.(first, 403)).toBe(true);
    lends("ASIA2");
    expect(who((await sign(plain)).headers)).toBe("ASIA2");
  });
});

describe("a profile", () => {
  const files = (config: string, credentials: string) => {
    writeFileSync(join(folder, "config"), config);
    writeFileSync(join(folder, "credentials"), credentials);
    return { aws_config_file: join(folder, "config"), aws_credentials_file: new Secret(join(folder, "credentials")) };
  };
  const credentials =
    "# mine\n[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key=s\n\n[work]\r\naws_access_key_id=AKIDWORK\r\naws_secret_access_key = a/b=c\r\n";

  it("holds keys", async () => {
    expect(who(await signed({ ...files("", credentials), aws_profile_name: "work" }))).toBe("AKIDWORK");
    expect(who(await signed(files("", credentials)))).toBe("AKIDDEFAULT");
  });

  it("takes a role with the keys of another", async () => {
    lends("ASIAR");
    const config = "[profile prod]\nrole_arn = arn:aws:iam::1:role/prod\nsource_profile = work\nexternal_id = e\n";
    expect(who(await signed({ ...files(config, credentials), aws_profile_name: "prod" }))).toBe("ASIAR");
    expect(who(identity.asked[0]?.headers)).toBe("AKIDWORK");
    expect(identity.asked[0]?.body).toContain("ExternalId=e");
  });

  it.each([
    ["sso", "[profile sso]\nsso_session = x\n", "holds no keys of its own, and other ways to get them are not served"],
    ["nobody", "", "does not exist"],
    ["loop", "[profile loop]\nrole_arn = r\nsource_profile = loop\n", "holds no keys of its own"],
  ])("called %s that is of no use is told", async (name, config, why) => {
    await expect(signed({ ...files(config, credentials), aws_profile_name: name })).rejects.toThrow(why);
  });
});

describe("the surroundings", () => {
  const json = (id: string) =>
    JSON.stringify({
      AccessKeyId: id,
      SecretAccessKey: "s",
      Token: "t",
      Expiration: new Date(now + 3_600_000).toISOString(),
    });

  it("are a container's", async () => {
    identity.answer(() => [200, json("ASIAC")]);
    const path = join(folder, "pod-token");
    writeFileSync(path, "pod-authorization");
    const settings = {
      aws_container_credentials_full_uri: `${identity.url}/v1/credentials`,
      aws_container_authorization_token_file: new Secret(path),
    };
    expect(who(await signed(settings))).toBe("ASIAC");
    expect(identity.asked[0]).toMatchObject({ path: "/v1/credentials" });
    expect(identity.asked[0]?.headers.authorization).toBe("pod-authorization");
  });

  it("are not asked for keys over the open net", async () => {
    for (const uri of ["http://keys.example/", "http://127.keys.example/", "http://169.254.170.2.example/"])
      await expect(signed({ aws_container_credentials_full_uri: uri })).rejects.toMatchObject({ kind: "forbidden" });
  });

  it("are a machine's, which is asked in two steps", async () => {
    identity.answer(({ method, path, headers }) => {
      if (method === "PUT") return [200, "session-token"];
      if (headers["x-aws-ec2-metadata-token"] !== "session-token") return [401, ""];
      return [200, path.endsWith("/security-credentials/") ? "my-role\n" : json("ASIAM")];
    });
    const settings = { aws_ec2_metadata_disabled: "false", aws_ec2_metadata_service_endpoint: identity.url };
    expect(who(await signed(settings))).toBe("ASIAM");
    expect(identity.asked.map(({ path }) => path)).toEqual([
      "/latest/api/token",
      "/latest/meta-data/iam/security-credentials/",
      "/latest/meta-data/iam/security-credentials/my-role",
    ]);
  });

  it("that have nothing are told, with what to do", async () => {
    await expect(signed({})).rejects.toThrow(
      "no token for d: there are no keys of AWS; give aws_access_key_id and aws_secret_access_key, or a role (aws_role_name)",
    );
  });
});
