/** Reads how deployments are chosen, tried again and replaced by others, from the router's settings and the older ones. */

import type { Config, RoutingConfig } from "../config.ts";
import type { Notices } from "../notices.ts";
import { type Keys, readSection, readValue, type Values } from "../section.ts";
import type { Mapping, Tree } from "../tree.ts";
import type { Context } from "./context.ts";
import { failKeys, retryKeys, type routerKeys, strategies } from "./keys/router.ts";
import type { settingsKeys } from "./keys/settings.ts";

type Router = Values<typeof routerKeys>;
type Settings = Values<typeof settingsKeys>;

export function readRouting(router: Router, settings: Settings, { notices, variables }: Context): RoutingConfig {
  const general = fallbacks(router, settings, "fallbacks", notices);
  const streamTimeout = router.stream_timeout;
  tellChecks(router.optional_pre_call_checks ?? [], notices);
  const allowedFails = router.allowed_fails ?? settings.allowed_fails ?? variables.allowedFails;
  return {
    strategy: readStrategy(router.routing_strategy, notices),
    retries: router.num_retries ?? settings.num_retries ?? variables.retries ?? 2,
    retryAfter: router.retry_after ?? 0,
    retryPolicy: readPolicy(router.retry_policy, "router_settings.retry_policy", retryKeys, notices),
    groupRetryPolicy: groupRetryPolicies(router.model_group_retry_policy, notices),
    timeout: router.timeout ?? settings.request_timeout ?? variables.requestTimeout ?? 600,
    ...(streamTimeout === undefined ? {} : { streamTimeout }),
    fallbacks: new Map([...general].filter(([name]) => name !== "*")),
    defaultFallbacks: router.default_fallbacks ?? settings.default_fallbacks ?? general.get("*") ?? [],
    contextFallbacks: fallbacks(router, settings, "context_window_fallbacks", notices),
    contentFallbacks: fallbacks(router, settings, "content_policy_fallbacks", notices),
    maxFallbacks: router.max_fallbacks ?? variables.maxFallbacks ?? 5,
    cooldowns: !(router.disable_cooldowns ?? false),
    cooldown: router.cooldown_time ?? settings.cooldown_time ?? variables.cooldown ?? 5,
    ...(allowedFails === undefined ? {} : { allowedFails }),
    failPolicy: readPolicy(router.allowed_fails_policy, "router_settings.allowed_fails_policy", failKeys, notices),
    checksLength: router.enable_pre_call_checks ?? router.enable_pre_call_check ?? false,
  };
}

function readStrategy(name: string | undefined, notices: Notices): string {
  const [usual] = strategies.served;
  if (name === undefined || (strategies.served as readonly string[]).includes(name)) return name ?? usual;
  const path = "router_settings.routing_strategy";
  if ((strategies.unserved as readonly string[]).includes(name))
    notices.warning(undefined, path, `Not supported yet: the strategy "${name}". ${usual} is used instead.`);
  else notices.error(undefined, path, `There is no strategy "${name}".`, `Write ${usual}.`);
  return usual;
}

/** Of the checks before a call, those that hold a limit. */
const limits: Readonly<Record<string, string>> = {
  router_budget_limiting: "Set budgets on keys, or `litellm_settings.max_budget`.",
  enforce_model_rate_limits: "Set `max_parallel_requests` of the deployment, or `rpm_limit` on keys.",
};

function tellChecks(names: readonly string[], notices: Notices): void {
  const path = "router_settings.optional_pre_call_checks";
  for (const name of names) {
    const instead = Object.hasOwn(limits, name) ? limits[name] : undefined;
    if (instead === undefined)
      notices.warning(undefined, path, `Not supported yet: the check "${name}".`, "Remove it.");
    else
      notices.broken(
        undefined,
        path,
        `Not supported yet, and without it more would be allowed than intended: "${name}".`,
        instead,
      );
  }
}

type FallbackKey = "fallbacks" | "context_window_fallbacks" | "content_policy_fallbacks";

