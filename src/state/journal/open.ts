/** The journal: what a call cost is in the kernel's hands before its answer ends, so that a killed gateway loses no settled money. */

import { closeSync, ftruncateSync, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { CallRecord } from "../../canonical/call-record.ts";
import { lock } from "../database/lock.ts";
import { createBacklog } from "./backlog.ts";
import { lean } from "./lean.ts";
import { namer, segmentsIn } from "./segments.ts";

export interface Journal {
  /**
   * Never throws nor rejects. Written to the file when it resolves, in the same turn of the event loop; where the disk
   * takes nothing, kept in memory and written later.
   */
  append(record: CallRecord): Promise<void>;
  /** Records that wait in memory for the disk. */
  readonly waiting: number;
  close(): void;
}

export interface JournalOptions {
  readonly folder: string;
  /** Called at most once a second; the text is for the operator. */
  readonly onTrouble: (text: string) => void;
  readonly now?: () => number;
  readonly segmentBytes?: number;
  /** All segments together; default 512 MB. From half of it on records are written without metadata. */
  readonly mostBytes?: number;
  readonly mostWaiting?: number;
}

const megabyte = 1024 * 1024;
const longestLine = 256 * 1024;
const retryAfter = 1000;

export function openJournal(options: JournalOptions): Journal {
  const { folder, onTrouble, now = Date.now, segmentBytes = 8 * megabyte, mostBytes = 512 * megabyte } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const held = lock(join(folder, "journal.lock"), `The journal ${folder}`);
  const nextName = namer(segmentsIn(folder), now());
  const backlog = createBacklog(options.mostWaiting ?? 10_000);
  const scratch = Buffer.allocUnsafe(longestLine * 3 + 1);

  let file: number | undefined;
  let closed = false;
  let size = 0;
  let scarce = false;
  let failedAt: number | undefined;
  let saidAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  /** Throws where there is no room: the writer is behind, and the disk belongs to others too. */
  const rotate = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
    let used = 0;
    for (const name of segmentsIn(folder)) used += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
    if (used + segmentBytes > mostBytes)
      throw new Error(`the journal holds ${used} bytes that are not in the database yet`);
    scarce = used > mostBytes / 2;
    file = openSync(join(folder, nextName()), "ax", 0o600);
    size = 0;
  };

  /** All of it, or nothing. */
  const write = (line: string): void => {
    const length = scratch.write(line, "utf8");
    if (file === undefined || size + length > segmentBytes) rotate();
    if (file === undefined) return;
    const written = writeSync(file, scratch, 0, length);
    if (written !== length) {
      ftruncateSync(file, size);
      throw new Error("the disk is full");
    }
    size += length;
  };

  const fail = (error: unknown): void => {
    failedAt = now();
    timer ??= setTimeout(retry, retryAfter).unref();
    if (failedAt - saidAt < retryAfter) return;
    saidAt = failedAt;
    const reason = error instanceof Error ? error.message : String(error);
    onTrouble(
      `The journal cannot be written (${reason}): ${backlog.describe()} Make room in ${folder}, or find out why the database accepts nothing.`,
    );
  };

  /** True when nothing waits any more. */
  const catchUp = (): boolean => {
    if (failedAt === undefined) return true;
    if (now() - failedAt < retryAfter) return false;
    try {
      for (let line = backlog.first(); line !== undefined; line = backlog.first()) {
        write(line);
        backlog.remove();
      }
    } catch (error) {
      fail(error);
      return false;
    }
    failedAt = undefined;
    onTrouble("The journal can be written again: nothing that was kept in memory is lost.");
    return true;
  };

  const retry = (): void => {
    timer = undefined;
    if (!catchUp()) timer ??= setTimeout(retry, retryAfter).unref();
  };

  // Records of one turn of the event loop share one write: at a thousand requests a second that is most of its cost.
  let pending: { readonly record: CallRecord; readonly line: string }[] = [];
  let characters = 0;
  let flushed: Promise<void> | undefined;

  const flush = (): void => {
    const group = pending;
    pending = [];
    characters = 0;
    flushed = undefined;
    if (group.length === 0) return;
    try {
      write(group.length === 1 ? (group[0]?.line ?? "") : group.map(({ line }) => line).join(""));
    } catch (error) {
      for (const { record } of group) backlog.keep(record);
      fail(error);
    }
  };

  const lineOf = (record: CallRecord): string => {
    try {
      const line = JSON.stringify(scarce ? lean(record) : record);
      return line.length > longestLine ? JSON.stringify(lean(record)) : line;
    } catch {
      // A client's metadata may hold what is no JSON; what the call cost is always plain.
      return JSON.stringify(lean(record));
    }
  };

  const append = (record: CallRecord): Promise<void> => {
    if (failedAt !== undefined && !catchUp()) {
      backlog.keep(record);
      return Promise.resolve();
    }
    const line = lineOf(record);
    if (characters + line.length >= longestLine) flush();
    pending.push({ record, line: `${line}\n` });
    characters += line.length + 1;
    flushed ??= new Promise((resolve) => {
      setImmediate(() => {
        flush();
        resolve();
      });
    });
    return flushed;
  };

  return {
    append,
    get waiting() {
      return backlog.size;
    },
    close: () => {
      if (closed) return;
      closed = true;
      flush();
      clearTimeout(timer);
      if (failedAt !== undefined) failedAt = Number.NEGATIVE_INFINITY;
      if (!catchUp()) clearTimeout(timer);
      if (file !== undefined) closeSync(file);
      file = undefined;
      held.release();
    },
  };
}
