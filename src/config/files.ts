/** Reads files for the loader, never more of one than is allowed. */

import { open, stat } from "node:fs/promises";

/** The text of a file; undefined when there is none. A longer one, or one that is no UTF-8, is an error. */
export type ReadFile = (path: string, limit: number) => Promise<string | undefined>;

export const readFile: ReadFile = async (path, limit) => {
  await refuseEndless(path);
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

/** To open a named pipe that nobody writes to would wait for ever, and hold a thread; those of a shell (`<(…)`) have their writer. */
async function refuseEndless(path: string): Promise<void> {
  if (/^\/(?:dev|proc)\//.test(path)) return;
  const kind = await stat(path).catch(() => undefined);
  if (kind?.isFIFO() || kind?.isSocket()) throw new Error("it is a pipe or a socket, and no file");
}

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);
