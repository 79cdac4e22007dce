/** The feed of changes: what one gateway changes, every other one hears of within half a second. */

import type { Kysely } from "kysely";
import type { Database } from "./open.ts";
import type { Schema } from "./schema.ts";

export interface Watch {
  stop(): void;
}

export interface WatchOptions {
  /** Milliseconds between two looks; default 400. */
  readonly every?: number;
  /** This key was made, changed or deleted; perhaps by this gateway itself. */
  readonly onKey: (token: string) => void;
  /** More was missed than the feed keeps: whatever is remembered of keys must be forgotten. */
  readonly onGap: () => void;
  /** The feed could not be read: until it can, changes by others are not heard. */
  readonly onTrouble: (error: unknown) => void;
}

const keptFor = 3_600_000;
const mostAtOnce = 1000;
/** Transactions do not end in the order of their numbers: a number that was jumped over may still appear for so long. */
const lateBy = 60_000;
const mostMissing = 10_000;

/** To be called in the transaction that makes the change. */
export async function announce(transaction: Kysely<Schema>, tokens: readonly string[], now: number): Promise<void> {
  if (tokens.length === 0) return;
  await transaction
    .insertInto("changes")
    .values(tokens.map((id) => ({ kind: "key", id, at: now })))
    .execute();
  await transaction
    .deleteFrom("changes")
    .where("at", "<", now - keptFor)
    .execute();
}

export async function watchChanges({ db }: Pick<Database, "db">, options: WatchOptions): Promise<Watch> {
  const reader = createReader(db, options);
  await reader.start();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let heardAt = Date.now();
  const look = async (): Promise<void> => {
    try {
      await reader.read();
      if (Date.now() - heardAt > keptFor / 2) options.onGap();
      heardAt = Date.now();
    } catch (error) {
      if (!stopped) options.onTrouble(error);
    }
    if (!stopped) again();
  };
  const again = (): void => {
    timer = setTimeout(() => void look(), options.every ?? 400).unref();
  };
  again();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

interface Reader {
  start(): Promise<void>;
  read(): Promise<void>;
}

function createReader(db: Kysely<Schema>, { onKey, onGap }: WatchOptions): Reader {
  let highest = 0;
  const missing = new Map<number, number>();

  const takeNote = (sequence: number, now: number): void => {
    if (sequence - highest - 1 + missing.size > mostMissing) onGap();
    else for (let number = highest + 1; number < sequence; number++) missing.set(number, now);
    highest = sequence;
  };

  const readNew = async (now: number): Promise<void> => {
    for (;;) {
      const query = db.selectFrom("changes").select(["sequence", "id"]).where("sequence", ">", highest);
      const rows = await query.orderBy("sequence").limit(mostAtOnce).execute();
      for (const { sequence, id } of rows) {
        takeNote(sequence, now);
        onKey(id);
      }
      if (rows.length < mostAtOnce) return;
    }
  };

  const readLate = async (now: number): Promise<void> => {
    for (const [number, since] of missing) if (now - since > lateBy) missing.delete(number);
    if (missing.size === 0) return;
    const numbers = [...missing.keys()].slice(-mostAtOnce);
    const query = db.selectFrom("changes").select(["sequence", "id"]).where("sequence", "in", numbers);
    for (const { sequence, id } of await query.execute()) {
      missing.delete(sequence);
      onKey(id);
    }
  };

  return {
    start: async () => {
      const query = db.selectFrom("changes").select((is) => is.fn.max("sequence").as("last"));
      highest = Number((await query.executeTakeFirst())?.last ?? 0);
      // Whatever is being changed at this very moment has numbers near the last.
      for (let number = Math.max(1, highest - 100); number < highest; number++) missing.set(number, Date.now());
    },
    read: async () => {
      const now = Date.now();
      await readLate(now);
      await readNew(now);
    },
  };
}
