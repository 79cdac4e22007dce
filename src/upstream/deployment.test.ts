/** What an answer costs, and at whose price. */
import { describe, expect, it } from "vitest";
import { configOf, deployed } from "../../test/house.ts";
import type { Price } from "../canonical/price.ts";
import type { ModelFacts } from "../config/config.ts";
import { providers } from "../providers/index.ts";
import { createDeployment } from "./deployment.ts";

const config = configOf("azure", "my-gpt-4o");

const listed: Readonly<Record<string, Price>> = { "gpt-4o-2024-08-06": { input: 2500, output: 10_000 } };

describe("an answer that must fit a schema", () => {
  const planned = (model: string, schema: boolean): string | undefined => {
    const one = deployed(configOf("groq", model));
    return one.plan("chat", "openai-chat", schema)?.route.format.id;
  };

  it("is asked for by a tool of the models that take no schema, and of no others", () => {
    expect(planned("llama-3.3-70b-versatile", true)).toBe("openai-chat-output-by-tool");
    expect(planned("llama-3.3-70b-versatile", false)).toBe("openai-chat");
    expect(planned("openai/gpt-oss-120b", true)).toBe("openai-chat");
  });
});

function priced(facts: ModelFacts = {}) {
  const provider = providers.get("azure");
  if (!provider) throw new Error("azure is on the rack");
  const asked: string[] = [];
  const priceFor = (model: string) => {
    asked.push(model);
    return listed[model];
  };
  return { asked, one: createDeployment(config, { provider, facts, signer: () => (draft) => draft, priceFor }) };
}

describe("the price of an answer", () => {
  it("is that of the model that answered, where the deployment's own name is in no list", () => {
    const { one, asked } = priced();
    expect(one.priceOf("gpt-4o-2024-08-06")).toEqual({ input: 2500, output: 10_000 });
    expect(one.priceOf("gpt-4o-2024-08-06")).toEqual({ input: 2500, output: 10_000 });
    expect(asked).toEqual(["gpt-4o-2024-08-06"]);
  });

  it("is that of the deployment, whoever says to have answered, where it is known", () => {
    const { one } = priced({ price: { input: 1, output: 2 } });
    expect(one.priceOf("gpt-4o-2024-08-06")).toEqual({ input: 1, output: 2 });
  });

  it("is nothing where nobody knows, and a vendor that makes names up is not remembered for ever", () => {
    const { one, asked } = priced();
    expect(one.priceOf(undefined)).toEqual({ input: 0, output: 0 });
    for (let round = 0; round < 2; round++)
      for (let name = 0; name < 100; name++) expect(one.priceOf(`made-up-${name}`).input).toBe(0);
    expect(asked.length).toBe(136);
  });
});
