/** Limits and budgets of one process: exact, because one thread decides, and every decision is one step. */

import type { Budget, Scope } from "../../canonical/caller.ts";
import type { Demand, Meters, Refused, Reservation, Standing, Taken } from "./meters.ts";

const window = 60_000;
/** More meters than this, and idle ones are dropped. */
const mostMeters = 200_000;
const idleAfter = 10 * 60_000;
const lookForIdleEvery = 60_000;
/** How long money is held for a call that goes on at its vendor, and how many of those; the oldest is let go first. */
const laterFor = 60 * 60_000;
const mostLater = 10_000;
/** Names that were booked late, so that none is booked twice. */
const mostBooked = 50_000;

interface Meter {
  windowEnds: number;
  requests: number;
  tokens: number;
  running: number;
  usedAt: number;
  readonly purses: Purse[];
}

/** One budget period of a scope. */
interface Purse {
  readonly period: string;
  spent: number;
  held: number;
  resetsAt: number;
  /** Something was spent since it was made: whoever made it anew, from what the key's row said long ago, would forget that. */
  charged: boolean;
}

/** Money that is held for a call that nobody here listens to any more. */
interface Later {
  readonly purses: readonly Purse[];
  readonly cost: number;
  readonly until: number;
}

/** What a reservation took of one scope, and where: a scope that is forgotten and comes again has other counters. */
interface Held {
  readonly scope: Scope;
  readonly meter: Meter;
  readonly windowEnds: number;
  readonly purses: readonly Purse[];
}

export interface MemoryMetersOptions {
  readonly now: () => number;
  /** When the period that holds `from` ends, in milliseconds since the epoch. */
  readonly nextReset: (period: string, from: number, previous?: number) => number;
}

