/** Records as lines of JSON in a file that starts anew when it has grown large. */

import { renameSync, rmSync, statSync } from "node:fs";
import { appendFile, mkdir, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { payloadOf } from "./payload.ts";
import { batchSize, define, flushInterval } from "./sink.ts";

const megabyte = 1024 * 1024;

export const file = define({
  id: "ndjson-file",
  options: z.object({
    path: z.string().min(1),
    maxBytes: z
      .int()
      .min(1024)
      .default(100 * megabyte)
      .describe("A file that would grow beyond this is put aside."),
    keep: z.int().min(0).max(1000).default(5).describe("How many files that were put aside are kept."),
    batchSize: batchSize(500),
    flushInterval: flushInterval(1),
  }),
  create: ({ path, maxBytes, keep, batchSize: records, flushInterval: seconds }, { fieldPrefix }) => ({
    batch: { records, seconds, parallel: 1 },
    encode: (record) => JSON.stringify(payloadOf(record, fieldPrefix)),
    target: {
      kind: "local",
      async write(texts) {
        const lines = Buffer.from(`${texts.join("\n")}\n`);
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        // Opened anew for each batch: whoever moves the file away, we or another program, loses nothing.
        if (sizeOf(path) + lines.length > maxBytes) putAside(path, keep);
        await appendWhole(path, lines);
      },
    },
  }),
});

/** All of it or nothing: half a batch that a full disk took would stand there for ever, and once more with the rest. */
async function appendWhole(path: string, lines: Buffer): Promise<void> {
  const before = sizeOf(path);
  try {
    await appendFile(path, lines, { mode: 0o600 });
  } catch (error) {
    const after = sizeOf(path);
    // More than ours is somebody else's, too.
    if (after > before && after < before + lines.length) await truncate(path, before);
    throw error;
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** "x" becomes "x.1", "x.1" becomes "x.2"; the last is deleted. In one turn, so that two writers cannot both do it. */
function putAside(path: string, keep: number): void {
  if (sizeOf(path) === 0) return;
  rmSync(keep === 0 ? path : `${path}.${keep}`, { force: true });
  for (let number = keep - 1; number >= 1; number--)
    if (statSync(`${path}.${number}`, { throwIfNoEntry: false }))
      renameSync(`${path}.${number}`, `${path}.${number + 1}`);
  if (keep > 0) renameSync(path, `${path}.1`);
}
