/** The house: every part, and the path a request takes through them. */

import { randomUUIDv7 } from "node:crypto";
import type { CallRecord } from "./canonical/call-record.ts";
import { type Budget, type Caller, modelBehind, type Scope } from "./canonical/caller.ts";
import type { Cancel } from "./canonical/cancel.ts";
import type { GatewayError } from "./canonical/error.ts";
import type { Operation } from "./canonical/operation.ts";
import { Secret } from "./canonical/secret.ts";
import type { Config, DeploymentConfig, ModelFacts } from "./config/config.ts";
import { type Exchange, type Handler, type Notes, type Stage, through } from "./exchange.ts";
import { fold } from "./ledger/fold.ts";
import { lateSettler, type SettleLate } from "./ledger/late.ts";
import { record } from "./ledger/record.ts";
import { createSigners, type Signers } from "./net/auth/index.ts";
import type { Send, Sign } from "./net/draft.ts";
import { createAddressRule } from "./policy/addresses.ts";
import { type Authenticator, createAuthenticator } from "./policy/authenticate.ts";
import { authorize, type ModelNames, mayUse } from "./policy/authorize.ts";
import { demand } from "./policy/demand.ts";
import { dearest, limit, type ModelBounds } from "./policy/limit.ts";
import { providers } from "./providers/index.ts";
import { supportedParameters } from "./providers/parameters.ts";
import type { Provider } from "./providers/provider.ts";
import type { Meters } from "./state/counters/meters.ts";
import { createDeployment, type Deployment, type Health } from "./upstream/deployment.ts";
import { createDirectory, type Directory, type Group } from "./upstream/directory.ts";
import { createHealthBook, type HealthBook } from "./upstream/health-book.ts";
import { askKept, followKept, type KeptAnswer, type KeptQuestion } from "./upstream/kept.ts";
import { mockSend } from "./upstream/mock.ts";
import { type Preview, previewOf } from "./upstream/preview.ts";
import { route } from "./upstream/route.ts";
import { strategies } from "./upstream/strategies/index.ts";
import type { Tokenizer } from "./upstream/tokenizer.ts";

export type { Deployment } from "./upstream/deployment.ts";
export type { Group } from "./upstream/directory.ts";
export type { HealthBook } from "./upstream/health-book.ts";
export type { Preview } from "./upstream/preview.ts";

export interface Parts {
  readonly config: Config;
  /** Of this program. */
  readonly version: string;
  readonly meters: Meters;
  readonly findKey: (keyId: string) => Promise<Caller | undefined>;
  readonly send: Send;
  /** Keeps a record. When it is done, the record outlives the process. */
  readonly write: (record: CallRecord) => void | Promise<void>;
  /** What the catalogue and the configuration know of a deployment's model. */
  readonly factsOf: (deployment: DeploymentConfig) => ModelFacts;
  /** The names of a vendor's models, as the catalogue knows them. */
  readonly modelsOf: (provider: string) => readonly string[];
  readonly tokenizer: Tokenizer;
  /** What an earlier gateway knew of deployments; default nothing. */
  readonly health?: HealthBook;
  /** What keeps the tokens that were fetched for deployments; default one that knows none. */
  readonly signers?: Signers;
  /** SHA-256 in hex of the admin key, where the configuration has none. */
  readonly adminHash?: string;
  /** What all calls together have cost in the present period, where the configuration limits that. */
  readonly spentByAll?: Pick<Budget, "spent" | "resetsAt">;
  readonly now: () => number;
  readonly random: () => number;
  /** Rules that look at what is said (guardrails) and answers that are kept (the cache), outermost first. */
  readonly between?: readonly Stage[];
}

