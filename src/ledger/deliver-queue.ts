/** Records that wait for a sink: never more than so many, never more than so many bytes. Details go first, then the oldest. */

import type { CallRecord } from "../canonical/call-record.ts";
import { lean } from "../state/journal/lean.ts";
import { weigh } from "./deliver-weight.ts";

export interface QueueLimits {
  readonly records: number;
  readonly bytes: number;
}

export interface Queue {
  readonly size: number;
  /** As estimated. */
  readonly bytes: number;
  /** Returns how many of the oldest had to go to make room. */
  push(record: CallRecord): number;
  /** The oldest, at most so many and about so many bytes, but one at least if there is any. */
  take(records: number, bytes: number): CallRecord[];
}

interface Entry {
  record: CallRecord;
  bytes: number;
  whole: boolean;
}

/** A record whose details are larger than this does not keep them. */
const mostDetails = 64 * 1024;

export function createQueue(limits: QueueLimits): Queue {
  let entries: Entry[] = [];
  /** Before it everything is taken; before `shed` everything is without details. */
  let first = 0;
  let shed = 0;
  let bytes = 0;

  const entryOf = (record: CallRecord): Entry => {
    const weight = weigh(record, mostDetails);
    if (weight <= mostDetails) return { record, bytes: weight, whole: true };
    const small = lean(record);
    return { record: small, bytes: weigh(small, mostDetails), whole: false };
  };

  const shedOldest = (): void => {
    const entry = entries[shed++];
    if (!entry?.whole) return;
    entry.whole = false;
    entry.record = lean(entry.record);
    bytes -= entry.bytes;
    entry.bytes = weigh(entry.record, mostDetails);
    bytes += entry.bytes;
  };

  const remove = (): CallRecord | undefined => {
    const entry = entries[first];
    if (!entry) return undefined;
    first++;
    if (shed < first) shed = first;
    bytes -= entry.bytes;
    if (first > 1024 && first * 2 > entries.length) {
      entries = entries.slice(first);
      shed -= first;
      first = 0;
    }
    return entry.record;
  };

  return {
    get size() {
      return entries.length - first;
    },
    get bytes() {
      return bytes;
    },
    push(record) {
      const entry = entryOf(record);
      entries.push(entry);
      bytes += entry.bytes;
      while (bytes > limits.bytes && shed < entries.length) shedOldest();
      let dropped = 0;
      while (bytes > limits.bytes || entries.length - first > limits.records) {
        if (!remove()) break;
        dropped++;
      }
      return dropped;
    },
    take(records, most) {
      const taken: CallRecord[] = [];
      const floor = bytes - most;
      while (taken.length < records && (taken.length === 0 || bytes > floor)) {
        const record = remove();
        if (!record) break;
        taken.push(record);
      }
      return taken;
    },
  };
}
