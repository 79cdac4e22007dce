/** Tells the sinks what happened: off the path of requests, bounded in memory, and without ever getting in a request's way. */

import type { CallRecord } from "../canonical/call-record.ts";
import type { Log } from "../canonical/log.ts";
import { Secret } from "../canonical/secret.ts";
import type { SinkConfig } from "../config/config.ts";
import type { Send } from "../net/draft.ts";
import { createLane, type Lane, type LaneParts, type SinkCounts } from "./deliver-lane.ts";
import { sinkKinds } from "./sinks/index.ts";
import type { Sink, SinkDeps, SinkKind } from "./sinks/sink.ts";

export interface SinkState extends Readonly<SinkCounts> {
  readonly name: string;
  readonly waiting: number;
  readonly bytes: number;
}

export interface Deliverer {
  /** Never throws; the work is done in a later turn of the event loop. */
  push(record: CallRecord): void;
  /** From now on these are told. Sinks that stay as they were keep what waits for them; the others deliver it before they end. */
  use(configs: readonly SinkConfig[]): void;
  states(): readonly SinkState[];
  /** Delivers what waits, as far as it gets in so many seconds. */
  close(seconds: number): Promise<void>;
}

export interface DelivererParts extends Omit<SinkDeps, "name"> {
  readonly send: Send;
  readonly log: Log;
  readonly now: () => number;
  readonly random: () => number;
  readonly kinds?: readonly SinkKind[];
  readonly limits?: LaneParts["limits"];
  readonly timeout?: number;
  readonly backoff?: number;
}

const usualLimits = { records: 20_000, bytes: 32 * 1024 * 1024 };
/** Milliseconds that a sink has for its last records once the configuration has it no more. */
const lastWords = 60_000;

interface Member {
  readonly lane: Lane;
  readonly name: string;
  readonly identity: string;
  readonly success: boolean;
  readonly failure: boolean;
}

export function createDeliverer(parts: DelivererParts): Deliverer {
  const { log, kinds = sinkKinds, limits = usualLimits, timeout = 10_000, backoff = 500 } = parts;
  const counts = new Map<string, SinkCounts>();
  const leaving = new Map<Lane, Promise<void>>();
  let members: readonly Member[] = [];
  let fresh: CallRecord[] = [];
  let scheduled = false;

  const countsOf = (name: string): SinkCounts => {
    const known = counts.get(name) ?? { delivered: 0, failures: 0, dropped: 0 };
    counts.set(name, known);
    return known;
  };

  const join = (config: SinkConfig): Member | undefined => {
    const { name, on } = config;
    const sink = make(config, kinds, parts);
    if (!sink) return undefined;
    const lane = createLane(sink, { ...parts, name, counts: countsOf(name), limits, timeout, backoff });
    const identity = identityOf(config);
    return { lane, name, identity, success: on.includes("success"), failure: on.includes("failure") };
  };

  const leave = (lane: Lane, milliseconds: number): Promise<void> => {
    const gone = lane.close(milliseconds).finally(() => leaving.delete(lane));
    leaving.set(lane, gone);
    return gone;
  };

  const spread = (): void => {
    scheduled = false;
    const records = fresh;
    fresh = [];
    for (const record of records) {
      const good = record.outcome === "answered";
      for (const { lane, success, failure } of members) if (good ? success : failure) lane.push(record);
    }
  };

  return {
    push(record) {
      if (members.length === 0) return;
      fresh.push(record);
      if (scheduled) return;
      scheduled = true;
      setImmediate(spread);
    },
    use(configs) {
      // What was pushed so far is for those who were there.
      spread();
      const before = new Map(members.map((member) => [member.identity, member]));
      members = configs.flatMap((config) => {
        const kept = before.get(identityOf(config));
        if (kept) before.delete(kept.identity);
        return kept ?? join(config) ?? [];
      });
      for (const { lane } of before.values()) void leave(lane, lastWords);
    },
    states: () =>
      [...counts].map(([name, count]) => {
        const lane = members.find((member) => member.name === name)?.lane;
        return { name, ...count, waiting: lane?.waiting ?? 0, bytes: lane?.bytes ?? 0 };
      }),
    async close(seconds) {
      spread();
      const last = members;
      members = [];
      for (const lane of leaving.keys()) void lane.close(seconds * 1000);
      for (const { lane } of last) void leave(lane, seconds * 1000);
      await Promise.all(leaving.values());
      log.debug({}, "all sinks were sent what could be sent");
    },
  };
}

function make(
  { name, type, options }: SinkConfig,
  kinds: readonly SinkKind[],
  parts: DelivererParts,
): Sink | undefined {
  const { log, version, fieldPrefix } = parts;
  const kind = kinds.find(({ id }) => id === type);
  if (kind)
    return kind.make(options, { name, version, fieldPrefix }, ({ path, message }) =>
      log.error({ sink: name, path, reason: message }, "a sink is not used: its options are wrong"),
    );
  const known = kinds.map(({ id }) => id).join(", ");
  log.error({ sink: name, type, known }, "a sink is not used: unknown type");
  return undefined;
}

/** Equal for sinks that are set up alike, secrets included. */
function identityOf(config: SinkConfig): string {
  return JSON.stringify(config, function (this: Record<string, unknown>, key: string, value: unknown) {
    // A secret has already made itself unreadable in `value`.
    const held = this[key];
    return held instanceof Secret ? held.reveal() : value;
  });
}
