/** The sections beside the model list: what is served, what is told, and the examples that documentation gives. */
import { describe, expect, it } from "vitest";
import { loadConfig } from "../load.ts";
import { ConfigError } from "../notices.ts";

const models =
  "model_list:\n  - {model_name: a, litellm_params: {model: openai/a}}\n  - {model_name: b, litellm_params: {model: openai/b}}\n";

const load = (text: string, env: Record<string, string> = {}) =>
  loadConfig({
    path: "/c.yaml",
    env,
    dataDir: "/data",
    readFile: (path) => Promise.resolve(path === "/c.yaml" ? models + text : undefined),
    splitModel: (name) => ({ provider: "openai", model: name.replace("openai/", "") }),
  });

const notices = async (text: string, env: Record<string, string> = {}) =>
  load(text, env).then(
    ({ config }) => config.notices,
    (error: unknown) => (error instanceof ConfigError ? error.notices : Promise.reject(error as Error)),
  );

describe("routing", () => {
  it("has defaults", async () => {
    const { config } = await load("");
    expect(config.routing).toMatchObject({
      strategy: "simple-shuffle",
      retries: 2,
      timeout: 600,
      cooldown: 5,
      maxFallbacks: 5,
      cooldowns: true,
    });
  });

  it("takes the router's word over the older settings, and theirs over the environment's", async () => {
    const { config } = await load(
      "router_settings: {num_retries: 1}\nlitellm_settings: {num_retries: 2, request_timeout: 20}\n",
      { REQUEST_TIMEOUT: "99", ROUTER_MAX_FALLBACKS: "7" },
    );
    expect(config.routing).toMatchObject({ retries: 1, timeout: 20, maxFallbacks: 7 });
  });

  it("reads fallbacks of every kind", async () => {
    const { config } = await load(`litellm_settings:
  fallbacks: [{a: [b]}, {"*": [b]}]
  context_window_fallbacks:
    - a:
      - b
  content_policy_fallbacks: [{a: b}]
`);
    expect(config.routing.fallbacks).toEqual(new Map([["a", ["b"]]]));
    expect(config.routing.defaultFallbacks).toEqual(["b"]);
    expect(config.routing.contextFallbacks).toEqual(new Map([["a", ["b"]]]));
    expect(config.routing.contentFallbacks).toEqual(new Map([["a", ["b"]]]));
    expect(config.notices).toEqual([]);
  });

  it("tells of fallbacks and aliases that lead nowhere, with the line", async () => {
    expect(
      await notices("router_settings:\n  fallbacks:\n    - a: [nobody]\n  model_group_alias:\n    x: nothing\n"),
    ).toMatchObject([
      { severity: "warning", path: "router_settings.fallbacks.a", line: 6 },
      { severity: "warning", path: "router_settings.model_group_alias.x", line: 8 },
    ]);
  });

  it("reads aliases, hidden ones too", async () => {
    const { config } = await load("router_settings:\n  model_group_alias: {x: a, y: {model: b, hidden: true}}\n");
    expect([...config.aliases]).toEqual([
      ["x", { group: "a", hidden: false }],
      ["y", { group: "b", hidden: true }],
    ]);
  });

  it("reads retry policies", async () => {
    const { config } = await load(
      "router_settings:\n  retry_policy: {RateLimitErrorRetries: 3}\n  model_group_retry_policy: {a: {TimeoutErrorRetries: 0}}\n",
    );
    expect(config.routing.retryPolicy).toEqual({ RateLimitErrorRetries: 3 });
    expect(config.routing.groupRetryPolicy.get("a")).toEqual({ TimeoutErrorRetries: 0 });
  });

  it("stands the usual strategy in for one that is not served, and refuses one that nobody knows", async () => {
    expect(await notices("router_settings: {routing_strategy: least-busy}\n")).toMatchObject([
      { severity: "warning", line: 4 },
    ]);
    expect(await notices("router_settings: {routing_strategy: best}\n")).toMatchObject([
      { severity: "error", line: 4 },
    ]);
  });
});

describe("the server", () => {
  it("takes its settings", async () => {
    const { config } = await load(
      "general_settings: {master_key: sk-x, litellm_key_header_name: X-Own, max_request_size_mb: 1, store_prompts_in_spend_logs: yes}\nlitellm_settings: {budget_exceeded_status_code: 422, json_logs: true}\n",
      { LITELLM_LOG: "WARNING" },
    );
    expect(config.access).toMatchObject({ keyHeader: "x-own", open: false });
    expect(config.limits).toMatchObject({ bodyBytes: 1_048_576, budgetStatus: 422 });
    expect(config.log).toEqual({ level: "warn" });
    expect(config.notices.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["general_settings.store_prompts_in_spend_logs", "litellm_settings.json_logs"]),
    );
  });

  it("knows databases that it can serve", async () => {
    expect(await notices("general_settings: {database_url: mysql://x}\n")).toMatchObject([
      { severity: "error", line: 4 },
    ]);
  });

  it("asks for a key for metrics, unless they are asked for by name", async () => {
    expect((await load("")).config.metrics).toEqual({ enabled: true, authenticated: true });
    expect((await load("litellm_settings: {callbacks: [prometheus]}\n")).config.metrics.authenticated).toBe(false);
  });
});

