/** The keys of `general_settings`: the server. */

import { type Keys, moot, rule, served, unserved } from "../../section.ts";

const retention = unserved("the end of old log rows.", "Delete old rows, or drop old months, in the database.");
const health = unserved("health checks of vendors in the background.", "A deployment that fails rests by itself.");
const alerts = unserved("alerts.", "Let Prometheus raise them from /metrics.");
const ownChecks = unserved(
  "keys that your own Python code judges: no others than Gatehouse's own are accepted.",
  "Give callers virtual keys.",
);
const ownKeys = unserved(
  "rules of your own for new keys, written in Python; only administrators make keys.",
  "Use `litellm_settings.upperbound_key_generate_params`.",
);
const signIn = unserved("sign-in by JWT and OAuth2: such tokens are refused.", "Give callers virtual keys.");
const mcp = unserved("the MCP gateway.");
const passThrough = unserved("pass-through endpoints: there is nothing at such paths.", "Call the vendor itself.");
const forcedModel = rule(
  "one model for every request, whatever it asks for.",
  "Make it the `model` of a `*` entry, the only one in `model_list`.",
);
const clientHeaders = unserved(
  "client headers passed on to vendors beyond those that a vendor is declared to understand.",
  "Set `extra_headers` of the deployment.",
);
const spendLog = unserved(
  "the request log switched off.",
  "It holds no prompts and answers; delete rows that you do not want.",
);
const jobs = moot("The gateway writes and resets at its own pace.");
const ui = unserved("settings of the console: there is none.");
const vault = unserved(
  "secrets in a vault.",
  "Refer to them by os.environ/NAME or file:/path; a vault's agent can write either.",
);
const pool = unserved(
  "settings of the pool of database connections.",
  "Limit them in the database, or by a pooler in front.",
);
const inDatabase = unserved(
  "models kept in the database.",
  "Put them into `model_list`; a changed file is read at once.",
);

