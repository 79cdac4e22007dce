/** Credentials from an entry and from the environment: which wins, and what is never put together from both. */

import { describe, expect, it } from "vitest";
import { Secret } from "../../canonical/secret.ts";
import { providers } from "../../providers/index.ts";
import { splitModel } from "../../providers/model-name.ts";
import { loadConfig } from "../load.ts";

const vendors = [...providers.values()].map(({ id, env }) => ({
  id,
  keys: env.key,
  ...(env.base && { bases: env.base }),
  ...(env.settings && { settings: env.settings }),
}));

const load = async (params: string | undefined, env: Record<string, string> = {}) => {
  const { config } = await loadConfig({
    ...(params !== undefined && { path: "/c.yaml" }),
    env: { HOME: "/home/me", ...env },
    readFile: (path) =>
      Promise.resolve(
        path === "/c.yaml" ? `model_list:\n  - {model_name: m, litellm_params: {${params}}}\n` : undefined,
      ),
    splitModel: (name, about) => splitModel(name, { ...about, providers }),
    vendors,
  });
  return config;
};
const revealed = (value: unknown): unknown => (value instanceof Secret ? value.reveal() : value);
const one = async (params: string, env?: Record<string, string>) => {
  const config = await load(params, env);
  const [deployment] = config.deployments;
  const { key, settings = {}, ...rest } = deployment ?? {};
  return {
    ...rest,
    key: key?.reveal(),
    settings: Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, revealed(value)])),
    secret: Object.keys(settings).filter((name) => settings[name] instanceof Secret),
    told: config.notices.map(({ severity, path, message }) => `${severity} ${path}: ${message}`),
  };
};

const keys = { AWS_ACCESS_KEY_ID: "env-id", AWS_SECRET_ACCESS_KEY: "env-secret", AWS_SESSION_TOKEN: "env-session" };

