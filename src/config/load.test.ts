/** Whole configurations, as operators write them, read from files in memory. */
import { describe, expect, it } from "vitest";
import { Secret } from "../canonical/secret.ts";
import type { Notice } from "./config.ts";
import { type LoadOptions, loadConfig } from "./load.ts";
import { ConfigError } from "./notices.ts";

const vendors = [
  { id: "openai", keys: ["OPENAI_API_KEY"], bases: ["OPENAI_BASE_URL"] },
  { id: "anthropic", keys: ["ANTHROPIC_API_KEY"] },
];

const load = (files: Record<string, string> | string, options: Partial<LoadOptions> = {}) => {
  const all = typeof files === "string" ? { "/etc/config.yaml": files } : files;
  return loadConfig({
    path: "/etc/config.yaml",
    env: {},
    readFile: (path) => Promise.resolve(all[path]),
    splitModel: (name, { provider }) => {
      const slash = name.indexOf("/");
      if (provider) return { provider, model: name };
      return slash < 0 ? undefined : { provider: name.slice(0, slash), model: name.slice(slash + 1) };
    },
    vendors,
    ...options,
  });
};

const refusal = async (...given: Parameters<typeof load>): Promise<readonly Notice[]> => {
  const error = await load(...given).then(
    () => new Error("it was taken"),
    (reason: unknown) => reason,
  );
  if (error instanceof ConfigError) return error.notices;
  throw error;
};

const one = `model_list:
  - model_name: gpt
    litellm_params:
      model: openai/gpt-4o
`;

