/** Everything the operator decided, as one frozen value. A reload makes a new one; nobody changes the old. */

import type { Price } from "../canonical/price.ts";
import type { Secret } from "../canonical/secret.ts";

export interface Config {
  readonly deployments: readonly DeploymentConfig[];
  /** Names that the model list has only in entries which are wrong. No pattern answers for them: what was meant for one vendor must not go to another. */
  readonly leftOut: ReadonlySet<string>;
  /** Other names of model groups. A hidden one works, but is not listed. */
  readonly aliases: ReadonlyMap<string, { readonly group: string; readonly hidden: boolean }>;
  readonly routing: RoutingConfig;
  readonly access: AccessConfig;
  readonly limits: LimitConfig;
  readonly database: { readonly url?: Secret };
  readonly cache?: CacheConfig;
  readonly guardrails: readonly GuardrailConfig[];
  readonly sinks: readonly SinkConfig[];
  readonly metrics: { readonly enabled: boolean; readonly authenticated: boolean };
  readonly log: { readonly level: string };
  /** Parameters the vendor does not know: dropped (true) or refused (false). */
  readonly dropParams: boolean;
  /** Conversations that the vendor would refuse are mended. */
  readonly mends: boolean;
  /** What was read but is not served, unknown, or questionable: told at start and by `check`. */
  readonly notices: readonly Notice[];
  /** Where to listen, as far as the environment says. */
  readonly listen: { readonly host?: string; readonly port?: number; readonly rootPath?: string };
  /** Names and values that the configuration wants in the environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One way to reach a model: what LiteLLM-style files call an entry of the model list. */
export interface DeploymentConfig {
  /** Given, or a hash of what makes it different: the same in every process and after every reload. */
  readonly id: string;
  /** The name that clients use; may hold "*". */
  readonly group: string;
  readonly provider: string;
  /** The vendor's name of the model; may hold "*" where `group` does. */
  readonly model: string;
  readonly apiBase?: string;
  readonly key?: Secret;
  /** Everything else that the vendor's declaration may ask for, by its name in the configuration. Secrets are Secret. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | Secret>>;
  /** Fields to add to every body that lack them. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Relative chance of being chosen; default 1 for each, or requests/tokens per minute where those are given. */
  readonly weight?: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly parallel?: number;
  /** Lower goes first; the next number is tried only when none of the lower is left. */
  readonly order?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly streamTimeout?: number;
  readonly retries?: number;
  readonly cooldown?: number;
  /** Its own, over the routing's. */
  readonly allowedFails?: number;
  readonly failPolicy?: Readonly<Record<string, number>>;
  readonly dropParams?: boolean;
  readonly additionalDropParams: readonly string[];
  readonly allowedParams: readonly string[];
  readonly accessGroups: readonly string[];
  /** The catalogue's name of the model, where it differs from `provider/model`. */
  readonly baseModel?: string;
  /** What the configuration says of the model: wins over the catalogue. */
  readonly facts: ModelFacts;
  /** The built-in answer instead of a call. */
  readonly mock?: string;
  /** What is told of the model as it stood in the file, for `/model/info`: no secrets. */
  readonly info: Readonly<Record<string, unknown>>;
  /** How it is called as it stood in the file, for `/model/info`: no secrets. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** What is known of a model: from the catalogue, a file, or the configuration. */
export interface ModelFacts {
  readonly price?: Price;
  /** Tokens. */
  readonly maxInput?: number;
  readonly maxOutput?: number;
  /** "chat", "embedding", "completion", "responses" … */
  readonly mode?: string;
  /** "vision", "function_calling", "reasoning", "prompt_caching", … */
  readonly supports?: readonly string[];
  /** The raw entry, for `/model/info`. */
  readonly entry?: Readonly<Record<string, unknown>>;
}

export interface RoutingConfig {
  readonly strategy: string;
  readonly retries: number;
  /** Least seconds between two attempts. */
  readonly retryAfter: number;
  /** Further attempts by the kind of the error ("RateLimitErrorRetries"); wins over `retries`. */
  readonly retryPolicy: Readonly<Record<string, number>>;
  readonly groupRetryPolicy: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** Seconds for the whole call; default 600. */
  readonly timeout: number;
  readonly streamTimeout?: number;
  readonly fallbacks: ReadonlyMap<string, readonly string[]>;
  readonly defaultFallbacks: readonly string[];
  readonly contextFallbacks: ReadonlyMap<string, readonly string[]>;
  readonly contentFallbacks: ReadonlyMap<string, readonly string[]>;
  readonly maxFallbacks: number;
  readonly cooldowns: boolean;
  /** Seconds that a failing deployment rests; default 5. */
  readonly cooldown: number;
  readonly allowedFails?: number;
  /** Failures a minute by the kind of the error ("TimeoutErrorAllowedFails"); wins over `allowedFails`. */
  readonly failPolicy: Readonly<Record<string, number>>;
  /** A deployment whose `maxInput` the question exceeds is not asked. */
  readonly checksLength: boolean;
}

export interface AccessConfig {
  readonly adminKey?: Secret;
  /** A header beside the usual ones that may carry the key. */
  readonly keyHeader?: string;
  /** Without an admin key everybody is let in, as an internal user; with a well-known one the gateway starts anyway. Only when said so in as many words. */
  readonly open: boolean;
  /** The only routes that are served, by path, "/path/*" or group; absent: all. */
  readonly routes?: readonly string[];
  /** Routes for administrators only, besides those that always are. */
  readonly adminRoutes: readonly string[];
  /** Routes that need no key. */
  readonly openRoutes: readonly string[];
  /** The only addresses that may call, or ranges; absent: all. */
  readonly addresses?: readonly string[];
  /** A proxy in front says the caller's address. */
  readonly behindProxy: boolean;
  readonly demands: Demands;
  readonly newKeys: NewKeys;
}

/** What every request must say, or must not. */
export interface Demands {
  readonly endUser: boolean;
  /** "user", "metadata.team" */
  readonly fields: readonly string[];
  /** For keys of service accounts. */
  readonly serviceFields: readonly string[];
  readonly noTags: boolean;
}

/** How keys may be made. Fields by their names in the key API. */
export interface NewKeys {
  readonly defaults: Readonly<Record<string, unknown>>;
  /** The most; where the maker says nothing, it is this. */
  readonly most: Readonly<Record<string, unknown>>;
  readonly needsTeam: boolean;
  readonly plainAliases: boolean;
}

export interface LimitConfig {
  readonly bodyBytes: number;
  readonly answerBytes: number;
  readonly jsonDepth: number;
  readonly connections: number;
  /** Status for a spent budget; default 429. */
  readonly budgetStatus: number;
  /** Nano-dollars that all calls together may cost in a period. */
  readonly budget?: { readonly max: number; readonly period?: string };
  /** Calls at one time over all callers. */
  readonly parallel?: number;
}

export interface CacheConfig {
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  /** "default_on": every request, unless it says no; "default_off": only those that ask. */
  readonly mode: "default_on" | "default_off";
  readonly operations: readonly string[];
  readonly maxBytes: number;
  readonly namespace?: string;
}

export interface GuardrailConfig {
  /** The name that requests and keys use. */
  readonly name: string;
  /** The rack's id. */
  readonly type: string;
  readonly when: readonly ("request" | "answer" | "beside")[];
  readonly always: boolean;
  /** What to do when the guardrail itself fails; default refuse. */
  readonly onFailure: "refuse" | "pass";
  /** What to do with content that nobody can read. */
  readonly opaque: "scan" | "refuse" | "pass";
  readonly timeout: number;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface SinkConfig {
  readonly name: string;
  /** The rack's id. */
  readonly type: string;
  readonly on: readonly ("success" | "failure")[];
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Notice {
  readonly severity: "error" | "warning" | "note";
  /** "general_settings.foo" */
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}