export interface Gateway extends Authenticator {
  readonly config: Config;
  readonly directory: Directory;
  readonly handle: Handler;
  readonly tokenizer: Tokenizer;
  readonly version: string;
  readonly now: () => number;
  /** Whether an address may call; undefined: every one may. */
  readonly admits: ((address: string | undefined) => boolean) | undefined;
  newId(): string;
  /** Writes the record of what never became an exchange: a bad key, a body that cannot be read. */
  refused(id: string, notes: Notes, operation: string, error: GatewayError): void;
  /** The names that the catalogue knows for a pattern ("vendor/*"); the pattern itself where it knows none. */
  expand(pattern: string): readonly string[];
  /** The parameters of OpenAI's chat that a model takes; undefined for an unknown model. */
  parametersOf(model: string): readonly string[] | undefined;
  /** What the first deployment of the model's group would be sent; undefined for an unknown model. Nothing is sent. */
  preview<O extends Operation>(exchange: Exchange<O>): Preview | undefined;
  /** Asks the vendor of an answer that it keeps. Undefined: it keeps none in the client's language, or its deployment is gone. */
  askKept(deployment: string, question: KeptQuestion, cancel: Cancel): Promise<KeptAnswer | undefined>;
  /** The same as a stream. Undefined also where the vendor tells none of it. */
  followKept(deployment: string, question: KeptQuestion, cancel: Cancel): ReturnType<typeof followKept>;
  /** Books what an answer came to that its vendor went on with, once. Without usage nothing became known, and only what was held for it is let go. */
  readonly settleLate: SettleLate;
  /** Whether a caller may know of a model. */
  mayUse(caller: Caller, model: string): boolean;
}

export function createGateway(parts: Parts): Gateway {
  const { config, meters, write, now, random } = parts;
  const signers = parts.signers ?? createSigners({ send: parts.send, now });
  const healthOf = (parts.health ?? createHealthBook()).open(config.deployments);
  const directory = createDirectory(config, (deployment) =>
    deploymentOf(deployment, parts, signers, healthOf(deployment)),
  );
  const strategy = strategies.get(config.routing.strategy) ?? strategies.get("simple-shuffle");
  if (!strategy) throw new Error("the default strategy is missing from its rack");

  const namesOf = (model: string): ModelNames | undefined => {
    const group = directory.find(model);
    if (!group) return undefined;
    return { group: group.name, accessGroups: group.accessGroups };
  };
  const known = new Map<string, ModelBounds>();
  /** Whoever may answer in the end must be paid for: the dearest of the group, and of all that may stand in for it or its stand-ins. */
  const withFallbacks = (own: Group): ModelBounds => {
    const reached = new Set([own.name]);
    let bounds = boundsOfGroup(own);
    // A set that grows while it is walked yields what was added.
    for (const one of reached)
      for (const next of standIns(one, config.routing)) {
        const group = directory.find(next);
        if (!group || reached.has(group.name)) continue;
        reached.add(group.name);
        bounds = dearest(bounds, boundsOfGroup(group));
      }
    return bounds;
  };
  const boundsOf = (model: string): ModelBounds | undefined => {
    const group = directory.find(model);
    if (!group) return undefined;
    const found = known.get(group.name);
    if (found) return found;
    const bounds = withFallbacks(group);
    if (known.size > 10_000) known.clear();
    known.set(group.name, bounds);
    return bounds;
  };

  const shared = sharedScopes(config.limits, parts.spentByAll);
  const priceOf = (id: string, model: string | undefined) =>
    directory.deployments.find((one) => one.id === id)?.priceOf(model);

  const send: Send = (draft, options) =>
    draft.url.startsWith("mock:") ? mockSend(draft, options) : parts.send(draft, options);

  const handle = through(
    [
      record({ write, now }),
      authorize(namesOf),
      demand(config.access.demands),
      limit({
        meters,
        boundsOf,
        countTokens: parts.tokenizer.count,
        budgetStatus: config.limits.budgetStatus,
        shared,
        now,
      }),
      ...(parts.between ?? []),
    ],
    route({
      config,
      directory,
      strategy,
      random,
      now,
      tokenizer: parts.tokenizer,
      send,
      sleep,
      answerBytes: config.limits.answerBytes,
      settings: { dropParams: config.dropParams, mends: config.mends },
    }),
  );

  const keeper = (id: string): Deployment | undefined => directory.deployments.find((one) => one.id === id);
  const keptParts = ({ config: own }: Deployment, cancel: Cancel) => {
    return { send, timeout: own.timeout ?? config.routing.timeout, answerBytes: config.limits.answerBytes, cancel };
  };

  return {
    ...createAuthenticator({ access: config.access, adminHash: parts.adminHash, findKey: parts.findKey, now }),
    config,
    directory,
    handle,
    tokenizer: parts.tokenizer,
    version: parts.version,
    now,
    admits: createAddressRule(config.access.addresses),
    newId: () => randomUUIDv7(),
    refused(id, notes, operation, error) {
      void write(fold(notes, { id, operation, ended: now(), outcome: "refused", error }));
    },
    expand: (pattern) => expanded(pattern, directory, parts),
    parametersOf(model) {
      const deployment = directory.find(model)?.pools[0]?.deployments[0];
      return (
        deployment && supportedParameters(deployment.plan("chat", "")?.route.parameters, deployment.model.supports)
      );
    },
    preview(exchange) {
      const group = directory.find(modelBehind(exchange.caller, exchange.request.value.model));
      const deployment = group?.pools[0]?.deployments[0];
      return deployment && previewOf(exchange, deployment, { dropParams: config.dropParams, mends: config.mends });
    },
    async askKept(id, question, cancel) {
      const deployment = keeper(id);
      return deployment && (await askKept(deployment, question, keptParts(deployment, cancel)));
    },
    async followKept(id, question, cancel) {
      const deployment = keeper(id);
      return deployment && (await followKept(deployment, question, keptParts(deployment, cancel)));
    },
    settleLate: lateSettler({ meters, shared, write, now, priceOf }),
    mayUse: (caller, model) => mayUse(caller.access, modelBehind(caller, model), namesOf),
  };
}

