/** A vendor that refuses a fetched token is asked once more with a new one, in a whole gateway and with a service that gives tokens. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { configOf, exchangeOf, houseOf } from "../../test/house.ts";
import { type Identity, startIdentity } from "../../test/identity.ts";
import { GatewayError } from "../canonical/error.ts";
import { Secret } from "../canonical/secret.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";

let vendor: Identity;
let service: Identity;
/** The only token that the vendor takes, and the one that the service gives. */
let taken: string;
let given: string;
let now = 1_000_000;

const said = { id: "c", object: "chat.completion", created: 1, model: "m", choices: [], usage: {} };
const choice = { index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" };

beforeAll(async () => {
  vendor = await startIdentity();
  service = await startIdentity();
});
afterAll(() => {
  vendor.close();
  service.close();
});
beforeEach(() => {
  vendor.asked.length = 0;
  service.asked.length = 0;
  taken = "t1-of-the-test";
  given = "t1-of-the-test";
  vendor.answer(({ headers }) =>
    headers.authorization === `Bearer ${taken}`
      ? [200, JSON.stringify({ ...said, choices: [choice] })]
      : [401, JSON.stringify({ error: { message: `who is ${headers.authorization}?` } })],
  );
  service.answer(() => [200, JSON.stringify({ access_token: given, expires_in: 3600 })]);
});

function house() {
  const settings = {
    tenant_id: "t",
    client_id: "c",
    client_secret: new Secret("s"),
    azure_authority_host: service.url,
  };
  const config = configOf("azure", "mine", { apiBase: vendor.url, settings });
  const { gateway, close } = houseOf({ deployments: [config], now: () => now, routing: { cooldowns: false } });
  const ask = () => gateway.handle(exchangeOf(openaiChat, { model: "m", messages: [{ role: "user", content: "Hi" }] }));
  return { ask, close };
}

describe("a token that is fetched", () => {
  it("is used for one call after another", async () => {
    const { ask, close } = house();
    await ask();
    await ask();
    expect(service.asked).toHaveLength(1);
    expect(service.asked[0]?.path).toBe("/t/oauth2/v2.0/token");
    expect(vendor.asked.map(({ path }) => path)).toEqual([
      "/openai/deployments/mine/chat/completions?api-version=2025-02-01-preview",
      "/openai/deployments/mine/chat/completions?api-version=2025-02-01-preview",
    ]);
    await close();
  });

  it("is fetched anew when the vendor refuses it, once for all who were refused", async () => {
    const { ask, close } = house();
    await ask();
    now += 60_000;
    taken = given = "t2-of-the-test";
    const replies = await Promise.all(Array.from({ length: 20 }, ask));
    expect(replies.every(({ kind }) => kind === "whole")).toBe(true);
    expect(service.asked).toHaveLength(2);
    await close();
  });

  it("is not fetched over and over for a vendor that takes none, and is not told to the client", async () => {
    const { ask, close } = house();
    taken = "another";
    const first: unknown = await ask().catch((error: unknown) => error);
    expect(first).toMatchObject({ kind: "unauthenticated", source: "upstream", message: "who is Bearer ***?" });
    await expect(ask()).rejects.toBeInstanceOf(GatewayError);
    expect(service.asked).toHaveLength(1);
    expect(vendor.asked).toHaveLength(2);
    await close();
  });

  it("that is not given is told with the deployment and what to check", async () => {
    const { ask, close } = house();
    service.answer(() => [400, JSON.stringify({ error: "invalid_client" })]);
    await expect(ask()).rejects.toMatchObject({
      status: 401,
      message: expect.stringMatching(
        /^no token for m-1: .* \(400, invalid_client\); check tenant_id, client_id, client_secret$/,
      ),
    });
    expect(vendor.asked).toEqual([]);
    await close();
  });
});
