/** One way to reach a model, made ready: everything that can be known before a request comes is worked out here, once. */

import { type GatewayError, invalid } from "../canonical/error.ts";
import type { Operation } from "../canonical/operation.ts";
import { free, type Price } from "../canonical/price.ts";
import { Secret } from "../canonical/secret.ts";
import type { DeploymentConfig, ModelFacts } from "../config/config.ts";
import type { DeploymentFacts } from "../exchange.ts";
import type { Sign } from "../net/draft.ts";
import type { Provider, Route, Settings } from "../providers/provider.ts";
import { fill } from "./fill.ts";
import { secretsOf } from "./secrets.ts";

export interface Deployment {
  readonly id: string;
  readonly group: string;
  readonly facts: DeploymentFacts;
  readonly provider: Provider;
  readonly config: DeploymentConfig;
  readonly settings: Settings;
  /** What nobody but the vendor may see of its configuration. */
  readonly secrets: readonly string[];
  readonly price: Price;
  /** What an answer of the named model costs here: names that the operator made up ("my-gpt-4o") are in no list of prices. */
  priceOf(answered: string | undefined): Price;
  readonly model: ModelFacts;
  readonly health: Health;
  /** How an operation is asked for by a client of a format, perhaps with a schema for the answer; undefined when the vendor does not offer it. */
  plan<O extends Operation>(operation: O, clientFormat: string, schema?: boolean): Plan<O> | undefined;
}

/** What is known of a deployment's recent days. Written by `health.ts` alone. */
export interface Health {
  /** Milliseconds since the epoch until which it rests. */
  restsUntil: number;
  /** The minute that the counts below are of. */
  minute: number;
  calls: number;
  failures: number;
  running: number;
}

export const unknownHealth = (): Health => ({ restsUntil: 0, minute: 0, calls: 0, failures: 0, running: 0 });

export interface Plan<O extends Operation> {
  readonly route: Route<O>;
  readonly url: string;
  readonly streamUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sign: Sign;
}

export interface DeploymentParts {
  readonly provider: Provider;
  readonly facts: ModelFacts;
  readonly signer: (config: DeploymentConfig, provider: Provider) => Sign;
  /** The price of another model of the same vendor. */
  readonly priceFor?: (model: string) => Price | undefined;
  /** What is known of it already. */
  readonly health?: Health;
  /** Where calls go in place of the deployment's own address: to the built-in mock. */
  readonly instead?: string;
}

export function createDeployment(
  config: DeploymentConfig,
  { provider, facts, signer, priceFor, instead, health = unknownHealth() }: DeploymentParts,
): Deployment {
  const answered = new Map<string, Price>();
  const apiBase = trimmed(config.apiBase ?? provider.baseUrl ?? "");
  const settings: Settings = { ...config.settings, model: config.model, api_base: apiBase };
  const sign = signer(config, provider);
  const plans: Planned[] = [];
  const deployment: Deployment = {
    id: config.id,
    group: config.group,
    facts: {
      id: config.id,
      provider: provider.id,
      model: config.model,
      apiBase: shown(apiBase, settings),
      ...(typeof settings["region_name"] === "string" && { region: settings["region_name"] }),
    },
    provider,
    config,
    settings,
    secrets: secretsOf(config),
    price: facts.price ?? free,
    priceOf(model) {
      if (facts.price || model === undefined || !priceFor) return facts.price ?? free;
      const known = answered.get(model);
      if (known) return known;
      const price = priceFor(model) ?? free;
      // Few names come back from one deployment; a vendor that makes them up is not given our memory.
      if (answered.size < mostAnswered) answered.set(model, price);
      return price;
    },
    model: facts,
    health,
    plan<O extends Operation>(operation: O, clientFormat: string, schema = false) {
      // A few at most, and nearly always the first: to look for it touches less memory than a map would.
      for (const one of plans)
        if (one.operation === operation && one.clientFormat === clientFormat && one.schema === schema)
          return one.plan as Plan<O> | undefined;
      if (!config.model.isWellFormed()) throw unspeakable(config.model);
      const usual = routeFor(provider, operation, config.model, settings, clientFormat);
      const route = (schema ? usual?.forSchema : undefined) ?? usual;
      const plan = route && planOf(route, instead ?? apiBase);
      plans.push({ operation, clientFormat, schema, plan });
      return plan;
    },
  };

  function planOf<O extends Operation>(route: Route<O>, base: string): Plan<O> {
    const path = fill(route.path, settings);
    if (climbs.test(path)) throw unspeakable(config.model);
    const url = join(fill(base, settings), path);
    const streamUrl =
      route.streamPath === undefined ? url : join(fill(base, settings), fill(route.streamPath, settings));
    const headers: Record<string, string> = { "content-type": "application/json", accept: "*/*", ...provider.headers };
    for (const [header, setting] of Object.entries(provider.settingHeaders ?? {})) {
      const value = settings[setting];
      if (typeof value === "string") headers[header] = value;
    }
    for (const [header, value] of Object.entries(config.headers))
      headers[header.toLowerCase()] = value instanceof Secret ? value.reveal() : value;
    return { route, url, streamUrl, headers, sign };
  }

  return deployment;
}

const mostAnswered = 64;

/** A segment of dots alone leads elsewhere, and no encoding helps. */
const climbs = /\/\.{1,2}(?:[/?]|$)/;

const unspeakable = (model: string): GatewayError =>
  invalid("model", `no provider has a model named ${JSON.stringify(model).slice(0, 200)}`);

/** A plan that was made, or the finding that there is none, and what for. */
interface Planned {
  readonly operation: Operation;
  readonly clientFormat: string;
  readonly schema: boolean;
  readonly plan: Plan<Operation> | undefined;
}

/** The vendor's route in the client's own language where it has one, else its usual one. */
function routeFor<O extends Operation>(
  provider: Provider,
  operation: O,
  model: string,
  settings: Settings,
  clientFormat: string,
): Route<O> | undefined {
  const serves = provider.serves[operation];
  if (serves === undefined) return undefined;
  const route: Route<O> = typeof serves === "function" ? serves(model, settings) : serves;
  if (route.format.id === clientFormat) return route;
  return route.also?.find(({ format }) => format.id === clientFormat) ?? route.forClients?.[clientFormat] ?? route;
}

const trimmed = (base: string): string => base.replace(/\/+$/, "");

/** A base may carry a query (Azure's api-version): the path goes before it. */
function join(base: string, path: string): string {
  const query = base.indexOf("?");
  if (query < 0) return base + beyond(base, path);
  const rest = base.slice(query + 1);
  const address = trimmed(base.slice(0, query));
  return address + beyond(address, path) + (path.includes("?") ? "&" : "?") + rest;
}

/** Operators write a base with or without the beginning of the path: what it ends in is not said twice. */
function beyond(base: string, path: string): string {
  const mark = path.indexOf("?");
  const plain = mark < 0 ? path : path.slice(0, mark);
  if (base.endsWith(plain)) return path.slice(plain.length);
  const second = path.indexOf("/", 1);
  return second > 0 && base.endsWith(path.slice(0, second)) ? path.slice(second) : path;
}

/** The base as clients may see it: without query, user and unfilled slots. */
function shown(base: string, settings: Settings): string {
  const [address = ""] = base.split("?");
  try {
    return fill(address, settings).replace(/\/\/[^/@]*@/, "//");
  } catch {
    // A slot without a value: the call will say so; here the template is good enough.
    return address;
  }
}
