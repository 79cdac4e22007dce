/** When a deployment rests, and for how long. */
import { describe, expect, it } from "vitest";
import { deploymentOf, houseOf, routing } from "../../test/house.ts";
import { type ErrorDetails, type ErrorKind, type ErrorSource, GatewayError } from "../canonical/error.ts";
import type { RoutingConfig } from "../config/config.ts";
import type { Deployment } from "./deployment.ts";
import { began, ended, failed, resting } from "./health.ts";

const now = 60_000_000;
const one = (cooldown?: number): Deployment => {
  const config = deploymentOf("https://vendor.example", cooldown === undefined ? {} : { cooldown });
  const [deployment] = houseOf({ deployments: [config] }).gateway.directory.deployments;
  if (!deployment) throw new Error("there is one");
  return deployment;
};
interface Failure extends ErrorDetails {
  readonly source?: ErrorSource;
  readonly alone?: boolean;
  readonly routing?: Partial<RoutingConfig>;
}
function fail(deployment: Deployment, kind: ErrorKind, more: Failure = {}): void {
  const { source = "upstream", alone = false, routing: own = {}, ...details } = more;
  began(deployment, now);
  failed(deployment, new GatewayError(kind, source, "x", details), { ...routing, ...own }, now, alone);
  ended(deployment);
}
const restOf = ({ health }: Deployment) => Math.max(0, health.restsUntil - now) / 1000;

describe("a deployment rests", () => {
  it("at once after too many requests, a refused key or a missing model", () => {
    for (const kind of ["rate-limited", "unauthenticated", "not-found"] as const) {
      const deployment = one();
      fail(deployment, kind, kind === "not-found" ? { code: "model_not_found" } : {});
      expect([kind, restOf(deployment)]).toEqual([kind, 5]);
      expect(resting(deployment, now + 4999)).toBe(true);
      expect(resting(deployment, now + 5000)).toBe(false);
    }
  });

  it("when more than half of five calls or more in a minute failed", () => {
    const deployment = one();
    for (let turn = 0; turn < 2; turn++) {
      began(deployment, now);
      ended(deployment);
    }
    fail(deployment, "internal");
    fail(deployment, "timeout");
    expect(restOf(deployment)).toBe(0);
    fail(deployment, "bad-gateway");
    expect(restOf(deployment)).toBe(5);
  });

  it("after more failures than the operator's policy allows for such an error, and the deployment's own before it", () => {
    const failPolicy = { InternalServerErrorAllowedFails: 1, RateLimitErrorAllowedFails: 2 };
    const deployment = one();
    fail(deployment, "rate-limited", { routing: { failPolicy } });
    expect(restOf(deployment)).toBe(0);
    fail(deployment, "internal", { routing: { failPolicy } });
    expect(restOf(deployment)).toBe(5);
    const lone = one();
    for (let turn = 0; turn < 9; turn++) fail(lone, "internal", { alone: true, routing: { failPolicy } });
    expect(restOf(lone)).toBe(0);
    const strict = { ...lone, config: { ...lone.config, failPolicy: { BadRequestErrorAllowedFails: 0 } } };
    fail(strict, "invalid-request", { alone: true });
    expect(restOf(strict)).toBe(5);
  });

  it("after more failures than are allowed to the deployment itself", () => {
    const deployment = one();
    const own = { ...deployment, config: { ...deployment.config, allowedFails: 0 } };
    fail(own, "internal", { routing: { allowedFails: 9 } });
    expect(restOf(own)).toBe(5);
  });

  it("after more failures than the operator allows", () => {
    const deployment = one();
    fail(deployment, "internal", { routing: { allowedFails: 1 } });
    expect(restOf(deployment)).toBe(0);
    fail(deployment, "internal", { routing: { allowedFails: 1 } });
    expect(restOf(deployment)).toBe(5);
  });

  it("as long as the vendor says, else as long as its own or everybody's setting says, and an hour at most", () => {
    for (const [own, retryAfter, expected] of [
      [undefined, undefined, 5],
      [30, undefined, 30],
      [30, 7, 7],
      [30, 1e9, 3600],
    ] as const) {
      const deployment = one(own);
      fail(deployment, "rate-limited", retryAfter === undefined ? {} : { retryAfter });
      expect(restOf(deployment)).toBe(expected);
    }
  });
});

describe("a deployment does not rest", () => {
  it("for what clients or the gateway got wrong, however often, nor does that count against it", () => {
    const deployment = one();
    for (let turn = 0; turn < 20; turn++) {
      fail(deployment, "invalid-request");
      fail(deployment, "content-blocked");
      fail(deployment, "not-found");
      fail(deployment, "forbidden");
      fail(deployment, "internal", { source: "gateway" });
    }
    fail(deployment, "internal");
    expect(deployment.health).toMatchObject({ restsUntil: 0, failures: 1, running: 0 });
  });

  it("when it is the only one and merely busy or broken", () => {
    const deployment = one();
    for (let turn = 0; turn < 20; turn++) {
      fail(deployment, "rate-limited", { alone: true });
      fail(deployment, "internal", { alone: true });
    }
    expect(restOf(deployment)).toBe(0);
  });

  it("where resting is switched off", () => {
    const deployment = one();
    fail(deployment, "rate-limited", { routing: { cooldowns: false } });
    expect(restOf(deployment)).toBe(0);
  });
});
