/** The port behind every limit and budget: reserved before a call, settled after it, each in one atomic step over all scopes. */

import type { Scope } from "../../canonical/caller.ts";

/** What a request may take at most. */
export interface Demand {
  readonly scopes: readonly Scope[];
  /** Nano-dollars. */
  readonly cost: number;
  /** Nano-dollars that it may cost beyond `cost` by what nobody here can count: held as far as the budgets have room, and no reason to refuse. */
  readonly perhaps?: number;
  /** The model is known to cost nothing: budgets are not looked at. */
  readonly free: boolean;
  readonly tokens: number;
}

/** What it really took. */
export interface Taken {
  readonly cost: number;
  readonly tokens: number;
}

export interface Reservation {
  readonly kind: "granted";
  /**
   * Ends the reservation with what was really taken. Only the first call counts. Nothing taken gives all back, but the
   * request itself, which still counts against requests per minute. `later`: the call goes on without us, and under
   * this name the rest of its money stays held until `late` is told what it came to, for an hour at most.
   */
  settle(taken: Taken, later?: string): void;
  /** How much is left where it is least, for headers: requests and tokens this minute by scope. */
  readonly standings: readonly Standing[];
}

export interface Standing {
  readonly scope: Scope;
  readonly requestsLeft?: number;
  readonly tokensLeft?: number;
  /** Milliseconds since the epoch. */
  readonly resetsAt: number;
}

export interface Refused {
  readonly kind: "refused";
  readonly scope: Scope;
  readonly limit: "budget" | "requests" | "tokens" | "parallel";
  /** Nano-dollars or counts, as the limit is. */
  readonly max: number;
  readonly used: number;
  /** Budget only: what others hold at this moment. */
  readonly held?: number;
  /** Milliseconds since the epoch when it is worth trying again, where that is known. */
  readonly resetsAt?: number;
}

export interface Meters {
  /** All scopes grant it, or none is touched. */
  reserve(demand: Demand): Reservation | Refused | Promise<Reservation | Refused>;
  /** Nano-dollars that the tightest budget of these scopes still has; Infinity where there is none. */
  available(scopes: readonly Scope[]): number;
  /** Nano-dollars spent by a scope in its present period, with what is held; undefined where nothing was counted yet. */
  spent(scope: string): { readonly spent: number; readonly held: number } | undefined;
  /** Sets what a scope has spent: at start from the database, or when an administrator says so. */
  set(scope: string, spent: number): void;
  /** Books what became known only later of a call, beyond what it was settled with (or below it: then it is negative). False: that was booked already. */
  late(name: string, scopes: readonly Scope[], taken: Taken): boolean;
  /** Forgets a scope (a deleted key). What it still has under way ends without touching a scope that comes after it by the same name, but for the money. */
  forget(scope: string): void;
}
