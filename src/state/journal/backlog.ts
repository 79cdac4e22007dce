/** Keeps records while the disk takes none: whole while there is room, then only what each key owes, and counts what had no room at all. */

import type { CallRecord } from "../../canonical/call-record.ts";
import { lean } from "./lean.ts";

export interface Backlog {
  keep(record: CallRecord): void;
  /** The oldest, as a line. */
  first(): string | undefined;
  remove(): void;
  readonly size: number;
  /** For the operator. */
  describe(): string;
}

export function createBacklog(most: number): Backlog {
  const records: CallRecord[] = [];
  /** The sum of calls that owe the same scopes, as if they were one. */
  const sums = new Map<string, CallRecord>();
  let folded = 0;
  let lost = 0;
  let lostNano = 0;

  const fold = (record: CallRecord): void => {
    // What settles a call anew counts once, so it is summed with nothing.
    const name = [...record.scopes, record.settles ?? ""].join("\n");
    const sum = sums.get(name);
    if (!sum && sums.size >= most) {
      lost++;
      lostNano += record.cost;
      return;
    }
    folded++;
    sums.set(name, sum ? added(sum, record) : lean(record));
  };

  const firstSum = (): readonly [string, CallRecord] | undefined => sums.entries().next().value;

  return {
    keep: (record) => {
      if (records.length < most) records.push(lean(record));
      else fold(record);
    },
    first: () => {
      const record = records[0] ?? firstSum()?.[1];
      return record && `${JSON.stringify(record)}\n`;
    },
    remove: () => {
      if (records.length > 0) records.shift();
      else sums.delete(firstSum()?.[0] ?? "");
    },
    get size() {
      return records.length + sums.size;
    },
    describe: () => {
      const dropped = lost > 0 ? ` ${lost} calls of ${lostNano / 1e9} US$ had no room and are lost.` : "";
      const summed = folded > 0 ? ` ${folded} more are kept as sums.` : "";
      return `${records.length} records wait in memory.${summed}${dropped}`;
    },
  };
}

const added = (sum: CallRecord, { cost, costInput, costOutput, costTools, ended }: CallRecord): CallRecord => ({
  ...sum,
  ended: Math.max(sum.ended, ended),
  cost: sum.cost + cost,
  costInput: sum.costInput + costInput,
  costOutput: sum.costOutput + costOutput,
  costTools: sum.costTools + costTools,
});
