/** Writes the documentation page of the configuration from the tables that read it, so that the two never differ. */

import { withoutVariable } from "../notices.ts";
import { secretStores } from "../secrets/index.ts";
import type { Key, Keys } from "../section.ts";
import { unservedVariables, type Variable, variables } from "./environment.ts";
import { fileKeys } from "./keys/file.ts";
import { generalKeys } from "./keys/general.ts";
import { callbackKeys, guardrailKeys, guardrailParamKeys } from "./keys/guardrail.ts";
import { bodyKeys, credentialKeys, infoKeys, modelKeys, paramKeys, vendorKeys, vendorPrefixes } from "./keys/model.ts";
import { retryKeys, routerKeys } from "./keys/router.ts";
import { cacheKeys, settingsKeys } from "./keys/settings.ts";

const sections: readonly (readonly [string, string, Keys])[] = [
  ["The file", "The sections of the file.", fileKeys],
  ["`model_list[]`", "The models that clients can use.", modelKeys],
  ["`model_list[].litellm_params`", "How a deployment is called.", paramKeys],
  [
    "Settings of the provider",
    "Also in `litellm_params`; which of them a provider uses depends on the provider.",
    vendorKeys,
  ],
  [
    "`model_list[].model_info`",
    "What is known about a model. Any other key is kept and shown by `/model/info`.",
    infoKeys,
  ],
  ["`credential_list[]`", "Named credentials.", credentialKeys],
  ["`litellm_settings`", "Requests to providers.", settingsKeys],
  ["`litellm_settings.cache_params`", "The cache.", cacheKeys],
  ["`router_settings`", "The choice of deployments.", routerKeys],
  ["`retry_policy`", "In `router_settings`, and for each group in `model_group_retry_policy`.", retryKeys],
  ["`general_settings`", "The server.", generalKeys],
  ["`guardrails[]`", "Checks of content.", guardrailKeys],
  ["`guardrails[].litellm_params`", "Any other key is an option of the guardrail.", guardrailParamKeys],
  ["`callback_settings.<name>`", "Options of a callback.", callbackKeys],
];

const kinds: Readonly<Record<Key["kind"], string>> = {
  text: "text",
  secret: "secret",
  amount: "number ≥ 0",
  count: "whole number ≥ 0",
  seconds: "seconds, or `30s`, `5m`, `1h`",
  flag: "`true` or `false`",
  texts: "list of texts, or one text",
  map: "mapping",
  list: "list",
  any: "",
};

export function configurationPage(): string {
  const stores = secretStores.map(({ prefix, id }) => `\`${prefix}…\` (${id})`).join(" and ");
  return `${[
    "# Configuration",
    "<!-- Written by scripts/docs-config.mjs from src/config/litellm. Edit those, and run `node_modules/.bin/node scripts/docs-config.mjs`. -->",
    "Gatehouse reads LiteLLM's `config.yaml` as it is (YAML or JSON). `gatehouse check --config config.yaml` reports errors, settings that are not supported yet, and unknown settings, each with its line. A wrong type or a missing variable is an error: an entry of `model_list` with an error is left out, and any other error keeps the gateway from starting. The file is reloaded when it, or a file that it includes, changes, and on SIGHUP; if the new version has an error, the gateway keeps the previous one.",
    `A restriction that is set but not supported yet keeps the gateway from starting, because without it more would be allowed than intended. \`${withoutVariable}=max_end_user_budget,policies\` lists restrictions to ignore.`,
    `Any text value can refer to a secret: ${stores}. \`NAME_FILE\` names a file that contains the value of the variable \`NAME\`. If a key appears twice, the last one counts. Limits: 8 MB per file, 100 files, 64 levels of nesting.`,
    ...sections.flatMap(([title, says, keys]) => [`## ${title}`, says, table(keys)]),
    `Other settings of the provider begin with ${vendorPrefixes.map((prefix) => `\`${prefix}\``).join(", ")}. Every key with \`cost\` in its name is a price in US dollars; prices in \`litellm_params\` or \`model_info\` take precedence over the built-in catalogue. Any other key of \`litellm_params\` is sent in the body of every request that does not set it, such as ${bodyKeys.map((key) => `\`${key}\``).join(", ")}.`,
    "## Environment variables",
    "If several names of a variable are set, the first one counts. The configuration file takes precedence over variables.",
    variableTable(),
    `A provider's key, address and other credentials are read from its own variables: see [providers](providers.md). GitHub's token for Copilot is read where LiteLLM keeps it: in \`GITHUB_COPILOT_TOKEN_DIR\` (default \`~/.config/litellm/github_copilot\`), the file \`GITHUB_COPILOT_ACCESS_TOKEN_FILE\` (default \`access-token\`). \`LITELLM_PROXY_API_KEY\` and \`LITELLM_PROXY_API_BASE\` belong to \`litellm_proxy/\`, another gateway. Known, but not supported yet: ${Object.keys(
      unservedVariables,
    )
      .map((name) => `\`${name}\``)
      .join(", ")}.`,
  ].join("\n\n")}\n`;
}

function table(keys: Keys): string {
  const all = Object.entries(keys);
  const rows = all
    .filter(([, { served }]) => served === true)
    .map(([name, { kind, says }]) => row([`\`${name}\``, kinds[kind], says]));
  const list = (kind: Key["served"]): readonly string[] =>
    all
      .filter(([, { served }]) => served === kind)
      .map(([name, { says, instead }]) => `- \`${name}\`: ${says}${instead === undefined ? "" : ` ${instead}`}`);
  const unserved = list(false);
  const rules = list("rule");
  const moot = list("moot");
  return [
    [row(["key", "value", "what it does"]), row(["---", "---", "---"]), ...rows].join("\n"),
    ...(rules.length > 0
      ? [
          `Restrictions that are not supported yet, and keep the gateway from starting while they are set:\n\n${rules.join("\n")}`,
        ]
      : []),
    ...(moot.length > 0 ? [`Accepted, with nothing to do:\n\n${moot.join("\n")}`] : []),
    ...(unserved.length > 0 ? [`Known, but not supported yet:\n\n${unserved.join("\n")}`] : []),
  ].join("\n\n");
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

function variableTable(): string {
  const rows = Object.values<Variable>(variables).map(({ names, kind, says }) =>
    row([names.map((name) => `\`${name}\``).join(", "), kinds[kind], says]),
  );
  return [row(["variable", "value", "what it does"]), row(["---", "---", "---"]), ...rows].join("\n");
}
