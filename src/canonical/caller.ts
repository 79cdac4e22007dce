/** Who asks: the key behind a request and everything that is counted or allowed for it, compiled once when the key is loaded. */

export interface Caller {
  readonly role: "admin" | "key" | "anonymous";
  /** SHA-256 of the key, in hex; "admin" for the admin key. */
  readonly keyId: string;
  /** "sk-...abcd" */
  readonly keyName?: string;
  readonly keyAlias?: string;
  readonly userId?: string;
  readonly teamId?: string;
  readonly organizationId?: string;
  readonly access: ModelAccess;
  /** The key's own names for models. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Route groups or paths that the key may use; empty: all that its role allows. */
  readonly routes: readonly string[];
  /** Everything that a request of this caller counts against. */
  readonly scopes: readonly Scope[];
  /** Milliseconds since the epoch. */
  readonly expires?: number;
  readonly blocked: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The model that a caller means by a name: names are the client's words, and "constructor" is one that every object knows. */
export const modelBehind = ({ aliases }: Caller, name: string): string =>
  (Object.hasOwn(aliases, name) ? aliases[name] : undefined) ?? name;

/** Which models may be asked for. Answers in constant time for plain names; patterns are few. */
export interface ModelAccess {
  readonly all: boolean;
  readonly names: ReadonlySet<string>;
  /** "openai/*" */
  readonly patterns: readonly string[];
}

/** Something that limits are set on and spend is summed for: a key, later a team, a user, a tag … */
export interface Scope {
  /** "key:<hash>", "team:<id>": the name of its counters. */
  readonly id: string;
  /** What a refusal calls it: "key", "team". */
  readonly kind: string;
  /** What a refusal names: an alias or a masked key, never a hash of a secret. */
  readonly label: string;
  /** Nano-dollars for each period; every one must hold. */
  readonly budgets: readonly Budget[];
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly parallel?: number;
}

export interface Budget {
  /** Nano-dollars. */
  readonly max: number;
  /** Nano-dollars already spent in the present period when this was loaded. */
  readonly spent: number;
  /** How long a period is ("30d", "1mo"); undefined: one period without end. */
  readonly period?: string;
  /** Milliseconds since the epoch when the present period ends. */
  readonly resetsAt?: number;
}
