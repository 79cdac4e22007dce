/** The page of the configuration is the tables. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { configurationPage } from "./page.ts";

it("docs/configuration.md is what the tables say (else run scripts/docs-config.mjs)", () => {
  expect(readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8")).toBe(configurationPage());
});
