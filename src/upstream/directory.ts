/** Every deployment by the names it can be asked for, indexed once when the configuration is read: finding one costs the same among five and five thousand. */

import { type Ceiling, ceilingOf, dearer, noCeiling, onTerms, type Price, worstCost } from "../canonical/price.ts";
import { termsIn } from "../canonical/price-terms.ts";
import type { Config, DeploymentConfig } from "../config/config.ts";
import type { Deployment } from "./deployment.ts";
import type { Pool } from "./strategies/strategy.ts";

export interface Group {
  readonly name: string;
  /** In the order in which they are tried: each pool only when the one before has nobody left. */
  readonly pools: readonly Pool[];
  readonly size: number;
  /** The dearest of its deployments, for reservations. */
  readonly dearest: Price;
  /** The dearest rates of any of them. */
  readonly ceiling: Ceiling;
  readonly free: boolean;
  readonly maxOutput: number;
  readonly maxInput?: number;
  /** Names by which keys may be given the model. */
  readonly accessGroups: readonly string[];
}

export interface Directory {
  /** By name, alias, deployment id or pattern. */
  find(model: string): Group | undefined;
  /** By its name in the configuration, patterns too. */
  group(name: string): Group | undefined;
  /** The names that clients may be told, in the order of the configuration; patterns as they stand. */
  readonly names: readonly string[];
  readonly deployments: readonly Deployment[];
}

/** Concrete names that patterns were asked for; more than this and the oldest are worked out anew. */
const mostResolved = 2_000;
/** Longer than any model's name: what a client makes up is not kept by the megabyte. */
const longestName = 512;
/** What a model may say at most where nobody knows. */
const unknownOutput = 4096;

export function createDirectory(config: Config, create: (config: DeploymentConfig) => Deployment): Directory {
  const deployments = config.deployments.map(create);
  const byGroup = new Map<string, Deployment[]>();
  for (const deployment of deployments) {
    const group = byGroup.get(deployment.group);
    if (group) group.push(deployment);
    else byGroup.set(deployment.group, [deployment]);
  }
  const groups = new Map<string, Group>();
  for (const [name, members] of byGroup) groups.set(name, groupOf(name, members));
  const patterns = [...byGroup.keys()]
    .filter((name) => name.includes("*"))
    .sort(bySpecificity)
    .map(patternOf);
  const byId = new Map(deployments.map((deployment) => [deployment.id, deployment]));
  const byVendorName = new Map<string, Deployment[]>();
  for (const deployment of deployments) {
    const name = `${deployment.config.provider}/${deployment.config.model}`;
    const alike = byVendorName.get(name);
    if (alike) alike.push(deployment);
    else byVendorName.set(name, [deployment]);
  }
  const resolved = new Map<string, Group | undefined>();

  const resolve = (model: string): Group | undefined => {
    const lone = byId.get(model);
    if (lone) return groupOf(lone.group, [lone]);
    // A deployment's own "vendor/model" means that deployment, whatever name it was given here.
    const [first, ...others] = byVendorName.get(model) ?? [];
    if (first) return groupOf(first.group, [first, ...others.filter(({ group }) => group === first.group)]);
    for (const pattern of patterns) {
      const captured = pattern.match(model);
      if (captured === undefined) continue;
      const members = (byGroup.get(pattern.name) ?? []).map((one) => create(concrete(one.config, model, captured)));
      return groupOf(model, members);
    }
    return undefined;
  };

  return {
    group: (name) => groups.get(config.aliases.get(name)?.group ?? name),
    find(model) {
      const name = config.aliases.get(model)?.group ?? model;
      const group = groups.get(name);
      if (group && !name.includes("*")) return group;
      if (name.length > longestName || config.leftOut.has(name)) return undefined;
      if (resolved.has(name)) return resolved.get(name);
      const found = resolve(name);
      // Names that mean nothing are not kept: a client could send any number of them.
      if (found) remember(resolved, name, found);
      return found;
    },
    names: [...byGroup.keys(), ...[...config.aliases].filter(([, { hidden }]) => !hidden).map(([name]) => name)],
    deployments,
  };
}

function remember(resolved: Map<string, Group | undefined>, name: string, group: Group): void {
  if (resolved.size >= mostResolved) {
    const [oldest] = resolved.keys();
    if (oldest !== undefined) resolved.delete(oldest);
  }
  resolved.set(name, group);
}

function groupOf(name: string, members: readonly Deployment[]): Group {
  const orders = [...new Set(members.map(({ config }) => config.order ?? 1))].sort((a, b) => a - b);
  const pools = orders.map((order) => poolOf(members.filter(({ config }) => (config.order ?? 1) === order)));
  const [first] = members;
  const dearest = members.reduce(
    (most, { price }) => (cost(price) > cost(most) ? price : most),
    first?.price ?? { input: 0, output: 0 },
  );
  const inputs = members.flatMap(({ model }) => model.maxInput ?? []);
  return {
    name,
    pools,
    size: members.length,
    dearest,
    // The operator's own terms are asked for with every call.
    ceiling: members
      .map(({ price, config }) => onTerms(ceilingOf(price), termsIn(config.defaults)))
      .reduce(dearer, noCeiling),
    free: members.every(({ price, model }) => model.price !== undefined && cost(price) === 0),
    maxOutput: Math.max(...members.map(({ model }) => model.maxOutput ?? unknownOutput)),
    accessGroups: [...new Set(members.flatMap(({ config }) => config.accessGroups))],
    ...(inputs.length > 0 && { maxInput: Math.max(...inputs) }),
  };
}

const cost = (price: Price): number => worstCost(ceilingOf(price), 1_000_000, 1_000_000);

/** Chances are by weight where any deployment has one, else by its requests a minute, else by its tokens a minute, else even. */
export function poolOf(deployments: readonly Deployment[]): Pool {
  const measures = [
    (one: DeploymentConfig) => one.weight,
    (one: DeploymentConfig) => one.requestsPerMinute,
    (one: DeploymentConfig) => one.tokensPerMinute,
  ];
  const measure = measures.find((of) => deployments.some(({ config }) => of(config) !== undefined));
  const weights = deployments.map(({ config }) => (measure ? (measure(config) ?? 0) : 1));
  let sum = 0;
  return { deployments, weights, sums: weights.map((weight) => (sum += weight)) };
}

interface Pattern {
  readonly name: string;
  /** What the stars stand for; undefined when the name does not fit. */
  match(model: string): readonly string[] | undefined;
}

function patternOf(name: string): Pattern {
  const pieces = name.split("*");
  return { name, match: (model) => captured(pieces, model) };
}

/** Plain text search, so that no name can make matching slow. Each star takes as little as it can, the last one the rest. */
function captured(pieces: readonly string[], model: string): string[] | undefined {
  const [head = "", ...rest] = pieces;
  if (!model.startsWith(head)) return undefined;
  const found: string[] = [];
  let at = head.length;
  for (const [index, piece] of rest.entries()) {
    const last = index === rest.length - 1;
    const next = last ? model.length - piece.length : model.indexOf(piece, at);
    if (next < at || (last && !model.endsWith(piece))) return undefined;
    found.push(model.slice(at, next));
    at = next + piece.length;
  }
  return found;
}

/** The longer the text around the stars, the more a pattern means what it matches. */
const bySpecificity = (a: string, b: string): number => b.replaceAll("*", "").length - a.replaceAll("*", "").length;

function concrete(config: DeploymentConfig, model: string, found: readonly string[]): DeploymentConfig {
  let index = 0;
  const name = config.model.replace(/\*/g, () => found[index++] ?? "");
  return { ...config, group: model, model: name };
}
