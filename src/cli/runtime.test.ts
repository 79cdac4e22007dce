/** The program starts on the Node that it needs, whatever it was started with. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { isServed } from "./runtime.ts";

it.each([
  ["18.20.4", false],
  ["20.20.2", false],
  ["24.14.1", false],
  ["24.15.0", true],
  ["25.9.0", false],
  ["26.0.0", true],
  ["27.1.2", true],
])("Node %s: %s", (version, expected) => {
  expect(isServed(version)).toBe(expected);
});

it("are the versions that package.json names", () => {
  const { engines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(engines).toEqual({ node: "^24.15.0 || >=26" });
});
