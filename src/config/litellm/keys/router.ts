/** The keys of `router_settings`. */

import { type Keys, moot, rule, served, unserved } from "../../section.ts";

const affinity = unserved("affinity of callers to deployments.");
const redis = unserved("routing state in Redis.", "Each process keeps its own: remove it.");
const queue = unserved("a queue by priority.");
const health = unserved("routing by health checks.", "A deployment that fails rests by itself.");

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
  allowed_fails_policy: served(
    "map",
    "Failures a minute after which a deployment rests, by kind of error (`TimeoutErrorAllowedFails: 3`); wins over `allowed_fails`.",
  ),
  enable_pre_call_checks: served("flag", "A deployment whose `max_input_tokens` the question exceeds is not asked."),
  enable_pre_call_check: served("flag", "A deployment whose `max_input_tokens` the question exceeds is not asked."),
  optional_pre_call_checks: served(
    "texts",
    "None of them is served: affinities are told, and limits keep the gateway from starting.",
  ),
  deployment_affinity_ttl_seconds: affinity,
  model_group_affinity_config: affinity,
  enable_tag_filtering: rule(
    "deployments that only requests with their tag may use.",
    "Give them model names of their own, and keys that may use these.",
  ),
  tag_filtering_match_any: unserved("routing by tags.", "Give the deployments model names of their own."),
  default_max_parallel_requests: served("count", "Calls at one time for deployments that do not say otherwise."),
  redis_host: redis,
  redis_port: redis,
  redis_password: redis,
  redis_db: redis,
  redis_url: redis,
  cache_kwargs: redis,
  cache_responses: unserved("a cache switched on here.", "Use `litellm_settings.cache`."),
  caching_groups: unserved("a cache that model groups share.", "Use `model_group_alias`: an alias shares its group's."),
  default_priority: queue,
  polling_interval: queue,
  provider_budget_config: rule(
    "budgets of vendors.",
    "Set one with the vendor, or `litellm_settings.max_budget` for all.",
  ),
  client_ttl: moot("Connections are kept as long as they are used."),
  assistants_config: unserved("the assistants API."),
  search_tools: unserved("search tools."),
  guardrail_list: rule("guardrails of the router.", "Use `guardrails`."),
  alerting_config: unserved("alerts.", "Let Prometheus raise them from /metrics."),
  router_general_settings: unserved("models that are in no list.", "Add a `*` entry to `model_list`."),
  enable_health_check_routing: health,
  health_check_staleness_threshold: health,
  health_check_ignore_transient_errors: health,
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
  ServiceUnavailableErrorRetries: served(
    "count",
    "Further attempts after the vendor was overloaded or could not be reached (503).",
  ),
  BadGatewayErrorRetries: served("count", "Further attempts after an answer that nobody can read (502)."),
  NotFoundErrorRetries: served("count", "Further attempts after the vendor did not know the model (404)."),
} as const satisfies Keys;

/** What a policy of failures may say, by kind of error. */
export const failKeys = {
  BadRequestErrorAllowedFails: served("count", "Refusals of requests (400)."),
  AuthenticationErrorAllowedFails: served("count", "Refusals of the key (401)."),
  TimeoutErrorAllowedFails: served("count", "Calls that took too long."),
  RateLimitErrorAllowedFails: served("count", "Refusals because the vendor had enough of us (429)."),
  ContentPolicyViolationErrorAllowedFails: served("count", "Refusals of the content."),
  InternalServerErrorAllowedFails: served("count", "Failures of the vendor (500)."),
  ServiceUnavailableErrorAllowedFails: served("count", "Vendors overloaded or out of reach (503)."),
  BadGatewayErrorAllowedFails: served("count", "Answers that nobody can read (502)."),
  NotFoundErrorAllowedFails: served("count", "Models that the vendor does not know (404)."),
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
