/** The sections of a configuration file. */

import { type Keys, rule, served, unserved } from "../../section.ts";

export const fileKeys = {
  model_list: served("list", "The models that can be asked for, and every way to reach them."),
  litellm_settings: served("map", "Settings of the calls: parameters, retries, fallbacks, cache, callbacks."),
  router_settings: served("map", "How one of several deployments is chosen; wins over `litellm_settings`."),
  general_settings: served("map", "Settings of the server: admin key, database, limits."),
  environment_variables: served("map", "Variables that this configuration sets; they win over the process's own."),
  credential_list: served("list", "Named sets of credentials that models refer to by `litellm_credential_name`."),
  guardrails: served("list", "Checks of what goes to a model and what comes back."),
  callback_settings: served("map", "Options of callbacks, by their names."),
  include: served("texts", "Further files, relative to this one; lists grow, mappings merge."),
  policies: rule("policies that bundle guardrails.", "Give the guardrails `default_on: true`."),
  policy_attachments: rule(
    "the attachment of policies to teams, keys and models.",
    "Give the guardrails `default_on: true`.",
  ),
  prompts: unserved("prompt management.", "Send the prompt itself."),
  mcp_servers: unserved("the MCP gateway."),
  mcp_tools: unserved("tools of the MCP gateway."),
  vector_store_registry: unserved("vector stores."),
  search_tools: unserved("search tools."),
  agents: unserved("agents (A2A)."),
  agent_list: unserved("agents (A2A)."),
  files_settings: unserved("the files API."),
  finetune_settings: unserved("the fine-tuning API."),
  assistant_settings: unserved("the assistants API."),
  default_vertex_config: unserved("default credentials of the Vertex pass-through."),
  worker_registry: unserved("a control plane over several gateways."),
} as const satisfies Keys;
