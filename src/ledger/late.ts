/** What becomes known of a call only after it was settled, because its vendor went on with it: booked once, as a line of its own, of the difference. */

import { type CallRecord, settlementOf } from "../canonical/call-record.ts";
import type { Scope } from "../canonical/caller.ts";
import { credible } from "../canonical/credible.ts";
import { type Cost, costOf, type Price } from "../canonical/price.ts";
import { totalTokens, type Usage } from "../canonical/usage.ts";
import type { Notes } from "../exchange.ts";
import type { Meters } from "../state/counters/meters.ts";
import { fold } from "./fold.ts";

/** A call that was settled before its answer was done. */
interface LateCall {
  /** The id of the call. */
  readonly call: string;
  readonly deployment: string | undefined;
  /** What it was settled with. */
  readonly usage: Usage;
  readonly cost: Cost;
  /** Milliseconds since the epoch. */
  readonly asked: number;
}

/** What its vendor says by now. Without usage nothing became known, and only what was held for the call is let go. */
interface Learnt {
  readonly usage?: Usage;
  readonly model?: string;
  readonly serviceTier?: string;
}

export interface LateParts {
  readonly meters: Meters;
  /** What every call counts against. */
  readonly shared: readonly Scope[];
  readonly write: (record: CallRecord) => void | Promise<void>;
  readonly priceOf: (deployment: string, model: string | undefined) => Price | undefined;
  readonly now: () => number;
}

/** `notes`: of the request that learnt it. */
export type SettleLate = (late: LateCall, notes: Notes, learnt: Learnt) => Promise<void>;

export const lateSettler =
  ({ meters, shared, write, priceOf, now }: LateParts): SettleLate =>
  async (late, notes, { usage: said, model, serviceTier }) => {
    // Beyond reason, the estimate stays.
    const usage = credible(said);
    const price = late.deployment === undefined ? undefined : priceOf(late.deployment, model);
    const cost = usage && price && costOf(usage, price, serviceTier);
    const taken = {
      cost: cost ? cost.total - late.cost.total : 0,
      tokens: usage ? totalTokens(usage) - totalTokens(late.usage) : 0,
    };
    const isFirst = meters.late(late.call, [...(notes.caller?.scopes ?? []), ...shared], taken);
    if (isFirst && usage && cost) await write(lineOf(notes, late, { usage, cost, now: now() }));
  };

/** The money is exact, and below zero where the estimate was too high; of tokens only what came on top is told. */
function lineOf(
  notes: Notes,
  { call, asked, ...before }: LateCall,
  { usage, cost, now }: { readonly usage: Usage; readonly cost: Cost; readonly now: number },
): CallRecord {
  const { serverTools: _, estimated: __, terms: ___, ...counts } = usage;
  const more: Record<string, number> = {};
  for (const [name, count] of Object.entries(counts))
    more[name] = Math.max(0, count - (before.usage[name as keyof typeof counts] ?? 0));
  const difference = {
    input: cost.input - before.cost.input,
    output: cost.output - before.cost.output,
    tools: cost.tools - before.cost.tools,
    total: cost.total - before.cost.total,
  };
  const line = fold(
    { ...notes, usage: { input: 0, output: 0, ...more }, cost: difference },
    { id: settlementOf(call), operation: "chat", ended: now, outcome: "answered" },
  );
  // The same each time that it may be written, so that it is there once.
  return { ...line, began: asked, settles: call, metadata: { ...line.metadata, settles: call } };
}
