/** What the log keeps of an exchange. */
import { describe, expect, it } from "vitest";
import { callerOf, chatOf, scopeOf } from "../../test/house.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Notes } from "../exchange.ts";
import { type Close, fold } from "./fold.ts";

const folded = (notes: Partial<Notes> = {}, close: Partial<Close> = {}) =>
  fold({ ...chatOf().notes, ...notes }, { id: "x", operation: "chat", ended: 500, outcome: "answered", ...close });

describe("a record", () => {
  it("says nothing of what nobody knows", () => {
    const record = folded();
    expect(Object.values(record)).not.toContain(undefined);
    expect(record).toMatchObject({ cost: 0, status: 200, tags: [], cacheHit: false });
    expect(record).not.toHaveProperty("usage");
  });

  it("has the status of the error, or 499 when the client left without one", () => {
    const error = new GatewayError("rate-limited", "upstream", "slow down", { status: 429 });
    expect(folded({}, { outcome: "failed", error })).toMatchObject({ status: 429, error: { kind: "rate-limited" } });
    expect(folded({ error }, { outcome: "failed" }).status).toBe(429);
    expect(folded({}, { outcome: "abandoned" }).status).toBe(499);
  });

  it("counts every token once", () => {
    const usage = { input: 1, cacheRead: 10, cacheWrite: 100, cacheWriteLong: 1000, output: 2, reasoning: 20 };
    expect(folded({ usage }).usage).toMatchObject({
      cacheWrite: 1100,
      totalInput: 1111,
      totalOutput: 22,
      estimated: false,
    });
  });

  it("names everything that it counts against, and holds no key", () => {
    const caller = callerOf({ keyId: "hash", keyAlias: "ours", scopes: [scopeOf(), scopeOf({ id: "team:t" })] });
    expect(folded({ caller })).toMatchObject({ keyId: "hash", keyAlias: "ours", scopes: ["key:k", "team:t"] });
  });

  it("cuts off an endless message", () => {
    const error = new GatewayError("internal", "upstream", "x".repeat(1e6));
    expect(folded({}, { outcome: "failed", error }).error?.message).toHaveLength(2000);
  });
});
