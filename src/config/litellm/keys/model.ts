/** An entry of `model_list`: the name of the group, how to reach it, and what is known of it. */

import { type Keys, moot, rule, served, unserved } from "../../section.ts";

const templates = unserved("chat templates for text models.", "Let the server apply them, at its chat endpoint.");
const prompts = unserved("prompt management.", "Send the prompt itself.");
const routers = unserved("a router by what is asked.", "Let clients name the model.");
const deploymentBudget = rule(
  "a budget of one deployment.",
  "Set one with the vendor, or `litellm_settings.max_budget` for all calls.",
);
const health = unserved("health checks of vendors.", "A deployment that fails rests by itself.");
const oneTeam = rule("models of one team.", "Give keys the models that they may use.");

export const modelKeys = {
  model_name: served(
    "text",
    "The name that clients ask for. Several entries of one name share its load; it may hold `*`.",
  ),
  litellm_params: served("map", "How this deployment is called."),
  model_info: served("map", "What is known of the model."),
  rpm: served("count", "Requests a minute that this deployment bears; may stand here or in `litellm_params`."),
  tpm: served("count", "Tokens a minute that this deployment bears; may stand here or in `litellm_params`."),
} as const satisfies Keys;

export const paramKeys = {
  model: served("text", "`vendor/model`; everything after the first slash is the vendor's own name of the model."),
  api_key: served("secret", "The vendor's key; where absent, the vendor's environment variable."),
  api_base: served("text", "Where the vendor is; where absent, its usual address."),
  base_url: served("text", "Another name of `api_base`."),
  custom_llm_provider: served("text", "The vendor, where the name of the model does not say it."),
  organization: served("texts", "The organisation to bill; a list makes one deployment of each."),
  litellm_credential_name: served(
    "text",
    "The entry of `credential_list` to take credentials from; what stands here wins.",
  ),
  extra_headers: served("map", "Headers to add to every call."),
  headers: served("map", "Another name of `extra_headers`."),
  extra_body: served("map", "Fields to add to every body."),
  timeout: served("seconds", "Seconds for a whole call."),
  stream_timeout: served("seconds", "Seconds until a stream's first event."),
  max_retries: served("count", "Further attempts of a call; `num_retries` wins."),
  num_retries: served("count", "Further attempts of a call."),
  rpm: served("count", "Requests a minute: this deployment's share of the load."),
  tpm: served("count", "Tokens a minute: this deployment's share of the load, where no `rpm` is given."),
  weight: served("amount", "This deployment's share of the load; wins over `rpm` and `tpm`."),
  order: served("count", "Lower goes first; the next is tried only when none of the lower is left."),
  max_parallel_requests: served("count", "Calls at one time; one more is refused with 429."),
  cooldown_time: served("seconds", "Seconds that this deployment rests after it failed; 0: never."),
  drop_params: served("flag", "Parameters that the vendor does not know are dropped (true) or refused (false)."),
  additional_drop_params: served("texts", "Parameters to drop always."),
  allowed_openai_params: served("texts", "Parameters to pass on although the vendor is not known to take them."),
  mock_response: served("text", "The answer to give instead of calling the vendor."),
  base_model: served("text", "The catalogue's name of the model, for prices and limits."),
  tags: unserved("routing by tags.", "Give the deployment a model name of its own."),
  tag_regex: unserved("routing by tags.", "Give the deployment a model name of its own."),
  max_budget: deploymentBudget,
  budget_duration: unserved("periods of a budget of one deployment."),
  silent_model: unserved("mirroring of calls to a second model."),
  configurable_clientside_auth_params: unserved(
    "credentials from clients for single deployments; they are never taken.",
    "Make an entry for each.",
  ),
  use_in_pass_through: unserved("the credentials of pass-through routes."),
  use_litellm_proxy: served(
    "flag",
    "Asked at another gateway (`litellm_proxy/`), under the whole name that stands in `model`.",
  ),
  merge_reasoning_content_in_choices: unserved(
    "reasoning inside the answer's text.",
    "Clients find it in `reasoning_content`.",
  ),
  guardrails: rule("guardrails of one deployment.", "Give the guardrail `default_on: true`."),
  prompt_id: prompts,
  prompt_variables: prompts,
  prompt_version: prompts,
  prompt_integration: prompts,
  initial_prompt_value: templates,
  roles: templates,
  final_prompt_value: templates,
  bos_token: templates,
  eos_token: templates,
  auto_router_config_path: routers,
  auto_router_config: routers,
  auto_router_default_model: routers,
  auto_router_embedding_model: routers,
  complexity_router_config: routers,
  complexity_router_default_model: routers,
  adaptive_router_config: routers,
  allowed_fails: served("count", "Failures a minute after which this deployment rests; wins over the router's."),
  allowed_fails_policy: served("map", "The same by kind of error, also where the deployment is alone in its group."),
  model_info: unserved("model information inside `litellm_params`.", "Put it beside it."),
  ssl_verify: unserved(
    "certificate checks switched off or changed for one deployment; they stay on.",
    "NODE_EXTRA_CA_CERTS adds an authority.",
  ),
  stream_options: moot("Streams are always asked for their usage."),
  use_chat_completions_api: moot("The language to ask a vendor in is chosen by the vendor's declaration."),
} as const satisfies Keys;

