/** A map of models of the operator's own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { loadCatalogue, withOwn } from "./catalogue.ts";
import { ConfigError } from "./notices.ts";
import { readOwnMap } from "./own-map.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-map-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "map.json");
const map = { "gpt-4o": { litellm_provider: "openai", input_cost_per_token: 1, max_input_tokens: 7 } };
writeFileSync(path, JSON.stringify(map));

describe("the operator's map of models", () => {
  it("wins over the catalogue, entry by entry", () => {
    const catalogue = withOwn(readOwnMap({ LITELLM_MODEL_COST_MAP_URL: path }) ?? {});
    const facts = catalogue.lookup(["openai/gpt-4o", "gpt-4o"]);
    expect(facts).toMatchObject({ maxInput: 7, price: { input: 1e9 } });
    expect(facts?.maxOutput).toBeUndefined();
    expect(catalogue.lookup(["gpt-4.1"])).toEqual(loadCatalogue().lookup(["gpt-4.1"]));
  });

  it("may be named as the address of a file, and ours before LiteLLM's name", () => {
    const env = { GATEHOUSE_MODEL_COST_MAP: pathToFileURL(path).href, LITELLM_MODEL_COST_MAP_URL: "/nowhere" };
    expect(readOwnMap(env)).toEqual(map);
  });

  it("is none where the catalogue alone is wanted, where nothing is named, or an address that would have to be fetched", () => {
    expect(readOwnMap({})).toBeUndefined();
    expect(readOwnMap({ LITELLM_MODEL_COST_MAP_URL: "https://example.com/map.json" })).toBeUndefined();
    expect(readOwnMap({ LITELLM_MODEL_COST_MAP_URL: path, LITELLM_LOCAL_MODEL_COST_MAP: "True" })).toBeUndefined();
  });

  it("that cannot be read is an error that names the variable", () => {
    const broken = join(folder, "broken.json");
    for (const text of ["{", "[]", "7"]) {
      writeFileSync(broken, text);
      expect(() => readOwnMap({ GATEHOUSE_MODEL_COST_MAP: broken })).toThrow(ConfigError);
    }
    expect(() => readOwnMap({ GATEHOUSE_MODEL_COST_MAP: join(folder, "none") })).toThrow(/GATEHOUSE_MODEL_COST_MAP/);
  });
});
