/** Which failures are tried again, how often, and after how long. */
import { describe, expect, it } from "vitest";
import { routing } from "../../test/house.ts";
import { type ErrorDetails, type ErrorKind, type ErrorSource, GatewayError } from "../canonical/error.ts";
import { retriesByPolicy, waitBefore, worthRetrying } from "./retry.ts";

const failure = (kind: ErrorKind, details: ErrorDetails = {}, source: ErrorSource = "upstream") =>
  new GatewayError(kind, source, "x", details);
const half = () => 0.5;

describe("another attempt", () => {
  it("is worth it when the vendor broke, and not when the client or the gateway refused", () => {
    for (const kind of ["internal", "timeout", "bad-gateway", "unreachable", "overloaded", "rate-limited"] as const) {
      expect(worthRetrying(failure(kind), false, "m", routing)).toBe(true);
      expect(worthRetrying(failure(kind, {}, "gateway"), true, "m", routing)).toBe(false);
    }
    for (const kind of ["invalid-request", "context-too-long", "content-blocked"] as const)
      expect(worthRetrying(failure(kind), true, "m", routing)).toBe(false);
  });

  it("after a key or a model was refused is worth it only at another deployment", () => {
    for (const kind of ["unauthenticated", "forbidden", "not-found"] as const) {
      expect(worthRetrying(failure(kind), true, "m", routing)).toBe(true);
      expect(worthRetrying(failure(kind), false, "m", routing)).toBe(false);
    }
  });

  it("is not worth a wait of minutes, whatever went wrong", () => {
    for (const kind of ["rate-limited", "overloaded"] as const) {
      expect(worthRetrying(failure(kind, { retryAfter: 61 }), false, "m", routing)).toBe(false);
      expect(worthRetrying(failure(kind, { retryAfter: 61 }), true, "m", routing)).toBe(true);
      expect(worthRetrying(failure(kind, { retryAfter: 60 }), false, "m", routing)).toBe(true);
    }
  });

  it("is what the operator's policy says, the group's before everybody's", () => {
    const strict = {
      ...routing,
      retryPolicy: { BadRequestErrorRetries: 2, TimeoutErrorRetries: 0 },
      groupRetryPolicy: new Map([["own", { TimeoutErrorRetries: 4 }]]),
    };
    expect(retriesByPolicy(failure("invalid-request"), "m", strict)).toBe(2);
    expect(worthRetrying(failure("invalid-request"), false, "m", strict)).toBe(true);
    expect(worthRetrying(failure("timeout"), true, "m", strict)).toBe(false);
    expect(retriesByPolicy(failure("timeout"), "own", strict)).toBe(4);
    expect(retriesByPolicy(failure("bad-gateway"), "m", strict)).toBeUndefined();
  });

  it("is granted by kind of error, each by its own word", () => {
    const words = {
      AuthenticationError: "unauthenticated",
      TimeoutError: "timeout",
      RateLimitError: "rate-limited",
      ContentPolicyViolationError: "content-blocked",
      BadRequestError: "invalid-request",
      NotFoundError: "not-found",
      InternalServerError: "internal",
      BadGatewayError: "bad-gateway",
      ServiceUnavailableError: "overloaded",
    } as const;
    const all = Object.keys(words).map((word, index): [string, number] => [`${word}Retries`, index + 1]);
    const policy = { ...routing, retryPolicy: Object.fromEntries(all) };
    for (const [index, kind] of Object.values(words).entries())
      expect([kind, retriesByPolicy(failure(kind), "m", policy)]).toEqual([kind, index + 1]);
  });
});

describe("the wait", () => {
  it("is none where somebody else can be asked", () => {
    expect(waitBefore(failure("rate-limited", { retryAfter: 30 }), 3, true, routing, half)).toBe(0);
  });

  it("doubles up to eight seconds and a little luck, unless the vendor says how long", () => {
    const waits = [0, 1, 2, 3, 4, 50].map((turn) => waitBefore(failure("internal"), turn, false, routing, half));
    expect(waits).toEqual([562.5, 1125, 2250, 4500, 9000, 9000]);
    expect(waitBefore(failure("internal", { retryAfter: 2 }), 0, false, routing, half)).toBe(2000);
  });

  it("is at least what the operator says", () => {
    expect(waitBefore(failure("internal"), 0, false, { ...routing, retryAfter: 3 }, half)).toBe(3000);
  });
});
