/** Where a key is looked for, and in which order. */
import { expect, it } from "vitest";
import { credentialOf } from "./credential.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

it.each([
  [{ authorization: "Bearer sk-1" }, "sk-1"],
  [{ authorization: "bearer  sk-1 " }, "sk-1"],
  [{ authorization: "BEARER sk-1" }, "sk-1"],
  [{ authorization: "sk-1" }, "sk-1"],
  [{ authorization: `Basic ${base64("user:sk-1")}` }, "sk-1"],
  [{ authorization: `basic ${base64("user:sk:1")}` }, "sk:1"],
  [{ "api-key": "sk-1" }, "sk-1"],
  [{ "x-api-key": "sk-1" }, "sk-1"],
  [{ "x-goog-api-key": "sk-1" }, "sk-1"],
  [{ "ocp-apim-subscription-key": "sk-1" }, "sk-1"],
  [{ "x-litellm-api-key": "Bearer sk-1" }, "sk-1"],
  [{ "x-mine": "Bearer sk-1" }, "sk-1"],
  [{}, undefined],
  [{ authorization: "" }, undefined],
])("%j carries %s", (headers, expected) => {
  expect(credentialOf(headers, "x-mine")).toBe(expected);
});

it("believes the gateway's own header before all others", () => {
  const all = { "x-litellm-api-key": "sk-own", authorization: "Bearer sk-usual", "x-api-key": "sk-other" };
  expect(credentialOf(all, undefined)).toBe("sk-own");
  expect(credentialOf({ ...all, "x-litellm-api-key": "" }, undefined)).toBe("sk-usual");
});