/** Counters of budgets (nano-dollars) and rate limits for one process. They start at what the callers' scopes say was spent. */
export function createMemoryMeters({ now, nextReset }: MemoryMetersOptions): Meters {
  const meters = new Map<string, Meter>();

  const later = new Map<string, Later>();
  const booked = new Set<string>();
  let lookedForIdleAt = 0;

  const meterOf = (scope: Scope, at: number): Meter => {
    let meter = meters.get(scope.id);
    if (!meter) {
      if (meters.size >= mostMeters && at - lookedForIdleAt > lookForIdleEvery) {
        lookedForIdleAt = at;
        dropIdle(meters, at);
      }
      meter = { windowEnds: 0, requests: 0, tokens: 0, running: 0, usedAt: at, purses: [] };
      meters.set(scope.id, meter);
    }
    roll(meter, at);
    meter.usedAt = at;
    return meter;
  };

  const purseOf = (meter: Meter, budget: Budget, at: number): Purse => {
    const period = budget.period ?? "";
    let purse = meter.purses.find((one) => one.period === period);
    if (!purse) {
      const resetsAt = budget.resetsAt ?? firstReset(period, at);
      purse = { period, spent: budget.spent, held: 0, resetsAt, charged: false };
      meter.purses.push(purse);
    }
    return current(purse, at);
  };

  const current = (purse: Purse, at: number): Purse => {
    if (at >= purse.resetsAt) {
      purse.spent = 0;
      purse.resetsAt = nextReset(purse.period, at, purse.resetsAt);
    }
    return purse;
  };

  const firstReset = (period: string, at: number): number =>
    period === "" ? Number.POSITIVE_INFINITY : nextReset(period, at);

  const spentOut = (scope: Scope, meter: Meter, demand: Demand, at: number): Refused | undefined => {
    for (const budget of scope.budgets) {
      const { spent, held, resetsAt } = purseOf(meter, budget, at);
      if (spent < budget.max && spent + held + demand.cost <= budget.max) continue;
      const reset = resetsAt === Number.POSITIVE_INFINITY ? {} : { resetsAt };
      return { kind: "refused", scope, limit: "budget", max: budget.max, used: spent, held, ...reset };
    }
    return undefined;
  };

  const objection = (scope: Scope, meter: Meter, demand: Demand, at: number): Refused | undefined =>
    (demand.free ? undefined : spentOut(scope, meter, demand, at)) ?? tooFast(scope, meter, demand);

  /** A budget that was set while a call ran counts that call too. */
  const charge = (meter: Meter | undefined, cost: number, at: number): void => {
    for (const purse of meter?.purses ?? []) {
      current(purse, at).spent = Math.max(0, purse.spent + cost);
      purse.charged = true;
    }
  };

  const letGo = (name: string): void => {
    const { purses, cost } = later.get(name) ?? { purses: [], cost: 0 };
    for (const purse of purses) purse.held -= cost;
    later.delete(name);
  };

  const keep = (name: string, kept: Later): void => {
    letGo(name);
    later.set(name, kept);
    const [oldest] = later.keys();
    if (later.size > mostLater && oldest !== undefined) letGo(oldest);
  };

  const letGoOld = (at: number): void => {
    if (later.size === 0) return;
    // In the order in which they came, so that the first ones end first.
    for (const [name, { until }] of later) {
      if (until > at) return;
      letGo(name);
    }
  };

  class Grant implements Reservation {
    readonly kind = "granted";
    readonly #demand: Demand;
    readonly #held: readonly Held[];
    readonly #cost: number;
    #open = true;

    constructor(demand: Demand, held: readonly Held[], cost: number) {
      this.#demand = demand;
      this.#held = held;
      this.#cost = cost;
    }

    settle(taken: Taken, name?: string): void {
      if (!this.#open) return;
      this.#open = false;
      const at = now();
      const kept = name === undefined ? 0 : Math.max(0, this.#cost - taken.cost);
      const purses: Purse[] = [];
      for (const { scope, meter, windowEnds, purses: own } of this.#held) {
        roll(meter, at);
        meter.running--;
        // A later window owes nothing for what an earlier one admitted.
        if (meter.windowEnds === windowEnds) meter.tokens += taken.tokens - held(scope, this.#demand);
        for (const purse of own) purse.held -= this.#cost - kept;
        purses.push(...own);
        charge(meters.get(scope.id), taken.cost, at);
      }
      if (name !== undefined && kept > 0) keep(name, { purses, cost: kept, until: at + laterFor });
    }

    get standings(): readonly Standing[] {
      const standings: Standing[] = [];
      for (const scope of this.#demand.scopes) addStanding(scope, meters.get(scope.id), standings);
      return standings;
    }
  }

  /** What may come on top is held as far as there is room. */
  const topOf = ({ scopes, cost, perhaps = 0, free }: Demand, at: number): number => {
    if (perhaps === 0 || free) return 0;
    return Math.max(0, Math.min(perhaps, roomOf(scopes, at) - cost));
  };

  const roomOf = (scopes: readonly Scope[], at: number): number => {
    let least = Number.POSITIVE_INFINITY;
    for (const scope of scopes)
      for (const budget of scope.budgets) {
        const { spent, held } = purseOf(meterOf(scope, at), budget, at);
        least = Math.min(least, budget.max - spent - held);
      }
    return least;
  };

  const take = (demand: Demand, at: number): Reservation => {
    const cost = demand.cost + topOf(demand, at);
    const taken: Held[] = [];
    for (const scope of demand.scopes) {
      const meter = meterOf(scope, at);
      meter.requests++;
      meter.running++;
      meter.tokens += held(scope, demand);
      const purses = scope.budgets.map((budget) => purseOf(meter, budget, at));
      for (const purse of purses) purse.held += cost;
      taken.push({ scope, meter, windowEnds: meter.windowEnds, purses });
    }
    return new Grant(demand, taken, cost);
  };

  return {
    reserve(demand) {
      const at = now();
      letGoOld(at);
      for (const scope of demand.scopes) {
        const refused = objection(scope, meterOf(scope, at), demand, at);
        if (refused) return refused;
      }
      return take(demand, at);
    },
    available(scopes) {
      const at = now();
      letGoOld(at);
      return roomOf(scopes, at);
    },
    late(name, scopes, taken) {
      letGo(name);
      if (booked.has(name)) return false;
      booked.add(name);
      const [oldest] = booked;
      if (booked.size > mostBooked && oldest !== undefined) booked.delete(oldest);
      const at = now();
      for (const scope of scopes) {
        const meter = meterOf(scope, at);
        for (const budget of scope.budgets) purseOf(meter, budget, at);
        meter.tokens += Math.max(0, taken.tokens);
        charge(meter, taken.cost, at);
      }
      return true;
    },
    spent(scope) {
      const purse = meters.get(scope)?.purses[0];
      return purse && { spent: now() >= purse.resetsAt ? 0 : purse.spent, held: purse.held };
    },
    set(scope, spent) {
      for (const purse of meters.get(scope)?.purses ?? []) purse.spent = spent;
    },
    forget(scope) {
      meters.delete(scope);
    },
  };
}

function tooFast(scope: Scope, meter: Meter, demand: Demand): Refused | undefined {
  const { requestsPerMinute: rpm, tokensPerMinute: tpm, parallel } = scope;
  const resetsAt = meter.windowEnds;
  if (rpm !== undefined && meter.requests + 1 > rpm)
    return { kind: "refused", scope, limit: "requests", max: rpm, used: meter.requests, resetsAt };
  if (tpm !== undefined && meter.tokens + Math.max(1, held(scope, demand)) > tpm)
    return { kind: "refused", scope, limit: "tokens", max: tpm, used: meter.tokens, resetsAt };
  if (parallel !== undefined && meter.running + 1 > parallel)
    return { kind: "refused", scope, limit: "parallel", max: parallel, used: meter.running };
  return undefined;
}

/** What a request holds of a token limit: never more than the whole of it, or a long one could never pass. */
const held = (scope: Scope, demand: Demand): number =>
  scope.tokensPerMinute === undefined ? demand.tokens : Math.min(demand.tokens, scope.tokensPerMinute);

function addStanding(scope: Scope, meter: Meter | undefined, standings: Standing[]): void {
  const { requestsPerMinute: rpm, tokensPerMinute: tpm } = scope;
  if (!meter || (rpm === undefined && tpm === undefined)) return;
  const standing: { -readonly [K in keyof Standing]: Standing[K] } = { scope, resetsAt: meter.windowEnds };
  if (rpm !== undefined) standing.requestsLeft = Math.max(0, rpm - meter.requests);
  if (tpm !== undefined) standing.tokensLeft = Math.max(0, tpm - meter.tokens);
  standings.push(standing);
}

function roll(meter: Meter, at: number): void {
  // A window that ends later than one can was begun by a clock that has been set back since.
  if (at < meter.windowEnds && meter.windowEnds <= at + window) return;
  meter.windowEnds = at + window;
  meter.requests = 0;
  meter.tokens = 0;
}

/** Those with which nothing is lost: what was spent from a purse is known to nobody else before its key is read anew. */
function dropIdle(meters: Map<string, Meter>, at: number): void {
  const isIdle = ({ running, usedAt, purses }: Meter): boolean =>
    running === 0 && at - usedAt > idleAfter && purses.every(({ charged, held }) => !charged && held === 0);
  for (const [id, meter] of meters) if (isIdle(meter)) meters.delete(id);
}
