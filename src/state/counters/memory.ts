/** Limits and budgets of one process: exact, because one thread decides, and every decision is one step. */

import type { Budget, Scope } from "../../canonical/caller.ts";
import type { Demand, Meters, Refused, Reservation, Standing, Taken } from "./meters.ts";

const window = 60_000;
/** More meters than this, and idle ones are dropped: what they counted is in the database. */
const mostMeters = 200_000;
const idleAfter = 10 * 60_000;

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
}

export interface MemoryMetersOptions {
  readonly now: () => number;
  /** When the period that holds `from` ends, in milliseconds since the epoch. */
  readonly nextReset: (period: string, from: number, previous?: number) => number;
}

export function createMemoryMeters({ now, nextReset }: MemoryMetersOptions): Meters {
  const meters = new Map<string, Meter>();

  const meterOf = (scope: Scope, at: number): Meter => {
    let meter = meters.get(scope.id);
    if (!meter) {
      if (meters.size >= mostMeters) dropIdle(meters, at);
      meter = { windowEnds: 0, requests: 0, tokens: 0, running: 0, usedAt: at, purses: [] };
      meters.set(scope.id, meter);
    }
    if (at >= meter.windowEnds) {
      meter.windowEnds = at + window;
      meter.requests = 0;
      meter.tokens = 0;
    }
    meter.usedAt = at;
    return meter;
  };

  const purseOf = (meter: Meter, budget: Budget, at: number): Purse => {
    const period = budget.period ?? "";
    let purse = meter.purses.find((one) => one.period === period);
    if (!purse) {
      purse = { period, spent: budget.spent, held: 0, resetsAt: budget.resetsAt ?? firstReset(period, at) };
      meter.purses.push(purse);
    }
    if (at >= purse.resetsAt) {
      purse.spent = 0;
      purse.resetsAt = nextReset(period, at, purse.resetsAt);
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

  const give = (scope: Scope, windowEnds: number, demand: Demand, taken: Taken, at: number): void => {
    const meter = meterOf(scope, at);
    meter.running--;
    // A later window owes nothing for what an earlier one admitted.
    if (meter.windowEnds === windowEnds) meter.tokens += taken.tokens - held(scope, demand);
    for (const budget of scope.budgets) {
      const purse = purseOf(meter, budget, at);
      purse.held -= demand.cost;
      purse.spent += taken.cost;
    }
  };

  class Grant implements Reservation {
    readonly kind = "granted";
    readonly #demand: Demand;
    readonly #ends: readonly number[];
    #open = true;

    constructor(demand: Demand, ends: readonly number[]) {
      this.#demand = demand;
      this.#ends = ends;
    }

    settle(taken: Taken): void {
      if (!this.#open) return;
      this.#open = false;
      const at = now();
      const { scopes } = this.#demand;
      for (let index = 0; index < scopes.length; index++) {
        const scope = scopes[index];
        if (scope) give(scope, this.#ends[index] ?? 0, this.#demand, taken, at);
      }
    }

    get standings(): readonly Standing[] {
      const standings: Standing[] = [];
      for (const scope of this.#demand.scopes) addStanding(scope, meters.get(scope.id), standings);
      return standings;
    }
  }

  const take = (demand: Demand, at: number): Reservation => {
    const ends: number[] = [];
    for (const scope of demand.scopes) {
      const meter = meterOf(scope, at);
      meter.requests++;
      meter.running++;
      meter.tokens += held(scope, demand);
      for (const budget of scope.budgets) purseOf(meter, budget, at).held += demand.cost;
      ends.push(meter.windowEnds);
    }
    return new Grant(demand, ends);
  };

  return {
    reserve(demand) {
      const at = now();
      for (const scope of demand.scopes) {
        const refused = objection(scope, meterOf(scope, at), demand, at);
        if (refused) return refused;
      }
      return take(demand, at);
    },
    available(scopes) {
      const at = now();
      let least = Number.POSITIVE_INFINITY;
      for (const scope of scopes)
        for (const budget of scope.budgets) {
          const { spent, held } = purseOf(meterOf(scope, at), budget, at);
          least = Math.min(least, budget.max - spent - held);
        }
      return least;
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

function dropIdle(meters: Map<string, Meter>, at: number): void {
  for (const [id, meter] of meters) if (meter.running === 0 && at - meter.usedAt > idleAfter) meters.delete(id);
}