describe("AWS's keys", () => {
  it("come from the environment where the entry has none, and are kept out of sight", async () => {
    const found = await one("model: sagemaker_chat/e", { ...keys, AWS_REGION: "eu-west-1" });
    expect(found.settings).toMatchObject({
      aws_access_key_id: "env-id",
      aws_secret_access_key: "env-secret",
      aws_session_token: "env-session",
      aws_region_name: "eu-west-1",
    });
    expect(found.secret).toEqual(["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]);
    expect(found.told).toEqual([]);
  });

  it("are not put together from the entry's and the environment's", async () => {
    const own = "model: sagemaker_chat/e, aws_access_key_id: a, aws_secret_access_key: b, aws_region_name: us-east-2";
    const { settings } = await one(own, { ...keys, AWS_ROLE_NAME: "r", AWS_PROFILE: "p" });
    expect(settings).toEqual({ aws_access_key_id: "a", aws_secret_access_key: "b", aws_region_name: "us-east-2" });
  });

  it("of the environment take a role that the entry names", async () => {
    const { settings } = await one("model: sagemaker_chat/e, aws_role_name: r", keys);
    expect(settings).toMatchObject({ aws_role_name: "r", aws_access_key_id: "env-id" });
  });

  it("give way to an entry's profile, and to its web identity token", async () => {
    expect((await one("model: sagemaker_chat/e, aws_profile_name: p", keys)).settings).toEqual({
      aws_profile_name: "p",
      aws_region_name: "us-west-2",
    });
    const web = "model: sagemaker_chat/e, aws_role_name: r, aws_web_identity_token: oidc/file//var/run/token";
    expect((await one(web, keys)).settings).toEqual({
      aws_role_name: "r",
      aws_web_identity_token: "/var/run/token",
      aws_region_name: "us-west-2",
    });
  });

  it("sign what has no key of its own, and leave alone what has", async () => {
    const mantle = { ...keys, BEDROCK_MANTLE_API_KEY: "mk" };
    expect(await one("model: bedrock_mantle/m", mantle)).toMatchObject({
      key: "mk",
      settings: { region_name: "us-east-1" },
    });
    expect((await one("model: bedrock_mantle/m", mantle)).settings).not.toHaveProperty("aws_access_key_id");
    expect(await one("model: bedrock_mantle/m, aws_region_name: eu-north-1", keys)).toMatchObject({
      key: undefined,
      settings: { aws_access_key_id: "env-id", region_name: "eu-north-1" },
    });
    expect((await one("model: bedrock_mantle/m, aws_role_name: r", mantle)).key).toBeUndefined();
  });

  it("that are said in a way that is not served are told", async () => {
    const web = "model: sagemaker_chat/e, aws_role_name: r, aws_web_identity_token: oidc/google/https://a.example";
    expect((await one(web)).told).toEqual([
      expect.stringMatching(
        /^warning model_list\[0\]\.litellm_params\.aws_web_identity_token: Not supported yet: tokens/,
      ),
    ]);
  });
});

describe("a client's id and secret", () => {
  const env = {
    AZURE_TENANT_ID: "t",
    AZURE_CLIENT_ID: "c",
    AZURE_CLIENT_SECRET: "s",
    AZURE_API_BASE: "https://a.example",
  };

  it("come from the environment, the entry's parts first", async () => {
    const found = await one("model: azure/d, tenant_id: mine", env);
    expect(found).toMatchObject({
      apiBase: "https://a.example",
      settings: { tenant_id: "mine", client_id: "c", client_secret: "s" },
      secret: ["client_secret"],
      told: [],
    });
  });

  it("of an entry go before a key of the environment, and an entry's key before those of the environment", async () => {
    const withKey = { ...env, AZURE_API_KEY: "k" };
    const own = "model: azure/d, tenant_id: a, client_id: b, client_secret: c";
    expect((await one(own, withKey)).key).toBeUndefined();
    expect(await one("model: azure/d, api_key: mine", env)).toMatchObject({ key: "mine", settings: {} });
    expect(await one("model: azure/d", withKey)).toMatchObject({ key: "k", settings: {} });
  });

  it("of Databricks go before a key, where the environment has both", async () => {
    const both = { DATABRICKS_CLIENT_ID: "c", DATABRICKS_CLIENT_SECRET: "s", DATABRICKS_API_KEY: "k" };
    expect(await one("model: databricks/m", both)).toMatchObject({ settings: { client_id: "c", client_secret: "s" } });
    expect(await one("model: databricks/m, api_key: mine", both)).toMatchObject({ key: "mine", settings: {} });
  });

  it("that lack a part are told", async () => {
    expect((await one("model: azure/d, client_id: b, tenant_id: t")).told).toEqual([
      "warning model_list[0].litellm_params: The credential lacks `client_secret`.",
    ]);
    expect((await one("model: azure/d, client_id: b, tenant_id: t", { AZURE_API_KEY: "k" })).told).toHaveLength(1);
  });

  it("may be the token of a workload in place of the secret", async () => {
    const workload = { AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c", AZURE_FEDERATED_TOKEN_FILE: "/var/token" };
    const found = await one("model: azure/d, azure_ad_token: oidc/azure/", workload);
    expect(found.settings).toMatchObject({ azure_federated_token_file: "/var/token" });
    expect(found.settings).not.toHaveProperty("azure_ad_token");
    expect((await one("model: azure/d, client_id: mine", workload)).told).toEqual([]);
  });

  it("are served, a user's name and password are not", async () => {
    expect((await one("model: azure/d, azure_username: u, azure_password: p")).told).toHaveLength(2);
  });
});

it("watsonx takes a token or a key of its own house from the environment, and a key to exchange", async () => {
  const env = { WATSONX_APIKEY: "k", WATSONX_PROJECT_ID: "p", WATSONX_URL: "https://w.example" };
  expect(await one("model: watsonx/m", env)).toMatchObject({ key: "k", settings: { project_id: "p" } });
  expect(await one("model: watsonx/m", { ...env, WATSONX_TOKEN: "t" })).toMatchObject({ settings: { token: "t" } });
  expect(await one("model: watsonx/m, api_key: mine", { ...env, WATSONX_TOKEN: "t" })).toMatchObject({
    key: "mine",
    settings: { project_id: "p" },
  });
  expect(await one("model: watsonx/m", { WATSONX_ZENAPIKEY: "z" })).toMatchObject({ settings: { zen_api_key: "z" } });
});

it("GitHub's token for Copilot is looked for where LiteLLM keeps it", async () => {
  const { settings, secret } = await one("model: github_copilot/gpt-4o");
  expect(settings).toEqual({ copilot_token_file: "/home/me/.config/litellm/github_copilot/access-token" });
  expect(secret).toEqual(["copilot_token_file"]);
  const env = { GITHUB_COPILOT_TOKEN_DIR: "/run/", GITHUB_COPILOT_ACCESS_TOKEN_FILE: "mine" };
  expect((await one("model: github_copilot/gpt-4o", env)).settings).toEqual({ copilot_token_file: "/run/mine" });
});

describe("another gateway of LiteLLM's kind", () => {
  const env = { LITELLM_PROXY_API_KEY: "pk", LITELLM_PROXY_API_BASE: "https://p.example" };
  const there = { provider: "gateway", key: "pk", apiBase: "https://p.example" };

  it.each([
    ["model: litellm_proxy/gpt-4o", "gpt-4o"],
    ["model: litellm_proxy/anthropic/claude", "anthropic/claude"],
    ["model: gpt-4o, custom_llm_provider: litellm_proxy", "gpt-4o"],
    ["model: litellm_proxy/gpt-4o, custom_llm_provider: litellm_proxy", "gpt-4o"],
    ["model: openai/gpt-4o, use_litellm_proxy: true", "openai/gpt-4o"],
    ["model: litellm_proxy/gpt-4o, use_litellm_proxy: true", "gpt-4o"],
  ])("is meant by %s", async (params, model) => {
    expect(await one(params, env)).toMatchObject({ ...there, model, told: [] });
  });

  it("is asked for everything, where the environment says so and the entry does not say otherwise", async () => {
    const all = { ...env, USE_LITELLM_PROXY: "true" };
    expect(await one("model: openai/gpt-4o", all)).toMatchObject({ ...there, model: "openai/gpt-4o" });
    expect(await one("model: openai/gpt-4o, use_litellm_proxy: false", all)).toMatchObject({ provider: "openai" });
  });
});

it("a vendor can be asked without a file when the whole of a credential is in the environment", async () => {
  const groups = async (env: Record<string, string>) =>
    (await load(undefined, env)).deployments.map(({ group }) => group).filter((group) => group !== "mock/echo");
  expect(await groups({ DATABRICKS_CLIENT_ID: "a", DATABRICKS_CLIENT_SECRET: "b" })).toEqual(["databricks/*"]);
  expect(await groups({ DATABRICKS_CLIENT_ID: "a" })).toEqual([]);
  expect(await groups({ WATSONX_TOKEN: "a" })).toEqual(["watsonx/*"]);
  expect(await groups(keys)).toEqual([]);
});
