/** What can be asked without a file: every vendor whose key is in the environment, and a built-in model that answers by itself. */

import { Secret } from "../../canonical/secret.ts";
import type { DeploymentConfig } from "../config.ts";
import type { VendorInEnvironment } from "../given.ts";
import { identify } from "../identity.ts";
import type { Context } from "./context.ts";

export function vendorGroups({ vendors, env, factsFor }: Context): readonly DeploymentConfig[] {
  // Several vendors of the rack are one host asked in different ways: a variable is the key of the first that names it.
  const taken = new Set<string>();
  return vendors.flatMap((vendor) => {
    const name = vendor.keys.find((candidate) => env[candidate]);
    const key = name === undefined ? undefined : env[name];
    if (name === undefined || key === undefined || taken.has(name)) return [];
    taken.add(name);
    const base = firstSet(vendor.bases ?? [], env);
    const given = { key: new Secret(key), ...(base === undefined ? {} : { apiBase: base }) };
    return [simple(`${vendor.id}/*`, vendor.id, "*", factsFor([`${vendor.id}/*`], {}), given)];
  });
}

export function builtIn({ variables, factsFor }: Context): readonly DeploymentConfig[] {
  return variables.echo === false
    ? []
    : [simple("mock/echo", "mock", "echo", factsFor(["mock/echo"], { mode: "chat" }))];
}

const firstSet = (names: VendorInEnvironment["keys"], env: Context["env"]): string | undefined => {
  const name = names.find((candidate) => env[candidate]);
  return name === undefined ? undefined : env[name];
};

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