function boundsOfGroup({ pools, ceiling, free, maxOutput, maxInput }: Group): ModelBounds {
  const deployments = pools.flatMap((pool) => pool.deployments);
  const asking = deployments.flatMap((one) => languageOf(one)?.request.mostOutput ?? []);
  return { ceiling, free, maxOutput, ...(maxInput !== undefined && { maxInput }), asking: new Set(asking) };
}

/** Undefined: it cannot be asked, which is told when it is. */
function languageOf(deployment: Deployment) {
  try {
    return deployment.plan("chat", "")?.route.format;
  } catch {
    return undefined;
  }
}

/** What every call counts against, whoever makes it. */
function sharedScopes({ budget, parallel }: Config["limits"], spent: Parts["spentByAll"]): readonly Scope[] {
  if (!budget && parallel === undefined) return [];
  return [
    {
      id: "gateway",
      kind: "proxy",
      label: "all calls",
      budgets: budget ? [{ spent: 0, ...spent, ...budget }] : [],
      ...(parallel !== undefined && { parallel }),
    },
  ];
}

/** Whatever may go wrong with a group, these may be asked in its place. */
function standIns(name: string, routing: Config["routing"]): readonly string[] {
  const { fallbacks, contextFallbacks, contentFallbacks, defaultFallbacks } = routing;
  const named = [fallbacks, contextFallbacks, contentFallbacks].flatMap((map) => map.get(name) ?? map.get("*") ?? []);
  return [...named, ...defaultFallbacks];
}

function expanded(pattern: string, directory: Directory, { modelsOf }: Parts): readonly string[] {
  const member = directory.group(pattern)?.pools[0]?.deployments[0];
  if (member?.config.model !== "*" || !pattern.endsWith("*")) return [pattern];
  const names = modelsOf(member.config.provider).map((name) => pattern.slice(0, -1) + name);
  return names.length > 0 ? names : [pattern];
}

function deploymentOf(config: DeploymentConfig, { factsOf }: Parts, signers: Signers, health: Health): Deployment {
  const provider = providers.get(config.mock === undefined ? config.provider : "mock") ?? providers.get("mock");
  if (!provider) throw new Error(`no provider is called ${config.provider}`);
  // A fixed answer is the mock's, wherever the deployment would have gone.
  const instead =
    config.mock === undefined ? {} : { instead: `mock://gateway?answer=${encodeURIComponent(config.mock)}` };
  const priceFor = (model: string) => factsOf({ ...config, model }).price;
  const signer = () => signerOf(config, provider, signers);
  return createDeployment(config, { provider, facts: factsOf(config), signer, priceFor, health, ...instead });
}

function signerOf(config: DeploymentConfig, provider: Provider, signers: Signers): Sign {
  const { key, id, settings, apiBase } = config;
  const { auth, tokens = [], baseUrl } = provider;
  const holder = { owner: id, settings, apiBase, baseUrl };
  const token = tokens
    .map((name) => settings[name])
    .find((value) => value instanceof Secret || typeof value === "string");
  if (token !== undefined)
    return signers(
      { scheme: "bearer" },
      { ...holder, key: token instanceof Secret ? token : new Secret(String(token)) },
    );
  return signers(auth, { ...holder, key });
}

function sleep(milliseconds: number, cancel: { onCancel(listener: () => void): () => void }): Promise<void> {
  return new Promise((resolve) => {
    let stop = (): void => undefined;
    const timer = setTimeout(() => {
      stop();
      resolve();
    }, milliseconds);
    stop = cancel.onCancel(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