describe("callbacks, caches and guardrails", () => {
  it("become sinks", async () => {
    const { config } = await load(
      `litellm_settings:
  callbacks: [otel, mine]
  success_callback: ["file"]
callback_settings:
  mine: {callback_type: generic_api, endpoint: "https://log.example", headers: {Authorization: os.environ/T}, event_types: [llm_api_failure]}
`,
      { OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel:4318", T: "secret-token" },
    );
    expect(config.sinks).toMatchObject([
      { name: "otel", type: "otlp", on: ["success", "failure"], options: { endpoint: "http://otel:4318" } },
      {
        name: "mine",
        type: "webhook",
        on: ["failure"],
        options: { endpoint: "https://log.example", format: "json-array" },
      },
      { name: "file", type: "ndjson-file", on: ["success"], options: { path: "/data/records.ndjson" } },
    ]);
    expect(JSON.stringify(config)).not.toContain("secret-token");
  });

  it("that are not served are told", async () => {
    expect(await notices("litellm_settings: {callbacks: [langfuse]}\n")).toMatchObject([
      { severity: "warning", message: expect.stringContaining("langfuse") },
    ]);
  });

  it("cache in memory, and say so where something else was asked for", async () => {
    const { config } = await load(
      "litellm_settings:\n  cache: true\n  cache_params: {type: local, ttl: 60, mode: default_off, supported_call_types: [acompletion, aembedding], namespace: n}\n",
    );
    expect(config.cache).toEqual({
      type: "memory",
      ttl: 60,
      mode: "default_off",
      operations: ["chat", "embed"],
      maxBytes: 67_108_864,
      namespace: "n",
    });
    expect(config.notices).toEqual([]);
    expect(await notices("litellm_settings: {cache: true}\n")).toMatchObject([{ severity: "warning" }]);
  });

  it("filter content, with options in our words", async () => {
    const { config } = await load(`guardrails:
  - guardrail_name: filter
    litellm_params:
      guardrail: litellm_content_filter
      mode: [pre_call, post_call]
      default_on: true
      blocked_words: [{keyword: tea, action: BLOCK}]
      patterns: [{pattern_type: prebuilt, pattern_name: email, action: MASK}]
`);
    expect(config.guardrails).toMatchObject([
      {
        name: "filter",
        type: "content-filter",
        when: ["request", "answer"],
        always: true,
        onFailure: "refuse",
        options: { blockedWords: [{ keyword: "tea" }], patterns: [{ patternType: "prebuilt", patternName: "email" }] },
      },
    ]);
  });

  it("never start without a guardrail that was to check everything", async () => {
    const guardrail = (on: boolean) =>
      `guardrails:\n  - guardrail_name: g\n    litellm_params: {guardrail: presidio, mode: pre_call, default_on: ${on}}\n`;
    expect(await notices(guardrail(true))).toMatchObject([{ severity: "error", line: 5 }]);
    expect(await notices(guardrail(false))).toMatchObject([{ severity: "warning" }]);
  });
});

describe("nothing is ignored in silence:", () => {
  it("keys that nobody knows", async () => {
    expect(await notices("general_settings:\n  mastr_key: x\nfurther: 1\n")).toMatchObject([
      { severity: "note", path: "further", line: 6 },
      { severity: "note", path: "general_settings.mastr_key", line: 5 },
    ]);
  });

  it("keys that are not supported yet, less loudly where they are switched off", async () => {
    expect(
      await notices("general_settings:\n  background_health_checks: true\n  store_model_in_db: false\n"),
    ).toMatchObject([
      { severity: "warning", path: "general_settings.background_health_checks", line: 5 },
      { severity: "note", path: "general_settings.store_model_in_db", line: 6 },
    ]);
  });

  it("variables that are not supported yet", async () => {
    expect(await notices("", { REDIS_HOST: "r" })).toMatchObject([{ severity: "warning", path: "REDIS_HOST" }]);
  });

  it("sections of the wrong shape", async () => {
    expect(await notices("litellm_settings: [a]\n")).toMatchObject([
      { severity: "error", path: "litellm_settings", line: 4 },
    ]);
  });
});
