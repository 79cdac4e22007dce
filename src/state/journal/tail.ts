/** Follows the journal into the database: batch by batch, oldest segment first, and deletes what is applied. */

import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "../database/open.ts";
import { apply, forgetSegment, positionIn } from "./apply.ts";
import { createReader, type PlacedLine } from "./read.ts";
import { segmentsIn } from "./segments.ts";

export interface Tail {
  /** Applies all that was written before this call. Throws where the database takes nothing; nothing is lost then. */
  catchUp(): Promise<void>;
}

export function createTail(folder: string, database: Database, onTrouble: (text: string) => void): Tail {
  const reader = createReader();
  const positions = new Map<string, number>();

  const follow = async (segment: string): Promise<void> => {
    const path = join(folder, segment);
    let position = positions.get(segment) ?? (await positionIn(database, segment));
    // Only a place that is surely the database's is remembered over a failure.
    positions.delete(segment);
    const size = statSync(path).size;
    while (position < size) {
      const batch = reader.read(path, position);
      if (!batch || batch.end === position) break;
      if (batch.unreadable > 0) onTrouble(`${batch.unreadable} lines of ${path} hold no record and were passed over.`);
      await applyAll(segment, position, batch.end, batch.lines);
      position = batch.end;
    }
    positions.set(segment, position);
  };

  const applyAll = async (segment: string, from: number, to: number, lines: readonly PlacedLine[]): Promise<void> => {
    try {
      await apply(database, { segment, from, to }, lines);
    } catch (error) {
      if (!isAboutData(error)) throw error;
      const middle = lines[(lines.length >> 1) - 1];
      if (middle) {
        await applyAll(segment, from, middle.end, lines.slice(0, lines.length >> 1));
        await applyAll(segment, middle.end, to, lines.slice(lines.length >> 1));
        return;
      }
      onTrouble(
        `The database rejected the record ${lines[0]?.record.id} of ${segment}, which was skipped: ${error instanceof Error ? error.message : "no reason given"}`,
      );
      await apply(database, { segment, from, to }, []);
    }
  };

  const finish = async (segment: string): Promise<void> => {
    const path = join(folder, segment);
    const torn = statSync(path).size - (positions.get(segment) ?? 0);
    if (torn > 0)
      onTrouble(`The last ${torn} bytes of ${path} are an incomplete record: the gateway was killed while writing it.`);
    rmSync(path);
    await forgetSegment(database, segment);
    positions.delete(segment);
  };

  return {
    catchUp: async () => {
      // Listed first: whatever is not the last of this list gets no more lines.
      const segments = segmentsIn(folder);
      for (const segment of segments) {
        await follow(segment);
        if (segment !== segments.at(-1)) await finish(segment);
      }
    },
  };
}

/** SQLITE_TOOBIG, _CONSTRAINT, _MISMATCH, _RANGE. */
const aboutData = new Set([18, 19, 20, 25]);

/** True where another try with the same record would end the same way. */
function isAboutData(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  if (!(error instanceof Error)) return false;
  if ("errcode" in error) return aboutData.has(Number(error.errcode) & 0xff);
  // PostgreSQL's classes "data exception" and "integrity constraint violation".
  return "code" in error && typeof error.code === "string" && /^2[23]\w{3}$/.test(error.code);
}