describe("a model list", () => {
  it("becomes deployments", async () => {
    const { config, files } = await load(
      `model_list:
  - model_name: gpt
    litellm_params:
      model: openai/gpt-4o
      api_key: os.environ/KEY
      api_base: https://example.com/v1
      api_version: 2024-10-21
      aws_secret_access_key: hush
      organization: org-1
      extra_headers: {X-Team: blue, Authorization: os.environ/KEY}
      timeout: 30s
      stream_timeout: 5
      num_retries: 1
      max_retries: 9
      tpm: "1000"
      weight: 2.5
      order: 1
      max_parallel_requests: 4
      cooldown_time: 0
      drop_params: true
      additional_drop_params: [seed]
      allowed_openai_params: [user]
      temperature: 0.3
      extra_body: {own: true}
      input_cost_per_token: 2.5e-06
    model_info: {id: dep-1, base_model: gpt-4o-2024, access_groups: [beta], note: mine, max_input_tokens: 10}
    rpm: 10
`,
      { env: { KEY: "sk-vendor" } },
    );
    expect(files).toEqual(["/etc/config.yaml"]);
    const [deployment] = config.deployments;
    expect(deployment).toMatchObject({
      id: "dep-1",
      group: "gpt",
      provider: "openai",
      model: "gpt-4o",
      apiBase: "https://example.com/v1",
      settings: { api_version: "2024-10-21", organization: "org-1" },
      headers: { "x-team": "blue" },
      timeout: 30,
      streamTimeout: 5,
      retries: 1,
      requestsPerMinute: 10,
      tokensPerMinute: 1000,
      weight: 2.5,
      order: 1,
      parallel: 4,
      cooldown: 0,
      dropParams: true,
      additionalDropParams: ["seed"],
      allowedParams: ["user"],
      accessGroups: ["beta"],
      baseModel: "gpt-4o-2024",
      defaults: { temperature: 0.3, own: true },
      facts: { maxInput: 10, price: { input: 2500 } },
      info: { id: "dep-1", note: "mine" },
    });
    expect(deployment?.key?.reveal()).toBe("sk-vendor");
    expect(deployment?.headers["authorization"]).toBeInstanceOf(Secret);
    expect(JSON.stringify(config)).not.toMatch(/sk-vendor|hush/);
    expect(Object.isFrozen(deployment?.settings)).toBe(true);
  });

  it("takes the vendor's own variables where an entry has no key and no address", async () => {
    const env = { OPENAI_API_KEY: "sk-env", OPENAI_BASE_URL: "https://proxy.example/v1" };
    const { config } = await load(one, { env });
    expect(config.deployments[0]).toMatchObject({ apiBase: "https://proxy.example/v1" });
    expect(config.deployments[0]?.key?.reveal()).toBe("sk-env");
  });

  it("makes one deployment of each organisation", async () => {
    const { config } = await load(`${one}      organization: [a, b]\n`);
    const made = config.deployments.filter(({ group }) => group === "gpt");
    expect(made.map(({ settings }) => settings["organization"])).toEqual(["a", "b"]);
    expect(new Set(made.map(({ id }) => id)).size).toBe(2);
  });

  it("gives the same ids in every process, whatever the order of keys and the value of secrets", async () => {
    const entry = (params: string) => `model_list: [{model_name: a, litellm_params: {${params}}}]`;
    const idOf = async (params: string, KEY: string) =>
      (await load(entry(params), { env: { KEY } })).config.deployments[0]?.id;
    const id = await idOf("model: openai/a, rpm: 1, api_key: os.environ/KEY", "one");
    expect(await idOf("api_key: os.environ/KEY, rpm: 1, model: openai/a", "two")).toBe(id);
    expect(await idOf("model: openai/a, rpm: 2, api_key: os.environ/KEY", "one")).not.toBe(id);
  });

  it("takes credentials from the list, and what an entry says itself wins", async () => {
    const { config } = await load(`credential_list:
  - credential_name: shared
    credential_values: {api_key: sk-shared, api_base: "https://shared.example"}
model_list:
  - model_name: a
    litellm_params: {model: openai/a, litellm_credential_name: shared, api_base: "https://own.example"}
`);
    expect(config.deployments[0]).toMatchObject({ apiBase: "https://own.example" });
    expect(config.deployments[0]?.key?.reveal()).toBe("sk-shared");
  });

  it("counts entries of other environments out", async () => {
    const text = `${one}    model_info: {supported_environments: [production]}\n`;
    const groups = async (LITELLM_ENVIRONMENT: string) =>
      (await load(text, { env: { LITELLM_ENVIRONMENT } })).config.deployments.map(({ group }) => group);
    expect(await groups("staging")).not.toContain("gpt");
    expect(await groups("production")).toContain("gpt");
  });

  it("loses a wrong entry, keeps the others and says so", async () => {
    const { config } = await load(`${one}  - model_name: bad
    litellm_params:
      model: openai/b
      api_key: os.environ/NOT_SET
`);
    expect(config.deployments.map(({ group }) => group)).toEqual(["gpt", "mock/echo"]);
    expect([...config.leftOut]).toEqual(["bad"]);
    expect(config.notices).toMatchObject([
      {
        severity: "error",
        path: "model_list[1].litellm_params.api_key",
        line: 8,
        message: expect.stringContaining("NOT_SET"),
      },
    ]);
  });

  it("may insist on every entry", async () => {
    const text = `router_settings: {ignore_invalid_deployments: false}\n${one}  - model_name: bad\n`;
    expect(await refusal(text)).toMatchObject([{ severity: "error", path: "model_list[1]", line: 6 }]);
  });

  it("refuses to start when no entry is left", async () => {
    expect(await refusal("model_list:\n  - model_name: a\n")).toMatchObject([{ path: "model_list[0]", line: 2 }]);
  });

  it.each([
    ["rpm: many", "rpm"],
    ["rpm: -1", "rpm"],
    ["rpm: 1.5", "rpm"],
    ["weight: .nan", "weight"],
    ["weight: .inf", "weight"],
    ["timeout: soon", "timeout"],
    ["drop_params: perhaps", "drop_params"],
    ["additional_drop_params: {a: 1}", "additional_drop_params"],
    ["extra_headers: [a]", "extra_headers"],
    ["extra_headers: {Host: a}", "extra_headers.Host"],
    ['extra_headers: {A: "b\\r\\nc: d"}', "extra_headers.A"],
    ["api_base: nowhere", "api_base"],
    ["api_base: http:///example.com", "api_base"],
    ['api_base: "https://example.com/v1\\r\\nx: y"', "api_base"],
    ['api_base: "https://example.com/v1#part"', "api_base"],
    ['api_base: "https://user:pass@example.com"', "api_base"],
    ["input_cost_per_token: -1", "input_cost_per_token"],
    ["litellm_credential_name: nobody", "litellm_credential_name"],
    ["model: nameless", "model"],
  ])("finds fault with %s, and says where", async (line, key) => {
    const text = `model_list:\n  - model_name: a\n    litellm_params:\n      model: openai/a\n      ${line}\n`;
    const notices = await refusal(line.startsWith("model:") ? text.replace("      model: openai/a\n", "") : text);
    const path = `model_list[0].litellm_params.${key}`;
    expect(notices.find((notice) => notice.path === path)).toMatchObject({
      severity: "error",
      file: "/etc/config.yaml",
      line: line.startsWith("model:") ? 4 : 5,
    });
  });

  it("says which of five thousand entries are alike in their fault, and how many more there are", async () => {
    const entries = Array.from(
      { length: 5_000 },
      (_, at) => `  - {model_name: m${at}, litellm_params: {model: openai/m, tags: [a]}}\n`,
    );
    const { config } = await load(`model_list:\n${entries.join("")}`);
    expect(config.notices.length).toBeLessThan(10);
    expect(config.notices.at(-1)?.message).toContain("4995 more places");
  });

  it("of five thousand entries is read whole", async () => {
    const entry = (at: number) => `  - model_name: group-${at}
    litellm_params:
      model: openai/gpt-${at}
      api_base: https://h${at}.example/v1
      api_key: os.environ/KEY
      rpm: 100
    model_info:
      id: dep-${at}
`;
    const text = `model_list:\n${Array.from({ length: 5_000 }, (_, at) => entry(at)).join("")}`;
    const { config } = await load(text, { env: { KEY: "k" } });
    expect(config.deployments).toHaveLength(5_001);
  });
});

