/** Reads a segment from where the last reader stopped: whole lines only, and what is no record is told and passed over. */

import { closeSync, openSync, readSync } from "node:fs";
import type { CallRecord } from "../../canonical/call-record.ts";
import type { Line } from "../database/request-log.ts";

export interface PlacedLine extends Line {
  /** Bytes of the segment up to its end. */
  readonly end: number;
}

interface Batch {
  readonly lines: readonly PlacedLine[];
  /** Bytes of the segment that are read when this batch is applied. */
  readonly end: number;
  /** Whole lines that hold no record. */
  readonly unreadable: number;
  /** Bytes after the last whole line, at the end of the file. */
  readonly torn: number;
}

const newline = 10;
const mostLines = 4000;

export interface Reader {
  /** Undefined where the segment holds nothing more. */
  read(path: string, position: number): Batch | undefined;
}

/** One buffer for all: a batch is at most so many bytes. A line is always shorter. */
export function createReader(bytes = 1024 * 1024): Reader {
  const buffer = Buffer.allocUnsafe(bytes);
  return {
    read: (path, position) => {
      const length = fill(path, position, buffer);
      return length === 0 ? undefined : split(buffer.subarray(0, length), position, length < bytes);
    },
  };
}

function fill(path: string, position: number, buffer: Buffer): number {
  const file = openSync(path, "r");
  try {
    let length = 0;
    while (length < buffer.length) {
      const read = readSync(file, buffer, length, buffer.length - length, position + length);
      if (read === 0) break;
      length += read;
    }
    return length;
  } finally {
    closeSync(file);
  }
}

function split(bytes: Buffer, position: number, isEnd: boolean): Batch {
  const lines: PlacedLine[] = [];
  let unreadable = 0;
  let from = 0;
  let to = bytes.indexOf(newline);
  while (to >= 0 && lines.length < mostLines) {
    const text = bytes.toString("utf8", from, to);
    from = to + 1;
    const record = recordIn(text);
    if (record) lines.push({ record, text, end: position + from });
    else unreadable++;
    to = bytes.indexOf(newline, from);
  }
  // A line that fills the whole buffer was not written by us.
  if (from === 0 && !isEnd) return { lines, end: position + bytes.length, unreadable: 1, torn: 0 };
  return { lines, end: position + from, unreadable, torn: isEnd && to < 0 ? bytes.length - from : 0 };
}

/** What the database relies on is checked, so that one bad line never stops those behind it. */
function recordIn(text: string): CallRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<CallRecord> | null;
    const isRecord =
      typeof record?.id === "string" &&
      typeof record.model === "string" &&
      Array.isArray(record.tags) &&
      Array.isArray(record.scopes) &&
      isWithin(record.status, 999) &&
      isWithin(record.began, latest) &&
      isWithin(record.ended, latest) &&
      // An estimate that was too high is made good by what settles it.
      (isWithin(record.cost, Number.MAX_SAFE_INTEGER) ||
        (typeof record.settles === "string" && Number.isSafeInteger(record.cost)));
    return isRecord ? (record as CallRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** The end of the year 9999. */
const latest = 253_402_300_799_999;
const isWithin = (value: unknown, most: number): boolean =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= most;
