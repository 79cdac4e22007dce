/** Who stands in for a group, by what went wrong. */
import { describe, expect, it } from "vitest";
import { chatOf, routing } from "../../test/house.ts";
import { type ErrorKind, type ErrorSource, GatewayError } from "../canonical/error.ts";
import type { Controls } from "../exchange.ts";
import { fallbacksFor } from "./fallbacks.ts";

const lists = {
  ...routing,
  fallbacks: new Map([["m", ["general"]]]),
  contextFallbacks: new Map([["m", ["long"]]]),
  contentFallbacks: new Map([["*", ["mild"]]]),
  defaultFallbacks: ["last"],
};
const standIns = (kind: ErrorKind, source: ErrorSource = "upstream", controls: Partial<Controls> = {}, group = "m") =>
  fallbacksFor(
    group,
    new GatewayError(kind, source, "x"),
    chatOf({ controls, caller: { aliases: { mine: "real" } } }),
    lists,
  );

describe("a group that failed", () => {
  it("has the stand-ins of what went wrong before the general ones", () => {
    expect(standIns("internal")).toEqual(["general"]);
    expect(standIns("context-too-long")).toEqual(["long"]);
    expect(standIns("content-blocked")).toEqual(["mild"]);
  });

  it("has those of every group where it has none of its own", () => {
    expect(standIns("internal", "upstream", {}, "other")).toEqual(["last"]);
    expect(standIns("internal", "upstream", {}, "last")).toEqual([]);
  });

  it("has none for what the client got wrong, or when it has left", () => {
    expect(standIns("invalid-request", "client")).toEqual([]);
    expect(standIns("client-closed", "client", { fallbacks: ["x"] })).toEqual([]);
  });

  it("has those that the client names, by its own names, or none if it wants none", () => {
    expect(standIns("internal", "upstream", { fallbacks: ["mine", "m"] })).toEqual(["real"]);
    expect(standIns("internal", "upstream", { fallbacks: ["x"], noFallbacks: true })).toEqual([]);
  });
});
