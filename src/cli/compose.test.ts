/** What a configuration says of a model, laid over what is known of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { catalogueOf } from "../config/catalogue.ts";
import { readConfig } from "./compose.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-compose-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("a word on one property leaves the others as the catalogue has them", async () => {
  const entry = { litellm_provider: "openai", mode: "chat", max_input_tokens: 1000, max_output_tokens: 100 };
  const path = join(folder, "config.yaml");
  const model = { model_name: "m", litellm_params: { model: "openai/known" }, model_info: { max_output_tokens: 7 } };
  writeFileSync(path, JSON.stringify({ model_list: [model] }));
  const { config } = await readConfig(path, folder, catalogueOf({ known: entry }));
  expect(config.deployments.find(({ group }) => group === "m")?.facts).toMatchObject({
    mode: "chat",
    maxInput: 1000,
    maxOutput: 7,
    entry: { ...entry, max_output_tokens: 7 },
  });
});
