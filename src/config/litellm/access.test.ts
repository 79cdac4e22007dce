/** Rules of access in a configuration: read where they are served, and no start without them where they are not. */
import { describe, expect, it } from "vitest";
import { loadConfig } from "../load.ts";
import { ConfigError } from "../notices.ts";

const load = (settings: object, env: Readonly<Record<string, string>> = {}) =>
  loadConfig({
    path: "/c.yaml",
    env,
    readFile: (path) => Promise.resolve(path === "/c.yaml" ? JSON.stringify(settings) : undefined),
    splitModel: (model) => ({ provider: "openai", model }),
  });
const refusal = async (settings: object, env?: Readonly<Record<string, string>>): Promise<ConfigError> => {
  const error = await load(settings, env).then(
    () => new Error("it was taken"),
    (reason: unknown) => reason,
  );
  if (error instanceof ConfigError) return error;
  throw error;
};

describe("rules that are served", () => {
  it("are read: routes, addresses, demands and keys", async () => {
    const { config } = await load({
      general_settings: {
        allowed_routes: ["llm_api_routes", "/health"],
        admin_only_routes: ["/model/info"],
        public_routes: ["LiteLLMRoutes.public_routes", "/v1/models"],
        allowed_ips: ["192.0.2.7", "10.0.0.0/8"],
        use_x_forwarded_for: true,
        enforce_user_param: true,
        enforced_params: ["metadata.team"],
        service_account_settings: { enforced_params: ["user"] },
        reject_clientside_metadata_tags: true,
        global_max_parallel_requests: 9,
        default_team_disabled: true,
      },
      litellm_settings: {
        max_budget: 100,
        budget_duration: "30d",
        default_key_generate_params: { max_budget: 1 },
        upperbound_key_generate_params: { max_budget: 100, duration: "30d", tpm_limit: null },
        enable_key_alias_format_validation: true,
      },
    });
    expect(config.access).toMatchObject({
      routes: ["llm_api_routes", "/health"],
      adminRoutes: ["/model/info"],
      openRoutes: ["/v1/models"],
      addresses: ["192.0.2.7", "10.0.0.0/8"],
      behindProxy: true,
      demands: { endUser: true, fields: ["metadata.team"], serviceFields: ["user"], noTags: true },
      newKeys: {
        defaults: { max_budget: 1 },
        most: { max_budget: 100, duration: "30d" },
        needsTeam: true,
        plainAliases: true,
      },
    });
    expect(config.limits).toMatchObject({ parallel: 9, budget: { max: 100e9, period: "30d" } });
    expect(config.notices).toEqual([]);
  });

  it("are errors where they make no sense", async () => {
    const { notices } = await refusal({
      general_settings: {
        allowed_routes: ["v1"],
        public_routes: ["/a/*/b"],
        allowed_ips: ["10.0.0.300", "10.0.0.0/33"],
      },
      litellm_settings: { max_budget: 1, budget_duration: "a month" },
    });
    expect(notices.map(({ path }) => path)).toEqual([
      "general_settings.allowed_routes",
      "general_settings.public_routes",
      "general_settings.allowed_ips",
      "general_settings.allowed_ips",
      "litellm_settings.budget_duration",
    ]);
  });
});