describe("files", () => {
  it("include others; lists grow, mappings merge, and the including file wins", async () => {
    const { config, files } = await load({
      "/etc/config.yaml": `include: [models.yaml, sub/more.yaml]\n${one}litellm_settings: {num_retries: 5}\n`,
      "/etc/models.yaml": one.replace("gpt\n", "two\n"),
      "/etc/sub/more.yaml": "include: deeper.yaml\nlitellm_settings: {num_retries: 1, drop_params: true}\n",
      "/etc/sub/deeper.yaml": one.replace("gpt\n", "three\n"),
    });
    expect(config.deployments.map(({ group }) => group)).toEqual(["two", "three", "gpt", "mock/echo"]);
    expect(config).toMatchObject({ dropParams: true, routing: { retries: 5 } });
    expect(files).toHaveLength(4);
  });

  it("do not include each other in a circle", async () => {
    const notices = await refusal({ "/etc/config.yaml": "include: b.yaml\n", "/etc/b.yaml": "include: config.yaml\n" });
    expect(notices).toMatchObject([{ severity: "error", path: "include", file: "/etc/b.yaml", line: 1 }]);
  });

  it("that are not there are missed with their names", async () => {
    expect(await refusal({})).toMatchObject([{ message: "There is no file /etc/config.yaml." }]);
    const notices = await refusal("a: 1\ninclude: gone.yaml\n");
    expect(notices.find(({ severity }) => severity === "error")).toMatchObject({ line: 2, path: "include" });
  });
});

describe("the environment", () => {
  it("takes what the file sets, before anything is looked up", async () => {
    const { config } = await load(
      `environment_variables:\n  A: os.environ/B\n  PORT: 4001\n${one}      api_key: os.environ/A\n`,
      { env: { B: "sk-b" } },
    );
    expect(config.deployments[0]?.key?.reveal()).toBe("sk-b");
    expect(config.environment).toEqual({ A: "sk-b", PORT: "4001" });
    expect(config.listen).toEqual({ port: 4001 });
  });

  it("may name files that hold secrets", async () => {
    const { config } = await load(
      {
        "/etc/config.yaml": `${one}      api_key: os.environ/KEY\ngeneral_settings: {master_key: "file:/run/secrets/admin"}\n`,
        "/run/key": " sk-file\n",
        "/run/secrets/admin": "sk-admin\n",
      },
      { env: { KEY_FILE: "/run/key" } },
    );
    expect(config.deployments[0]?.key?.reveal()).toBe("sk-file");
    expect(config.access.adminKey?.reveal()).toBe("sk-admin");
  });

  it("that lacks a variable outside the model list keeps the gateway from starting", async () => {
    const notices = await refusal(`${one}general_settings:\n  database_url: os.environ/NOT_SET\n`);
    expect(notices).toMatchObject([{ severity: "error", path: "general_settings.database_url", line: 6 }]);
    expect(notices[0]?.remedy).toContain("NOT_SET_FILE");
  });

  it("serves ours and the other gateway's names", async () => {
    const { config } = await load(one, {
      env: {
        LITELLM_MASTER_KEY: "sk-a",
        LITELLM_DROP_PARAMS: "True",
        DATABASE_HOST: "db",
        DATABASE_USERNAME: "u",
        DATABASE_PASSWORD: "p@ss",
        DATABASE_NAME: "n",
      },
    });
    expect(config.access.adminKey?.reveal()).toBe("sk-a");
    expect(config.dropParams).toBe(true);
    expect(config.database.url?.reveal()).toBe("postgresql://u:p%40ss@db:5432/n");
  });

  it("alone is enough to start with", async () => {
    const { config, files } = await loadConfig({
      env: { OPENAI_API_KEY: "k" },
      splitModel: () => undefined,
      vendors,
      readFile: () => Promise.resolve(undefined),
    });
    expect(files).toEqual([]);
    expect(config.deployments).toMatchObject([
      { group: "openai/*", provider: "openai", model: "*" },
      { group: "mock/echo", provider: "mock", model: "echo" },
    ]);
    expect(config.notices).toEqual([]);
    expect(config.access).toMatchObject({ open: false, adminRoutes: [], openRoutes: [] });
  });

  it("can switch the built-in model off", async () => {
    const { config } = await load("{}", { env: { GATEHOUSE_ECHO: "false" } });
    expect(config.deployments).toEqual([]);
  });
});

it("an empty file is no configuration: it is being written anew", async () => {
  expect(await refusal("")).toMatchObject([{ severity: "error", message: "The file is empty." }]);
});
