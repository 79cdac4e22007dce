/** AWS's own test suite for its signature: https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite/v4 */

import { describe, expect, it } from "vitest";
import type { Draft } from "../draft.ts";
import { awsSignature } from "./aws-signature.ts";

/** The example of AWS's documentation; nobody's. */
const credentials = { id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const at = Date.UTC(2015, 7, 30, 12, 36, 0);
const sign = awsSignature({ region: "us-east-1", service: "service" });
const draft = (method: Draft["method"], path: string, more: Partial<Draft> = {}): Draft => ({
  method,
  url: `https://example.amazonaws.com${path}`,
  headers: {},
  ...more,
});
const signatureOf = ({ headers }: Draft): string | undefined =>
  /Signature=(\w+)$/.exec(headers["authorization"] ?? "")?.[1];

describe("a request is signed as in AWS's suite", () => {
  it.each<[string, Draft["method"], string, string]>([
    ["get-vanilla", "GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    [
      "get-unreserved",
      "GET",
      "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
      "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    ],
    [
      "get-vanilla-query-order-key-case",
      "GET",
      "/?Param2=value2&Param1=value1",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
    [
      "get-vanilla-query-order-encoded",
      "GET",
      "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
      "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
    ],
    ["get-vanilla-utf8-query", "GET", "/?ሴ=bar", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"],
    ["post-vanilla", "POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
    [
      "post-vanilla-query",
      "POST",
      "/?Param1=value1",
      "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
    ],
  ])("%s", (_, method, path, expected) => {
    const signed = sign(draft(method, path), credentials, at);
    expect(signatureOf(signed)).toBe(expected);
    expect(signed.headers["x-amz-date"]).toBe("20150830T123600Z");
    expect(signed.headers["authorization"]).toContain(
      "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, ",
    );
  });

  it("post-x-www-form-urlencoded, with its body and its type", () => {
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "*/*" };
    const signed = sign(draft("POST", "/", { headers, body: "Param1=value1" }), credentials, at);
    expect(signatureOf(signed)).toBe("ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
    expect(signed.headers["accept"]).toBe("*/*");
  });

  it("get-vanilla-with-session-token, which is signed and sent", () => {
    const session = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
    const signed = sign(draft("GET", "/"), { ...credentials, session }, at);
    expect(signatureOf(signed)).toBe("07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8");
    expect(signed.headers["x-amz-security-token"]).toBe(session);
  });

  it("the example of the documentation, ListUsers of IAM", () => {
    const iam = awsSignature({ region: "us-east-1", service: "iam" });
    const url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    const signed = iam({ method: "GET", url, headers }, credentials, at);
    expect(signatureOf(signed)).toBe("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
  });
});

it("signs a body of bytes as the same text", () => {
  const text = sign(draft("POST", "/", { body: '{"é":1}' }), credentials, at);
  const bytes = sign(draft("POST", "/", { body: new TextEncoder().encode('{"é":1}') }), credentials, at);
  expect(signatureOf(bytes)).toBe(signatureOf(text));
});

it("makes another key for another day and for other keys", () => {
  const first = signatureOf(sign(draft("GET", "/"), credentials, at));
  expect(signatureOf(sign(draft("GET", "/"), credentials, at + 86_400_000))).not.toBe(first);
  expect(signatureOf(sign(draft("GET", "/"), { ...credentials, secret: "other" }, at))).not.toBe(first);
  expect(signatureOf(sign(draft("GET", "/"), credentials, at))).toBe(first);
});

it("signs a path encoded once more than it is sent, as every service but S3 does", () => {
  // "get-space-unnormalized" of the suite, which signs it as it is sent.
  const once = "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741";
  expect(signatureOf(sign(draft("GET", "/example%20space/"), credentials, at))).not.toBe(once);
});
