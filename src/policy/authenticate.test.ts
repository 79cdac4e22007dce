/** Who gets in: nobody unknown, nobody expired, nobody a moment after their key was changed. */
import { hash } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { callerOf } from "../../test/house.ts";
import type { Caller } from "../canonical/caller.ts";
import { Secret } from "../canonical/secret.ts";
import { createAuthenticator } from "./authenticate.ts";

const hashOf = (token: string) => hash("sha256", token);
const caller = (token: string, fields: Partial<Caller> = {}): Caller => callerOf({ keyId: hashOf(token), ...fields });

function gate(keys: Map<string, Caller>, { open = false, now = (): number => 1000 } = {}) {
  let asked = 0;
  const authenticator = createAuthenticator({
    access: { adminKey: new Secret("sk-admin"), open },
    adminHash: undefined,
    findKey: async (id) => {
      asked++;
      return keys.get(id);
    },
    now,
  });
  return {
    authenticate: async (token?: string) => authenticator.authenticate(token),
    authenticator,
    asked: () => asked,
  };
}

const known = (...callers: Caller[]) => new Map(callers.map((one) => [one.keyId, one]));

it("the admin key is the admin's, and asks no database", async () => {
  const { authenticate, asked } = gate(known());
  expect((await authenticate("sk-admin")).role).toBe("admin");
  expect(asked()).toBe(0);
});

it("a known key is read once", async () => {
  const { authenticate, asked } = gate(known(caller("sk-one")));
  for (let turn = 0; turn < 3; turn++) expect((await authenticate("sk-one")).keyId).toBe(hashOf("sk-one"));
  expect(asked()).toBe(1);
});

it.each([
  ["no key", undefined, "auth_error"],
  ["an unknown key", "sk-unknown", "token_not_found_in_db"],
  ["what is no key", "hello", "auth_error"],
  ["a key as long as a book", `sk-${"x".repeat(10_000)}`, "token_not_found_in_db"],
])("%s is refused with 401", async (_, token, type) => {
  const { authenticate } = gate(known());
  await expect(authenticate(token)).rejects.toMatchObject({ status: 401, details: { type } });
});

it("a flood of one unknown key is one question to the database", async () => {
  const { authenticate, asked } = gate(known());
  for (let turn = 0; turn < 10; turn++) await authenticate("sk-unknown").catch(() => undefined);
  expect(asked()).toBe(1);
});

it("a key that expires is refused from that moment, also where it is remembered", async () => {
  let time = 1000;
  const { authenticate } = gate(known(caller("sk-one", { expires: 2000 })), { now: () => time });
  await authenticate("sk-one");
  time = 2000;
  await expect(authenticate("sk-one")).rejects.toMatchObject({ details: { type: "expired_key" } });
});

it("a changed key is judged anew, even when it was being read as it changed", async () => {
  const keys = known(caller("sk-one"));
  const { authenticate, authenticator } = gate(keys);
  const reading = authenticate("sk-one");
  keys.set(hashOf("sk-one"), caller("sk-one", { blocked: true }));
  authenticator.invalidate(hashOf("sk-one"));
  await reading;
  await expect(authenticate("sk-one")).rejects.toMatchObject({ status: 401 });
});

it("a key made after it was refused is taken once its maker says so", async () => {
  const keys = known();
  const { authenticate, authenticator } = gate(keys);
  await expect(authenticate("sk-new")).rejects.toThrow();
  keys.set(hashOf("sk-new"), caller("sk-new"));
  authenticator.invalidate(hashOf("sk-new"));
  expect((await authenticate("sk-new")).role).toBe("key");
});

it("an open gateway lets in who has no key, and nobody as the admin", async () => {
  const { authenticate } = gate(known(), { open: true });
  for (const any of [undefined, "anything", "sk-nobody-knows", "sk-nobody-knows", "x".repeat(5000)])
    expect((await authenticate(any)).role).toBe("anonymous");
});

it("a key that cannot be looked up is not called unknown: the client is told to come again", async () => {
  let down = true;
  const { authenticate } = createAuthenticator({
    access: { open: false },
    adminHash: undefined,
    findKey: async () => {
      if (down) throw new Error("connection refused");
      return caller("sk-a");
    },
    now: () => 1000,
  });
  const asked = async () => authenticate("sk-a");
  await expect(asked()).rejects.toMatchObject({ status: 503, details: { retryAfter: 5 } });
  down = false;
  expect(await asked()).toMatchObject({ keyId: hashOf("sk-a") });
});

describe("while the database hangs", () => {
  const hanging = () => {
    const answers: ((caller: Caller | undefined) => void)[] = [];
    const authenticator = createAuthenticator({
      access: { adminKey: new Secret("sk-admin"), open: false },
      adminHash: undefined,
      findKey: () => new Promise((resolve) => answers.push(resolve)),
      now: () => 1000,
    });
    return { authenticate: async (token: string) => authenticator.authenticate(token), authenticator, answers };
  };

  it("all who show one key ask once, but not those who come after it was changed", async () => {
    const { authenticate, authenticator, answers } = hanging();
    const first = [authenticate("sk-one"), authenticate("sk-one")];
    authenticator.invalidate(hashOf("sk-one"));
    const second = authenticate("sk-one");
    expect(answers.length).toBe(2);
    answers[1]?.(caller("sk-one", { blocked: true }));
    answers[0]?.(caller("sk-one"));
    expect(await Promise.all(first)).toHaveLength(2);
    await expect(second).rejects.toMatchObject({ status: 401 });
    await expect(authenticate("sk-one")).rejects.toMatchObject({ status: 401 });
  });

  it("strangers do not pile up, and nobody waits for ever", async () => {
    vi.useFakeTimers();
    try {
      const { authenticate, answers } = hanging();
      const waiting = Array.from({ length: 1001 }, (_, index) => authenticate(`sk-${index}`).catch((error) => error));
      expect(answers.length).toBe(1000);
      await vi.advanceTimersByTimeAsync(10_000);
      for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ status: 503 });
    } finally {
      vi.useRealTimers();
    }
  });
});
