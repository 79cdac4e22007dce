/** What can be asked without a file: every vendor whose key is in the environment, and a built-in model that answers by itself. */

import type { DeploymentConfig } from "../config.ts";
import { identify } from "../identity.ts";
import type { Context } from "./context.ts";
import { completed, hasWhole, type Said } from "./vendor-settings.ts";

export function vendorGroups({ vendors, env, factsFor }: Context): readonly DeploymentConfig[] {
  // Several vendors of the rack are one host asked in different ways: a variable is the key of the first that names it.
  const taken = new Set<string>();
  return vendors.flatMap((vendor) => {
    const name = vendor.keys.find((candidate) => env[candidate]);
    if (name === undefined ? !hasWhole(vendor, env) : taken.has(name)) return [];
    if (name !== undefined) taken.add(name);
    const { lacking: _, ...access } = completed({ settings: {}, key: undefined, apiBase: undefined }, vendor, env);
    return [simple(`${vendor.id}/*`, vendor.id, "*", factsFor([`${vendor.id}/*`], {}), compact(access))];
  });
}

/** Without the fields that have no value. */
const compact = ({ key, apiBase, settings }: Said): Partial<DeploymentConfig> => ({
  settings,
  ...(key && { key }),
  ...(apiBase !== undefined && { apiBase }),
});

export function builtIn({ variables, factsFor }: Context): readonly DeploymentConfig[] {
  return variables.echo === false
    ? []
    : [simple("mock/echo", "mock", "echo", factsFor(["mock/echo"], { mode: "chat" }))];
}

function simple(
  group: string,
  provider: string,
  model: string,
  facts: DeploymentConfig["facts"],
  given: Partial<DeploymentConfig> = {},
): DeploymentConfig {
  return {
    id: identify([group, provider, model], new Map()),
    group,
    provider,
    model,
    settings: {},
    headers: {},
    defaults: {},
    additionalDropParams: [],
    allowedParams: [],
    accessGroups: [],
    facts,
    info: {},
    params: { model: `${provider}/${model}` },
    ...given,
  };
}
