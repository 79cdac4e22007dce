/** Finds names of model groups that lead nowhere, which nobody would notice until the day they are needed. */

import type { Config } from "../config.ts";
import type { Notices } from "../notices.ts";
import type { Mapping } from "../tree.ts";

export function tellUnknownGroups(config: Omit<Config, "notices">, file: Mapping, notices: Notices): void {
  const isKnown = knownNames(config);
  const tell = (path: string, name: string, what: string): void => {
    if (name === "*" || isKnown(name)) return;
    const key = path.split(".", 1)[0] ?? "";
    const router = file.entries.get("router_settings")?.value;
    const section = router?.kind === "map" && router.entries.has(key) ? "router_settings" : "litellm_settings";
    notices.warning(
      undefined,
      `${section}.${path}`,
      `${what} "${name}" is not a model group.`,
      "Add it to `model_list`, or correct the name.",
    );
  };
  const { routing } = config;
  for (const [path, map] of [
    ["fallbacks", routing.fallbacks],
    ["context_window_fallbacks", routing.contextFallbacks],
    ["content_policy_fallbacks", routing.contentFallbacks],
  ] as const)
    for (const [name, targets] of map) {
      tell(`${path}.${name}`, name, "What falls back,");
      for (const target of targets) tell(`${path}.${name}`, target, "The fallback");
    }
  for (const name of routing.defaultFallbacks) tell("default_fallbacks", name, "The fallback");
  for (const [alias, { group }] of config.aliases) tell(`model_group_alias.${alias}`, group, "The alias leads to what");
}

/** A group, an alias, an id, or something that a "*" covers. */
function knownNames({ deployments, aliases }: Omit<Config, "notices">): (name: string) => boolean {
  const exact = new Set<string>(aliases.keys());
  const patterns: RegExp[] = [];
  for (const { group, id } of deployments) {
    exact.add(group).add(id);
    if (group.includes("*")) patterns.push(new RegExp(`^${group.split("*").map(escaped).join(".*")}$`));
  }
  return (name) => exact.has(name) || patterns.some((pattern) => pattern.test(name));
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
