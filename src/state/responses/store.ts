/** Where answers of the Responses API are kept, whichever vendor gave them, so that clients can ask for them again and build on them. */

import type { Cost } from "../../canonical/price.ts";
import type { Usage } from "../../canonical/usage.ts";

export interface StoredResponse {
  /** As the client knows it: "resp_…". */
  readonly id: string;
  /** The key that asked: nobody else learns that it exists. */
  readonly owner: string;
  /** The answer that this one builds on. */
  readonly previous?: string;
  /** The model group that answered. */
  readonly model: string;
  /** The deployment that answered, and the vendor's own id, where the vendor keeps it too. */
  readonly deployment?: string;
  readonly vendorId?: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** "completed", "incomplete", "in_progress", "queued", "failed" or "cancelled" */
  readonly status: string;
  /** What was asked, item by item. */
  readonly input: readonly unknown[];
  /** What its call was settled with while the vendor goes on with it; absent: nothing is owed any more. */
  readonly owed?: Owed;
  /** The whole answer as it was told, its output in it. */
  readonly response: Readonly<Record<string, unknown>>;
}

/** An estimate that stands until more is known. */
export interface Owed {
  /** The id of the call. */
  readonly call: string;
  readonly usage: Usage;
  readonly cost: Cost;
}

export interface ResponseStore {
  /** Keeps it, over one of the same id and owner; false where it is too large to be kept, or the id is another's. */
  put(entry: StoredResponse): Promise<boolean>;
  /** Undefined: not there, no longer, or another's. */
  get(id: string, owner: string): Promise<StoredResponse | undefined>;
  /** False: there was none. */
  remove(id: string, owner: string): Promise<boolean>;
  chain(id: string, owner: string): Promise<Chain>;
}

export type Chain =
  /** All that led to the answer, oldest first, itself last. */
  | { readonly kind: "found"; readonly entries: readonly StoredResponse[] }
  /** Nobody's here: a vendor may know it. */
  | { readonly kind: "unknown" }
  /** Another key's, or with a gap in what led to it: it must not be built on. */
  | { readonly kind: "refused" }
  /** More answers, or more text, than one request may carry. */
  | { readonly kind: "too-long" };

export interface StoreLimits {
  /** Of one entry, as JSON text. */
  readonly entryBytes: number;
  /** Of all that a memory holds. */
  readonly totalBytes: number;
  readonly count: number;
  /** Of all that one key keeps; its oldest go first. A database is looked at now and then, and may hold an eighth more. */
  readonly ownerBytes: number;
  readonly ownerCount: number;
  /** Of all that a database keeps, likewise. */
  readonly tableBytes: number;
  readonly tableCount: number;
  /** Milliseconds that an entry is kept. */
  readonly ttl: number;
  readonly chainLength: number;
  readonly chainBytes: number;
}

/** Vendors keep answers for thirty days: https://platform.openai.com/docs/guides/conversation-state */
export const usualLimits: StoreLimits = {
  entryBytes: 8 * 1024 * 1024,
  totalBytes: 64 * 1024 * 1024,
  count: 100_000,
  ownerBytes: 1024 * 1024 * 1024,
  ownerCount: 50_000,
  tableBytes: 8 * 1024 * 1024 * 1024,
  tableCount: 500_000,
  ttl: 30 * 24 * 3600 * 1000,
  chainLength: 500,
  chainBytes: 32 * 1024 * 1024,
};