export const generalKeys = {
  master_key: served(
    "secret",
    "The administrator's key; default LITELLM_MASTER_KEY. Where neither is set, one is made.",
  ),
  database_url: served(
    "secret",
    "`postgres://…`; default DATABASE_URL. Where neither is set, a file in the data directory.",
  ),
  litellm_key_header_name: served("text", "A header besides the usual ones that may carry a caller's key."),
  allowed_routes: served(
    "texts",
    "The only routes that are served, to administrators too: paths, `/path/*`, or groups such as `llm_api_routes`. Health checks and the welcome page always are.",
  ),
  admin_only_routes: served("texts", "Routes for administrators only, besides those that always are."),
  public_routes: served(
    "texts",
    "Routes that need no key: whoever reaches the address may use them, with every model. Administrators' routes stay closed.",
  ),
  allowed_ips: served(
    "texts",
    "The only addresses that may call, or ranges (`10.0.0.0/8`); health checks are answered to all.",
  ),
  use_x_forwarded_for: served(
    "flag",
    "The caller's address is the last one in `X-Forwarded-For`: the one that the proxy in front saw. Only behind such a proxy.",
  ),
  max_request_size_mb: served("amount", "The largest body that is read, in MB; default 32."),
  max_response_size_mb: served("amount", "The largest answer that is read from a vendor, in MB; default 64."),
  enforce_user_param: served("flag", "A request that names no end user (`user`) is refused."),
  enforced_params: served("texts", "Fields without which a request is refused: `user`, `metadata.team`."),
  service_account_settings: served(
    "map",
    "`enforced_params`: the same, for keys with `service_account_id` in their metadata.",
  ),
  reject_clientside_metadata_tags: served("flag", "A request that brings tags is refused."),
  global_max_parallel_requests: served(
    "count",
    "Calls at one time over the whole gateway; one more is refused with 429.",
  ),
  default_team_disabled: served("flag", "Keys without a `team_id` cannot be made."),
  dangerously_permit_weak_or_unset_master_key: served(
    "flag",
    "Without an admin key everybody is let in; a well-known one is taken.",
  ),
  infer_model_from_keys: served(
    "flag",
    "`vendor/*` groups for every vendor whose key is in the environment, besides the list.",
  ),
  proxy_budget_rescheduler_min_time: jobs,
  proxy_budget_rescheduler_max_time: jobs,
  proxy_batch_write_at: jobs,
  disable_master_key_return: moot("The admin key is never told."),
  disable_adding_master_key_hash_to_db: moot("The admin key is not kept in the database."),
  disable_responses_id_security: moot("Stored responses are always their owner's only."),
  user_api_key_cache_ttl: moot("A changed key counts at once."),
  fail_closed_budget_enforcement: moot("A call whose worst case exceeds what is left of a budget is always refused."),
  allow_user_auth: moot("It is long out of use."),
  max_parallel_requests: moot(
    "LiteLLM reads it nowhere. Use `global_max_parallel_requests`, or the limits of keys and deployments.",
  ),
  litellm_license: moot("Everything is free: no licence is needed."),
  custom_auth: ownChecks,
  custom_auth_settings: unserved("options of `custom_auth`."),
  custom_auth_run_common_checks: moot("The usual checks always run."),
  custom_key_generate: ownKeys,
  custom_key_update: ownKeys,
  disable_reset_budget: rule("budgets that never start anew.", "Give keys a `max_budget` without `budget_duration`."),
  completion_model: forcedModel,
  embedding_model: forcedModel,
  image_generation_model: unserved("images."),
  moderation_model: unserved("moderation."),
  allow_client_side_credentials: unserved(
    "a vendor's key and address from clients; they are never taken.",
    "Put each into an entry of `model_list`.",
  ),
  store_prompts_in_spend_logs: unserved("prompts and answers in the request log."),
  block_robots: unserved("a robots.txt.", "Serve one from the proxy in front."),
  database_connection_pool_limit: pool,
  database_connection_timeout: pool,
  database_connection_pool_timeout: pool,
  database_type: unserved("databases other than PostgreSQL and the embedded one.", "Use one of these."),
  database_args: unserved("databases other than PostgreSQL and the embedded one.", "Use one of these."),
  store_model_in_db: inDatabase,
  supported_db_objects: inDatabase,
  disable_prisma_schema_update: unserved(
    "a start that leaves the database's tables as they are.",
    "Gatehouse makes tables of its own, and changes them only when it is a newer version.",
  ),
  allow_requests_on_db_unavailable: unserved(
    "callers let in unseen while the database is away.",
    "Keys that were used lately are known without it.",
  ),
  disable_spend_logs: spendLog,
  disable_spend_updates: spendLog,
  disable_error_logs: spendLog,
  maximum_spend_logs_retention_period: retention,
  maximum_spend_logs_retention_interval: retention,
  maximum_spend_logs_cleanup_cron: retention,
  proxy_batch_polling_interval: unserved("the batches API."),
  use_redis_transaction_buffer: unserved(
    "spend kept in Redis until it is written.",
    "It is never lost without: remove it.",
  ),
  custom_sso: ui,
  custom_ui_sso_sign_in_handler: ui,
  user_header_name: unserved(
    "a header of your own that names the end user.",
    "Send `x-litellm-customer-id`, or `user` in the body.",
  ),
  user_header_mappings: unserved(
    "headers of your own that name the end user.",
    "Send `x-litellm-customer-id`, or `user` in the body.",
  ),
  disable_retry_on_max_parallel_request_limit_error: unserved(
    "attempts given up where a deployment is full.",
    "Set `RateLimitErrorRetries: 0` in `router_settings.retry_policy`.",
  ),
  token_rate_limit_type: unserved(
    "token limits that count only questions or only answers.",
    "Both count: set `tpm_limit` for the sum.",
  ),
  enable_jwt_auth: signIn,
  litellm_jwtauth: signIn,
  role_permissions: signIn,
  enforce_rbac: signIn,
  enable_oauth2_auth: signIn,
  enable_oauth2_proxy_auth: signIn,
  oauth2_config_mappings: signIn,
  key_management_system: vault,
  key_management_settings: vault,
  use_google_kms: vault,
  use_azure_key_vault: vault,
  ui_access_mode: ui,
  auto_redirect_ui_login_to_sso: ui,
  enable_public_model_hub: unserved("the public list of models.", "GET /v1/models tells a key its models."),
  control_plane_url: unserved("a control plane over several gateways."),
  background_health_checks: health,
  health_check_interval: health,
  health_check_concurrency: health,
  health_check_details: health,
  enable_health_check_routing: health,
  health_check_staleness_threshold: health,
  health_check_ignore_transient_errors: health,
  use_shared_health_check: health,
  alerting: alerts,
  alerting_threshold: alerts,
  alert_types: alerts,
  alert_to_webhook_url: alerts,
  alert_type_config: alerts,
  alerting_args: alerts,
  spend_report_frequency: alerts,
  forward_client_headers_to_llm_api: clientHeaders,
  forward_llm_provider_auth_headers: clientHeaders,
  forward_openai_org_id: unserved(
    "a client's organisation passed on to the vendor.",
    "Set `organization` of the deployment.",
  ),
  always_include_stream_usage: unserved(
    "usage in every stream, also where the client did not ask for it.",
    "Send `stream_options: {include_usage: true}`; records count it always.",
  ),
  pass_through_endpoints: passThrough,
  use_client_credentials_pass_through_routes: passThrough,
  pass_through_request_timeout: passThrough,
  missing_session_id: unserved("affinity of sessions to deployments."),
  coordination_redis: unserved(
    "limits shared by several gateways through Redis.",
    "Run one, or divide the limits among them.",
  ),
  team_admin_editable_team_fields: unserved("rights of team administrators: only administrators change anything."),
  dangerously_allow_mock_testing_request_params: unserved(
    "failures that clients order for a test.",
    "The model `mock/echo` fails on demand.",
  ),
  user_mcp_management_mode: mcp,
  enable_mcp_registry: mcp,
  mcp_client_side_auth_header_name: mcp,
  mcp_internal_ip_ranges: mcp,
  mcp_trusted_proxy_ranges: mcp,
  mcp_required_fields: mcp,
  require_end_user_mcp_access_defined: mcp,
  search_tools: unserved("search tools."),
  otel: unserved("a switch of tracing.", "Use `litellm_settings.callbacks: [otel]`."),
} as const satisfies Keys;
