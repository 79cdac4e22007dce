/** Which vendor a model's name means: by its first word, by where the deployment is, or by who makes a model of that name. */

import { GatewayError } from "../canonical/error.ts";
import type { Provider } from "./provider.ts";

export interface NamedModel {
  readonly provider: string;
  /** The vendor's own name of it. */
  readonly model: string;
}

export interface NamingFacts {
  readonly providers: ReadonlyMap<string, Provider>;
  /** Said outright by the deployment: wins over everything. */
  readonly provider?: string;
  readonly apiBase?: string;
  /** Who makes the model of a bare name, as the catalogue knows. */
  readonly makerOf?: (model: string) => string | undefined;
}

/** What `provider/model` or a bare model name means; undefined for an unknown one. The order is that of the gateways whose configurations we read. */
export function splitModel(name: string, facts: NamingFacts): NamedModel | undefined {
  const { providers, provider, apiBase } = facts;
  const slash = name.indexOf("/");
  const first = slash > 0 ? name.slice(0, slash) : undefined;
  if (provider !== undefined) {
    if (!providers.has(provider)) return undefined;
    return { provider, model: first === provider ? name.slice(slash + 1) : name };
  }
  if (first !== undefined && providers.has(first) && slash < name.length - 1)
    return { provider: first, model: name.slice(slash + 1) };
  const vendor = (apiBase === undefined ? undefined : vendorAt(apiBase, providers)) ?? vendorOf(name, facts);
  return vendor === undefined ? undefined : { provider: vendor, model: name };
}

/** Throws where `splitModel` does not know. */
export function requireModel(name: string, facts: NamingFacts): NamedModel {
  const found = splitModel(name, facts);
  if (found) return found;
  const word = facts.provider ?? (name.includes("/") ? name.slice(0, name.indexOf("/")) : undefined);
  throw new GatewayError(
    "invalid-request",
    "client",
    word === undefined
      ? `no provider is known for the model "${name}"; write it as "provider/${name}"`
      : `unknown provider "${word}" in "${name}"; for an OpenAI-compatible server write "openai/${name}" and set api_base`,
    { param: "model" },
  );
}

/** By the host, and by nothing that stands elsewhere in the address. */
export function vendorAt(apiBase: string, providers: ReadonlyMap<string, Provider>): string | undefined {
  const host = hostOf(apiBase);
  if (host === undefined) return undefined;
  for (const { id, hosts } of providers.values()) if (hosts?.includes(host)) return id;
  return undefined;
}

function hostOf(address: string): string | undefined {
  try {
    return new URL(address.includes("://") ? address : `https://${address}`).host;
  } catch {
    // Whatever is wrong with the address is said where it is used; it just tells no vendor.
    return undefined;
  }
}

function vendorOf(name: string, { providers, makerOf }: NamingFacts): string | undefined {
  // A slash means that somebody was named whom we do not know: their model is not another's of the same name.
  if (name.includes("/")) return undefined;
  const maker = makerOf?.(name);
  if (maker !== undefined && providers.has(maker)) return maker;
  for (const { id, models } of providers.values()) if (models?.some((pattern) => matches(pattern, name))) return id;
  return undefined;
}

/** "*" alone is the one model of that name: a wildcard deployment. */
const matches = (pattern: string, name: string): boolean =>
  pattern.length > 1 && pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