describe("a rule that is not served", () => {
  const rules: readonly (readonly [string, object])[] = [
    ["general_settings.completion_model", { general_settings: { completion_model: "m" } }],
    ["litellm_settings.max_end_user_budget", { litellm_settings: { max_end_user_budget: 1 } }],
    ["litellm_settings.tag_budget_config", { litellm_settings: { tag_budget_config: { a: { max_budget: 1 } } } }],
    ["litellm_settings.callbacks", { litellm_settings: { callbacks: ["llmguard_moderations"] } }],
    ["litellm_settings.banned_keywords_list", { litellm_settings: { banned_keywords_list: ["x"] } }],
    [
      "litellm_settings.redact_user_api_key_info",
      { litellm_settings: { redact_user_api_key_info: true, callbacks: ["file"] } },
    ],
    ["router_settings.provider_budget_config", { router_settings: { provider_budget_config: { openai: {} } } }],
    ["router_settings.enable_tag_filtering", { router_settings: { enable_tag_filtering: true } }],
    [
      "router_settings.optional_pre_call_checks",
      { router_settings: { optional_pre_call_checks: ["enforce_model_rate_limits"] } },
    ],
    ["policies", { policies: { a: {} } }],
    [
      "guardrails[0].litellm_params.guardrail",
      {
        guardrails: [
          { guardrail_name: "g", litellm_params: { guardrail: "presidio", mode: "pre_call", default_on: true } },
        ],
      },
    ],
  ];

  it("keeps the gateway from starting, and what to do instead is said", async () => {
    for (const [path, settings] of rules) {
      const errors = (await refusal(settings)).notices.filter(({ severity }) => severity === "error");
      expect([path, errors.map((one) => one.path)]).toEqual([path, [path]]);
      expect(errors[0]?.remedy).toMatch(/^\w.*GATEHOUSE_START_WITHOUT=\w+/);
    }
  });

  it("is done without where the operator says so in as many words, by its key or its path", async () => {
    for (const [path, settings] of rules) {
      const key = path.split(".").at(-1) ?? "";
      for (const name of [key, path.replace("[0]", "[]")]) {
        const { config } = await load(settings, { GATEHOUSE_START_WITHOUT: ` other, ${name}` });
        const told = config.notices.filter((one) => one.path === path);
        expect([name, told.map(({ severity }) => severity)]).toEqual([name, ["warning"]]);
      }
    }
  });

  it("starts all the same where nothing is allowed for its absence", async () => {
    const { config } = await load({
      general_settings: { custom_auth: "auth.check", custom_key_generate: "keys.check" },
      litellm_settings: { max_internal_user_budget: 1 },
    });
    expect(config.notices.map(({ severity }) => severity)).toEqual(["warning", "warning", "warning"]);
  });

  it("that is switched off is no rule", async () => {
    const { config } = await load({
      general_settings: { completion_model: null },
      router_settings: { enable_tag_filtering: false },
    });
    expect(config.notices.map(({ severity }) => severity)).toEqual(["note", "note"]);
  });

  it("of one model costs that model, and nothing else", async () => {
    const entry = (name: string, more: object) => ({ model_name: name, litellm_params: { model: "m", ...more } });
    const { config } = await load({
      model_list: [entry("a", {}), entry("b", { max_budget: 1 }), { ...entry("c", {}), model_info: { team_id: "t" } }],
    });
    const groups = config.deployments.map(({ group }) => group);
    expect([groups.includes("a"), groups.includes("b"), groups.includes("c")]).toEqual([true, false, false]);
    expect([...config.leftOut]).toEqual(["b", "c"]);
  });

  it("but whose lack closes more than it opens is only told", async () => {
    const { config } = await load({
      general_settings: {
        enable_jwt_auth: true,
        pass_through_endpoints: [{ path: "/a" }],
        allow_client_side_credentials: true,
      },
    });
    expect(config.notices.map(({ severity }) => severity)).toEqual(["warning", "warning", "warning"]);
  });
});

describe("what stands in the wrong place, or means nothing yet", () => {
  it("is told with the place where it belongs, and louder where it was to limit something", async () => {
    const { config } = await load({
      general_settings: { max_budget: 1, drop_params: true, enable_wonders: true, block_everybody: true },
    });
    const told = config.notices.map(({ path, severity, remedy }) => [path.split(".")[1], severity, remedy]);
    expect(told).toEqual([
      ["max_budget", "warning", "It belongs in `litellm_settings`."],
      ["drop_params", "note", "It belongs in `litellm_settings`."],
      ["enable_wonders", "note", "Is it misspelt? Otherwise remove it."],
      ["block_everybody", "warning", "Is it misspelt? Otherwise remove it."],
    ]);
  });

  it("in a model's parameters is told with what it should be", async () => {
    const params = { model: "m", rpm_limit: 3, supports_vision: true, max_input_tokens: 9, odd: 1 };
    const { config } = await load({ model_list: [{ model_name: "a", litellm_params: params }] });
    expect(config.notices.map(({ remedy }) => remedy)).toEqual([
      "Write `rpm`.",
      "It belongs in `model_info`, beside `litellm_params`.",
      "It belongs in `model_info`, beside `litellm_params`.",
      "Is it misspelt?",
    ]);
  });

  it("a provider that is known and not served is not called unknown", async () => {
    const entry = (model: string) => ({ model_name: model, litellm_params: { model } });
    const { notices } = await loadConfig({
      path: "/c.yaml",
      env: {},
      readFile: async () =>
        JSON.stringify({ model_list: [entry("gemini/a"), entry("replicate/a"), entry("nobody/a"), entry("fine/a")] }),
      splitModel: (model) => (model === "fine/a" ? { provider: "openai", model } : undefined),
    }).then(({ config }) => config);
    expect(notices.map(({ message }) => message)).toEqual([
      'Not supported yet: the provider "gemini".',
      'Not supported yet: the provider "replicate".',
      'The provider of "nobody/a" is not known.',
    ]);
    expect(notices[0]?.remedy).toContain("/v1beta/openai");
  });
});
