/** The keys of `router_settings`. */

import { type Keys, moot, served, unserved } from "../../section.ts";

export const routerKeys = {
  routing_strategy: served("text", "How one of several deployments is chosen: `simple-shuffle`."),
  routing_strategy_args: unserved("options of routing strategies."),
  num_retries: served("count", "Further attempts of a failed call; default 2."),
  retry_after: served("seconds", "The least seconds between two attempts."),
  retry_policy: served(
    "map",
    "Further attempts by kind of error (`RateLimitErrorRetries: 3`); wins over `num_retries`.",
  ),
  model_group_retry_policy: served("map", "The same for single model groups."),
  timeout: served("seconds", "Seconds for a whole call; default 600."),
  stream_timeout: served("seconds", "Seconds until a stream's first event."),
  fallbacks: served("list", "Model groups to try when one fails: a list of `name: [others]`; `*` stands for all."),
  context_window_fallbacks: served("list", "The same, when the question is too long for the model."),
  content_policy_fallbacks: served("list", "The same, when the vendor refuses the content."),
  default_fallbacks: served("texts", "Model groups to try when any other fails."),
  max_fallbacks: served("count", "The most fallbacks of one call; default 5."),
  allowed_fails: served("count", "Failures a minute after which a deployment rests."),
  cooldown_time: served("seconds", "Seconds that a failing deployment rests; default 5."),
  disable_cooldowns: served("flag", "Deployments never rest."),
  model_group_alias: served("map", "Other names of model groups: a name, or `{model, hidden}`."),
  default_litellm_params: served(
    "map",
    "What every deployment's `litellm_params` hold where they do not say otherwise.",
  ),
  ignore_invalid_deployments: served(
    "flag",
    "A wrong entry of `model_list` is left out (true, the default) or keeps the gateway from starting.",
  ),
  allowed_fails_policy: unserved("the number of failures by kind of error; `allowed_fails` is served."),
  enable_pre_call_checks: unserved(
    "deployments left out because the question is too long for them; `context_window_fallbacks` is served.",
  ),
  enable_pre_call_check: unserved(
    "deployments left out because the question is too long for them; `context_window_fallbacks` is served.",
  ),
  optional_pre_call_checks: unserved("affinity and further checks before a call."),
  deployment_affinity_ttl_seconds: unserved("affinity of callers to deployments."),
  model_group_affinity_config: unserved("affinity of callers to deployments."),
  enable_tag_filtering: unserved("routing by tags."),
  tag_filtering_match_any: unserved("routing by tags."),
  default_max_parallel_requests: served("count", "Calls at one time for deployments that do not say otherwise."),
  redis_host: unserved("routing state in Redis; it is kept in this process."),
  redis_port: unserved("routing state in Redis; it is kept in this process."),
  redis_password: unserved("routing state in Redis; it is kept in this process."),
  redis_db: unserved("routing state in Redis; it is kept in this process."),
  redis_url: unserved("routing state in Redis; it is kept in this process."),
  cache_kwargs: unserved("routing state in Redis; it is kept in this process."),
  cache_responses: unserved("a cache switched on here; use `litellm_settings.cache`."),
  caching_groups: unserved("a cache that model groups share."),
  default_priority: unserved("a queue by priority."),
  polling_interval: unserved("a queue by priority."),
  provider_budget_config: unserved("budgets of vendors."),
  client_ttl: moot("Connections are kept as long as they are used."),
  assistants_config: unserved("the assistants API."),
  search_tools: unserved("search tools."),
  guardrail_list: unserved("guardrails of the router; use `guardrails`."),
  alerting_config: unserved("alerts."),
  router_general_settings: unserved("models that are in no list; add a `*` entry to `model_list`."),
  enable_health_check_routing: unserved("routing by health checks."),
  health_check_staleness_threshold: unserved("routing by health checks."),
  health_check_ignore_transient_errors: unserved("routing by health checks."),
  debug_level: moot("Use LITELLM_LOG."),
  set_verbose: moot("Use LITELLM_LOG."),
} as const satisfies Keys;

/** What a retry policy may say, by kind of error. */
export const retryKeys = {
  BadRequestErrorRetries: served("count", "Further attempts after the vendor refused the request."),
  AuthenticationErrorRetries: served("count", "Further attempts after the vendor refused the key."),
  TimeoutErrorRetries: served("count", "Further attempts after a call that took too long."),
  RateLimitErrorRetries: served("count", "Further attempts after the vendor had enough of us."),
  ContentPolicyViolationErrorRetries: served("count", "Further attempts after the vendor refused the content."),
  InternalServerErrorRetries: served("count", "Further attempts after the vendor failed."),
  ServiceUnavailableErrorRetries: unserved("attempts after a 503 apart from others; `num_retries` counts."),
  BadGatewayErrorRetries: unserved("attempts after a 502 apart from others; `num_retries` counts."),
  NotFoundErrorRetries: unserved("attempts after a 404 apart from others; `num_retries` counts."),
} as const satisfies Keys;

/** Strategies that are known by name and do not stand on the rack yet: the default stands in. */
export const strategies = {
  served: ["simple-shuffle"],
  unserved: [
    "least-busy",
    "usage-based-routing",
    "usage-based-routing-v2",
    "latency-based-routing",
    "cost-based-routing",
  ],
} as const;