/** What a vendor's declaration may ask for besides. Kept as settings, secrets among them out of sight. */
export const vendorKeys = {
  api_version: served("text", "The version of the vendor's API, where it takes one."),
  region_name: served("text", "The vendor's region."),
  project: served("text", "The vendor's project."),
  project_id: served("text", "The vendor's project."),
  space_id: served("text", "The vendor's deployment space."),
  deployment_id: served("text", "The vendor's name of the deployment."),
  account_id: served("text", "The account at the vendor."),
  tenant_id: served("text", "The tenant at the vendor's identity service."),
  client_id: served("text", "The client at the vendor's identity service."),
  client_secret: served("secret", "The client's secret at the vendor's identity service."),
  token: served("secret", "The vendor's token, where it takes one in place of a key."),
  zen_api_key: served("secret", "The key of a platform in one's own house that takes it as it is."),
} as const satisfies Keys;

/** Settings by the beginning of their names: those of the large clouds. */
export const vendorPrefixes = [
  "aws_",
  "vertex_",
  "azure_",
  "watsonx_",
  "databricks_",
  "snowflake_",
  "cloudflare_",
  "sap_",
];

/** What clients may send in a chat, embedding or completion body: given here, it fills in where they do not. */
// biome-ignore format: one list
export const bodyKeys = [
  "temperature", "top_p", "top_k", "n", "stop", "max_tokens", "max_completion_tokens", "max_output_tokens", "presence_penalty", "frequency_penalty",
  "logit_bias", "user", "seed", "response_format", "tools", "tool_choice", "parallel_tool_calls", "logprobs", "top_logprobs", "reasoning_effort",
  "reasoning", "thinking", "service_tier", "modalities", "audio", "prediction", "store", "metadata", "verbosity", "web_search_options",
  "safety_settings", "encoding_format", "dimensions", "input_type", "truncate", "best_of", "echo", "suffix", "prompt_cache_key",
  "prompt_cache_retention", "safety_identifier", "min_p", "repetition_penalty", "cache_control_injection_points", "provider", "transforms",
  "keep_alive", "num_ctx", "stream",
] as const;

export const infoKeys = {
  id: served("text", "The deployment's id; where absent, a hash of what makes it different."),
  mode: served("text", "What the model does: `chat` (default), `embedding`, `completion`, `responses` …"),
  base_model: served("text", "The catalogue's name of the model, for prices and limits."),
  access_groups: served("texts", "Names that keys may be granted in place of single models."),
  supported_environments: served("texts", "Where this entry counts: only if LITELLM_ENVIRONMENT is among them."),
  max_tokens: served("count", "The most tokens of an answer."),
  max_input_tokens: served("count", "The most tokens of a question."),
  max_output_tokens: served("count", "The most tokens of an answer."),
  health_check_model: health,
  health_check_timeout: health,
  health_check_max_tokens: health,
  health_check_max_tokens_reasoning: health,
  health_check_max_tokens_non_reasoning: health,
  health_check_voice: health,
  disable_background_health_check: moot("No model is asked in the background."),
  team_id: oneTeam,
  team_public_model_name: unserved("models of one team."),
  custom_tokenizer: unserved("tokenizers from elsewhere.", "Tokens are counted by the nearest that is built in."),
  adaptive_router_preferences: routers,
  allowed_fails: served("count", "Failures a minute after which this deployment rests; wins over the router's."),
  allowed_fails_policy: served("map", "The same by kind of error, also where the deployment is alone in its group."),
  cooldown_time: served("seconds", "As in `litellm_params`."),
} as const satisfies Keys;

/** Prices in dollars, and what else the catalogue's entries hold: may stand in both places. */
export const isPrice = (name: string): boolean => /(?:^|_)cost(?:_|$)/.test(name) || name === "tiered_pricing";

export const credentialKeys = {
  credential_name: served("text", "The name that models refer to."),
  credential_values: served("map", "What is merged into `litellm_params`."),
  credential_info: moot("A description, for people."),
} as const satisfies Keys;
