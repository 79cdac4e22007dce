/** How a vendor is asked for an answer that it keeps. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type FakeVendor, startFakeVendor } from "../../test/fake/fake-vendor.ts";
import { deploymentOf, type House, houseOf, refusalOf } from "../../test/house.ts";
import { Cancel } from "../canonical/cancel.ts";

let vendor: FakeVendor;
let house: House;
beforeAll(async () => {
  vendor = await startFakeVendor();
});
afterEach(async () => {
  await house.close();
  vendor.reset();
});
afterAll(() => vendor.stop());

const build = (more = {}): void => {
  house = houseOf({ deployments: [deploymentOf(vendor.url, { id: "dep", ...more })] });
};
const ask = (id: string, format = "openai-responses") =>
  house.gateway.askKept("dep", { format, method: "GET", id }, new Cancel());

it("below the address where it was made, with the vendor's key, and before the address's query", async () => {
  build({ provider: "azure", apiBase: vendor.url, settings: { api_version: "2025-03-01-preview" } });
  vendor.script([{ status: 200, json: { id: "resp_1" } }]);
  expect(await ask("resp_1")).toEqual({ id: "resp_1" });
  const { path, headers } = vendor.requests.at(-1) ?? {};
  expect(path).toMatch(/\/responses\/resp_1\?api-version=/);
  expect([headers?.["api-key"], headers?.["content-type"]]).toEqual(["sk-vendor-secret-0123456789", undefined]);
});

it("by an id that leads nowhere else", async () => {
  build();
  vendor.script([{ status: 200, json: {} }]);
  await ask("../models?x=");
  expect(vendor.requests.at(-1)?.path).toBe("/v1/responses/..%2Fmodels%3Fx%3D");
});

it("and not at all in a language that it does not keep answers in, nor when its deployment is gone", async () => {
  build({ provider: "mistral" });
  expect(await ask("resp_1")).toBeUndefined();
  const other = { format: "openai-responses", method: "GET", id: "resp_1" } as const;
  expect(await house.gateway.askKept("gone", other, new Cancel())).toBeUndefined();
  expect(vendor.requests).toEqual([]);
});

it("and what it answers is read with suspicion: refusals lose our secrets, and what is no object is an error", async () => {
  build();
  vendor.script([
    { status: 401, json: { error: { message: "wrong key sk-vendor-secret-0123456789" } } },
    { status: 200, text: "<html>" },
    { status: 200, json: [1] },
  ]);
  expect(await refusalOf(ask("resp_1"))).toMatchObject({ status: 401, message: "wrong key ***" });
  expect(await refusalOf(ask("resp_1"))).toMatchObject({ kind: "bad-gateway" });
  expect(await refusalOf(ask("resp_1"))).toMatchObject({ kind: "bad-gateway" });
});
