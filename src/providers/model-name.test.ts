/** How a model is named by vendor and name. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCatalogue } from "../config/catalogue.ts";
import { providers } from "./index.ts";
import { requireModel, splitModel, vendorAt } from "./model-name.ts";

const { makerOf } = loadCatalogue();
const facts = { providers, makerOf };

it.each([
  ["openai/gpt-4o", "openai", "gpt-4o"],
  ["openrouter/openai/gpt-4o", "openrouter", "openai/gpt-4o"],
  [
    "fireworks_ai/accounts/fireworks/models/llama-v3p1-8b-instruct",
    "fireworks_ai",
    "accounts/fireworks/models/llama-v3p1-8b-instruct",
  ],
  ["openai/*", "openai", "*"],
  ["openai/ft:gpt-4o:acme::id", "openai", "ft:gpt-4o:acme::id"],
  ["azure/o_series/mine", "azure", "o_series/mine"],
  ["nano-gpt/x", "nano-gpt", "x"],
  ["gpt-4o", "openai", "gpt-4o"],
  ["gpt-9-not-yet-known", "openai", "gpt-9-not-yet-known"],
  ["ft:gpt-4o:acme::id", "openai", "ft:gpt-4o:acme::id"],
  ["text-embedding-3-small", "openai", "text-embedding-3-small"],
  ["claude-sonnet-4-5-20250929", "anthropic", "claude-sonnet-4-5-20250929"],
  ["claude-of-tomorrow-9", "anthropic", "claude-of-tomorrow-9"],
  ["*", "openai", "*"],
])("%s is %s's %s", (name, provider, model) => {
  expect(splitModel(name, facts)).toEqual({ provider, model });
});

it.each(["nobody/gpt-4o", "some-model", "", "/", "/gpt-4o", "openai/", "toString", "__proto__/x"])(
  "nobody knows %j",
  (name) => {
    expect(splitModel(name, facts)).toBeUndefined();
    expect(() => requireModel(name, facts)).toThrow(/unknown provider|no provider is known/);
  },
);

describe("a deployment that says more", () => {
  it("names the vendor outright, and may say it twice", () => {
    expect(splitModel("gpt-4o", { ...facts, provider: "azure" })).toEqual({ provider: "azure", model: "gpt-4o" });
    expect(splitModel("azure/gpt-4o", { ...facts, provider: "azure" })).toEqual({ provider: "azure", model: "gpt-4o" });
    expect(splitModel("openai/gpt-4o", { ...facts, provider: "openrouter" })).toEqual({
      provider: "openrouter",
      model: "openai/gpt-4o",
    });
    expect(splitModel("gpt-4o", { ...facts, provider: "nobody" })).toBeUndefined();
  });

  it("tells the vendor by its address where the name does not", () => {
    const at = (apiBase: string) => splitModel("some-model", { ...facts, apiBase })?.provider;
    expect(at("https://api.groq.com/openai/v1")).toBe("groq");
    expect(at("api.deepseek.com/beta")).toBe("deepseek");
    expect(at("https://openrouter.ai/api/v1")).toBe("openrouter");
    expect(at("http://10.0.0.1:8000/v1")).toBeUndefined();
  });

  it("does not take a vendor's host for one when it stands elsewhere in the address", () => {
    for (const address of [
      "https://evil.example/api.groq.com",
      "https://api.groq.com.evil.example",
      "https://api.groq.com@evil.example",
      "https://evil.example/?api.groq.com",
      "::",
      "https://",
    ])
      expect(vendorAt(address, providers)).toBeUndefined();
  });
});

it("never throws, whatever the name and the address", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (name, apiBase) => {
      splitModel(name, { ...facts, apiBase });
    }),
  );
});