function fallbacks(
  router: Router,
  settings: Settings,
  key: FallbackKey,
  notices: Notices,
): ReadonlyMap<string, readonly string[]> {
  const here = router[key];
  const list = here ?? settings[key] ?? [];
  const path = `${here ? "router_settings" : "litellm_settings"}.${key}`;
  const found = new Map<string, readonly string[]>();
  for (const [index, item] of list.entries()) {
    if (item.kind !== "map")
      notices.error(
        item,
        `${path}[${index}]`,
        "A model group and what stands in for it are needed.",
        "Write `- group: [other]`; those that stand in for all go in `default_fallbacks`.",
      );
    const map = item.kind === "map" ? item : undefined;
    for (const [name, { value }] of map?.entries ?? []) {
      const targets = fallbackTargets(value, `${path}[${index}].${name}`, notices);
      found.set(name, [...(found.get(name) ?? []), ...targets]);
    }
  }
  return found;
}

/** A target may also be an object that changes the request on its way; only a plain name is served. */
function fallbackTargets(tree: Tree, path: string, notices: Notices): readonly string[] {
  if (tree.kind !== "list") return readValue(tree, path, "texts", notices) ?? [];
  const names: string[] = [];
  for (const [index, item] of tree.items.entries()) {
    const name = item.kind === "map" ? item.entries.get("model")?.value : item;
    if (item.kind === "map")
      notices.warning(
        item,
        `${path}[${index}]`,
        "Not supported yet: a fallback that changes the request; only its `model` counts.",
      );
    const read = name && readValue(name, `${path}[${index}]`, "text", notices);
    if (read !== undefined) names.push(read);
  }
  return names;
}

/** Numbers by kind of error. */
export function readPolicy(
  tree: Tree | undefined,
  path: string,
  keys: Keys,
  notices: Notices,
): Readonly<Record<string, number>> {
  const policy: Record<string, number> = {};
  for (const [name, times] of Object.entries(readSection(tree, path, keys, notices)))
    if (typeof times === "number") policy[name] = times;
  return policy;
}

function groupRetryPolicies(map: Mapping | undefined, notices: Notices): RoutingConfig["groupRetryPolicy"] {
  const policies = new Map<string, Readonly<Record<string, number>>>();
  for (const [group, { value }] of map?.entries ?? []) {
    const path = `router_settings.model_group_retry_policy.${group}`;
    policies.set(group, readPolicy(value, path, retryKeys, notices));
  }
  return policies;
}

export function readAliases(router: Router, settings: Settings, notices: Notices): Config["aliases"] {
  const aliases = new Map<string, { group: string; hidden: boolean }>();
  const read = (map: Mapping | undefined, path: string): void => {
    for (const [name, { value }] of map?.entries ?? []) {
      const alias = readAlias(value, `${path}.${name}`, notices);
      if (alias) aliases.set(name, alias);
    }
  };
  read(settings.model_alias_map, "litellm_settings.model_alias_map");
  read(router.model_group_alias, "router_settings.model_group_alias");
  return aliases;
}

function readAlias(tree: Tree, path: string, notices: Notices): { group: string; hidden: boolean } | undefined {
  if (tree.kind === "list") {
    notices.error(
      tree,
      path,
      "An alias stands for one model group, and this is a list.",
      "Write one; several deployments share a `model_name` in `model_list`, and others stand in by `fallbacks`.",
    );
    return undefined;
  }
  if (tree.kind !== "map") {
    const group = readValue(tree, path, "text", notices);
    return group === undefined ? undefined : { group, hidden: false };
  }
  const model = tree.entries.get("model")?.value;
  const hidden = tree.entries.get("hidden")?.value;
  const group = model && readValue(model, `${path}.model`, "text", notices);
  if (group === undefined) {
    notices.error(
      tree,
      path,
      "An alias needs the name of a model group.",
      "Write `alias: group`, or `{model: group, hidden: true}`.",
    );
    return undefined;
  }
  return { group, hidden: (hidden && readValue(hidden, `${path}.hidden`, "flag", notices)) ?? false };
}
