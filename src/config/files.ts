/** Reads files for the loader, never more of one than is allowed. */

import { open } from "node:fs/promises";

/** The text of a file; undefined when there is none. A longer one, or one that is no UTF-8, is an error. */
export type ReadFile = (path: string, limit: number) => Promise<string | undefined>;

export const readFile: ReadFile = async (path, limit) => {
  const handle = await open(path, "r").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (!handle) return undefined;
  try {
    // Pipes and pseudo-files do not say how long they are: what counts is what comes.
    const pieces: Buffer[] = [];
    let length = 0;
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(64 * 1024), 0, 64 * 1024, null);
      if (bytesRead === 0) break;
      length += bytesRead;
      if (length > limit) throw new Error(`it is longer than the ${limit} bytes that are read`);
      pieces.push(buffer.subarray(0, bytesRead));
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces, length));
  } finally {
    await handle.close();
  }
};

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);
