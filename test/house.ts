/** A gateway of real parts for tests that ask it without a door: its clock, its luck and its patience are the test's. */

import type { CallRecord } from "../src/canonical/call-record.ts";
import type { Caller, Scope } from "../src/canonical/caller.ts";
import { Cancel } from "../src/canonical/cancel.ts";
import { GatewayError } from "../src/canonical/error.ts";
import type { Operation } from "../src/canonical/operation.ts";
import { Secret } from "../src/canonical/secret.ts";
import type {
  AccessConfig,
  Config,
  DeploymentConfig,
  LimitConfig,
  ModelFacts,
  RoutingConfig,
} from "../src/config/config.ts";
import type { Controls, Exchange, Item, Reply, Stage } from "../src/exchange.ts";
import { createGateway, type Gateway } from "../src/gateway.ts";
import type { Send } from "../src/net/draft.ts";
import { createWire } from "../src/net/send.ts";
import { providers } from "../src/providers/index.ts";
import { createMemoryMeters } from "../src/state/counters/memory.ts";
import type { Meters } from "../src/state/counters/meters.ts";
import { nextReset } from "../src/state/database/periods.ts";
import { createDeployment, type Deployment } from "../src/upstream/deployment.ts";
import { createTokenizer } from "../src/upstream/tokenizer.ts";
import type { Body, Format } from "../src/wire/format.ts";
import { openaiChat } from "../src/wire/openai-chat/index.ts";

export const adminKey = "sk-admin-of-the-tests-0123456789";

export const routing: RoutingConfig = {
  strategy: "simple-shuffle",
  retries: 0,
  retryAfter: 0,
  retryPolicy: {},
  groupRetryPolicy: new Map(),
  timeout: 5,
  fallbacks: new Map(),
  defaultFallbacks: [],
  contextFallbacks: new Map(),
  contentFallbacks: new Map(),
  maxFallbacks: 5,
  cooldowns: true,
  cooldown: 5,
  failPolicy: {},
  checksLength: false,
};

const limits: LimitConfig = {
  bodyBytes: 1e6,
  answerBytes: 1e6,
  jsonDepth: 100,
  connections: 100,
  budgetStatus: 429,
};

const access: AccessConfig = {
  open: false,
  adminKey: new Secret(adminKey),
  adminRoutes: [],
  openRoutes: [],
  behindProxy: false,
  demands: { endUser: false, fields: [], serviceFields: [], noTags: false },
  newKeys: { defaults: {}, most: {}, needsTeam: false, plainAliases: false },
};

/** A deployment of one vendor's model, where that vendor is. */
export const configOf = (provider: string, model: string, more: Partial<DeploymentConfig> = {}): DeploymentConfig => ({
  id: `${more.group ?? "m"}-1`,
  group: "m",
  provider,
  model,
  settings: {},
  headers: {},
  defaults: {},
  additionalDropParams: [],
  allowedParams: [],
  accessGroups: [],
  facts: {},
  info: {},
  params: {},
  ...more,
});

/** A deployment at the fake vendor's address, with a key for it. */
export const deploymentOf = (url: string, more: Partial<DeploymentConfig> = {}): DeploymentConfig =>
  configOf("openai", "gpt-fake", { apiBase: `${url}/v1`, key: new Secret("sk-vendor-secret-0123456789"), ...more });

/** What the gateway makes of a deployment: its plans, its prices. Nothing is signed. */
export function deployed(config: DeploymentConfig, facts: ModelFacts = {}): Deployment {
  const provider = providers.get(config.provider);
  if (!provider) throw new Error(`no vendor ${config.provider}`);
  return createDeployment(config, { provider, facts, signer: () => (draft) => draft });
}

export const callerOf = (more: Partial<Caller> = {}): Caller => ({
  role: "key",
  keyId: "k",
  access: { all: true, names: new Set(), patterns: [] },
  aliases: {},
  routes: [],
  scopes: [],
  blocked: false,
  metadata: {},
  ...more,
});

