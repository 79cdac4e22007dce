/** Answers in the database, for all replicas. Writes are put off the path: until one is done, its entry is read from memory. */

import type { Database } from "../database/open.ts";
import {
  deleteResponse,
  findResponse,
  linksTo,
  pruneResponses,
  putResponse,
  type ResponseLink,
  type ResponseRow,
  responsesOf,
} from "../database/responses.ts";
import { isSettled, pruneSettlements } from "../database/settlements.ts";
import { createQuota } from "./quota.ts";
import type { Chain, Owed, ResponseStore, StoredResponse, StoreLimits } from "./store.ts";

export interface DatabaseResponses extends ResponseStore {
  /** Writes what is still to be written. */
  close(): Promise<void>;
}

export interface DatabaseResponsesOptions {
  readonly limits: StoreLimits;
  readonly now: () => number;
  /** An entry that could not be written; it is lost. */
  readonly onTrouble: (error: unknown) => void;
}

/** How many writes go by before what is over is deleted, and how many rows at once. */
const pruneEvery = 100;
const pruneMost = 500;

export function createDatabaseResponses(
  { db }: Database,
  { limits, now, onTrouble }: DatabaseResponsesOptions,
): DatabaseResponses {
  const waiting = new Map<string, ResponseRow>();
  const waitingOf = new Map<string, number>();
  const quota = createQuota(db, limits);
  let waitingBytes = 0;
  let writes = 0;
  let last: Promise<void> = Promise.resolve();

  const write = async (row: ResponseRow): Promise<void> => {
    try {
      // Removed while it waited, or replaced by a newer one that waits behind it.
      if (waiting.get(row.id) === row && (await putResponse(db, row))) await quota.written(row.owner, row.bytes);
      writes += 1;
      if (writes % pruneEvery === 0) {
        await pruneResponses(db, now(), pruneMost);
        // Nobody asks any more for an answer that was forgotten as long ago as it was kept.
        await pruneSettlements(db, now() - 2 * limits.ttl);
      }
    } catch (error) {
      onTrouble(error);
    }
    waitingBytes -= row.bytes;
    const others = (waitingOf.get(row.owner) ?? 0) - row.bytes;
    if (others > 0) waitingOf.set(row.owner, others);
    else waitingOf.delete(row.owner);
    if (waiting.get(row.id) === row) waiting.delete(row.id);
  };

  const find = async (id: string): Promise<ResponseRow | undefined> => {
    if (!isName(id)) return undefined;
    const row = waiting.get(id) ?? (await findResponse(db, id, now()));
    return row && row.expires_at > now() ? row : undefined;
  };

  return {
    async put(entry) {
      const row = rowOf(entry, now() + limits.ttl);
      if (row.bytes > limits.entryBytes || waitingBytes + row.bytes > limits.totalBytes) return false;
      // One key alone cannot take the room of the others.
      const own = (waitingOf.get(row.owner) ?? 0) + row.bytes;
      if (own > Math.max(limits.entryBytes, limits.totalBytes / 4)) return false;
      const other = waiting.get(entry.id);
      if (other && other.owner !== entry.owner) return false;
      waiting.set(entry.id, row);
      waitingBytes += row.bytes;
      waitingOf.set(row.owner, own);
      last = last.then(() => write(row));
      return true;
    },
    async get(id, owner) {
      const row = await find(id);
      return row?.owner === owner ? await withoutSettled(db, entryOf(row)) : undefined;
    },
    async remove(id, owner) {
      if (!isName(id)) return false;
      const row = waiting.get(id);
      if (row && row.owner !== owner) return false;
      waiting.delete(id);
      // One that is being written at this moment must be there before it can go.
      if (row) await last;
      return (await deleteResponse(db, id, owner)) || row !== undefined;
    },
    async chain(id, owner) {
      if (!isName(id)) return { kind: "refused" };
      // Nearly always only the last answer can still be waiting; what it builds on is waited for.
      if (waiting.size > 0) await last;
      const links = await linksTo(db, id, now(), limits.chainLength);
      const verdict = judge(links, owner, limits);
      if (verdict) return verdict;
      const ids = links.map((link) => link.id);
      const rows = new Map((await responsesOf(db, ids)).map((row) => [row.id, row]));
      const found = ids.toReversed().flatMap((one) => rows.get(one) ?? []);
      // Deleted while we looked.
      if (found.length < ids.length) return { kind: "refused" };
      return { kind: "found", entries: found.map(entryOf) };
    },
    close: () => last,
  };
}

/** What was settled just before a gateway ended may still stand there as owed. */
async function withoutSettled(db: Database["db"], entry: StoredResponse): Promise<StoredResponse> {
  if (!entry.owed || !(await isSettled(db, entry.owed.call))) return entry;
  const { owed: _, ...others } = entry;
  return others;
}

/** What cannot be said to a database, nobody gave an answer for a name. */
const isName = (id: string): boolean => id.isWellFormed() && !id.includes("\0");

/** Undefined: nothing speaks against it. */
function judge(links: readonly ResponseLink[], owner: string, limits: StoreLimits): Chain | undefined {
  const oldest = links[links.length - 1];
  if (!oldest) return { kind: "unknown" };
  if (links.some((link) => link.owner !== owner)) return { kind: "refused" };
  const bytes = links.reduce((sum, link) => sum + Number(link.bytes), 0);
  if (links.length > limits.chainLength || bytes > limits.chainBytes) return { kind: "too-long" };
  return oldest.previous === null ? undefined : { kind: "refused" };
}

function rowOf(entry: StoredResponse, expires: number): ResponseRow {
  const input = JSON.stringify(entry.input);
  const response = JSON.stringify(entry.response);
  return {
    id: entry.id,
    owner: entry.owner,
    previous: entry.previous ?? null,
    model: entry.model,
    deployment: entry.deployment ?? null,
    vendor_id: entry.vendorId ?? null,
    created_at: entry.created,
    expires_at: expires,
    status: entry.status,
    bytes: input.length + response.length,
    input,
    response,
    owed: entry.owed ? JSON.stringify(entry.owed) : null,
  };
}

const entryOf = (row: ResponseRow): StoredResponse => ({
  id: row.id,
  owner: row.owner,
  ...(row.previous !== null && { previous: row.previous }),
  model: row.model,
  ...(row.deployment !== null && { deployment: row.deployment }),
  ...(row.vendor_id !== null && { vendorId: row.vendor_id }),
  created: Number(row.created_at),
  status: row.status,
  ...(row.owed !== null && { owed: JSON.parse(row.owed) as Owed }),
  input: JSON.parse(row.input) as readonly unknown[],
  response: JSON.parse(row.response) as Readonly<Record<string, unknown>>,
});