export const scopeOf = (more: Partial<Scope> = {}): Scope => ({
  id: "key:k",
  kind: "key",
  label: "sk-...k",
  budgets: [],
  ...more,
});

export interface HouseOptions {
  readonly deployments: readonly DeploymentConfig[];
  readonly routing?: Partial<RoutingConfig>;
  readonly access?: Partial<AccessConfig>;
  readonly limits?: Partial<LimitConfig>;
  readonly mends?: boolean;
  readonly aliases?: Config["aliases"];
  readonly leftOut?: Config["leftOut"];
  readonly between?: readonly Stage[];
  readonly send?: Send;
  readonly findKey?: (keyId: string) => Promise<Caller | undefined>;
  readonly now?: () => number;
  readonly random?: () => number;
}

export interface House {
  readonly gateway: Gateway;
  readonly meters: Meters;
  readonly records: CallRecord[];
  close(): Promise<void>;
}

export function houseOf({ deployments, random = () => 0, now = Date.now, ...more }: HouseOptions): House {
  const wire = createWire();
  const meters = createMemoryMeters({ now, nextReset });
  const records: CallRecord[] = [];
  const config: Config = {
    deployments,
    aliases: more.aliases ?? new Map(),
    leftOut: more.leftOut ?? new Set(),
    routing: { ...routing, ...more.routing },
    access: { ...access, ...more.access },
    limits: { ...limits, ...more.limits },
    database: {},
    guardrails: [],
    sinks: [],
    metrics: { enabled: false, authenticated: true },
    log: { level: "info" },
    dropParams: false,
    mends: more.mends ?? false,
    notices: [],
    listen: {},
    environment: {},
  };
  const gateway = createGateway({
    config,
    version: "0",
    meters,
    findKey: more.findKey ?? (async () => undefined),
    send: more.send ?? wire.send,
    write: (record) => void records.push(record),
    factsOf: ({ facts }) => facts,
    modelsOf: () => [],
    tokenizer: createTokenizer(),
    now,
    random,
    ...(more.between && { between: more.between }),
  });
  return { gateway, meters, records, close: () => wire.close() };
}

export interface Question {
  readonly model?: string;
  readonly stream?: boolean;
  readonly caller?: Partial<Caller>;
  readonly controls?: Partial<Controls>;
  readonly cancel?: Cancel;
  readonly body?: object;
}

/** A request on its way through, as the door makes it of a client's words. */
export function exchangeOf<O extends Operation>(
  format: Format<O>,
  words: Body,
  more: Partial<Exchange<O>> = {},
): Exchange<O> {
  return {
    id: "x",
    operation: format.operation,
    format,
    request: { value: format.request.decode(words), quote: { format: format.id, words } },
    caller: callerOf(),
    controls: { fields: [] },
    headers: {},
    cancel: new Cancel(),
    decode: false,
    notes: {
      began: 0,
      route: "/v1/chat/completions",
      address: undefined,
      userAgent: undefined,
      attempts: [],
      retries: 0,
      fallbacks: 0,
      headers: {},
    },
    ...more,
  };
}

export function chatOf(question: Question = {}): Exchange<"chat"> {
  const { model = "m", stream = false, caller = {}, controls = {}, cancel = new Cancel(), body = {} } = question;
  const words = { model, stream, max_tokens: 10, messages: [{ role: "user", content: "hi" }], ...body };
  const exchange = exchangeOf(openaiChat, words, {
    caller: callerOf(caller),
    controls: { fields: [], ...controls },
    cancel,
  });
  return { ...exchange, notes: { ...exchange.notes, stream, model } };
}

/** Reads an answer to its end: the text of a whole one, or how many batches a stream had. */
export async function heard(reply: Reply<"chat">): Promise<string | number> {
  if (reply.kind === "whole") return JSON.stringify(reply.response.value);
  let batches = 0;
  for await (const items of reply.batches as AsyncIterable<readonly Item<unknown>[]>) if (items.length > 0) batches++;
  return batches;
}

/** The error that something ends in. */
export async function refusalOf(work: Promise<unknown>): Promise<GatewayError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("it went well");
}
