/** Starts the thread that brings the journal into the database, and starts it again should it ever die. */

import { Worker } from "node:worker_threads";
import type { DatabaseOptions } from "../database/open.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./messages.ts";

export interface Writer {
  /** Resolves when all that was journalled before the call is in the database. */
  drain(): Promise<void>;
  /** One last attempt to apply everything, then the end; what could not be applied is applied at the next start. */
  stop(): Promise<void>;
}

export interface WriterOptions {
  /** Of the journal; must be there. */
  readonly folder: string;
  readonly database: Pick<DatabaseOptions, "url" | "dataDir">;
  /** For the operator's log. */
  readonly onTrouble: (text: string) => void;
}

const restartAfter = 1000;

export function startWriter({ folder, database: { url, dataDir }, onTrouble }: WriterOptions): Writer {
  const workerData: WorkerOptions = { folder, dataDir, ...(url === undefined ? {} : { url: url.reveal() }) };
  const drains = new Map<number, () => void>();
  let count = 0;
  let worker: Worker | undefined;
  let stopped: (() => void) | undefined;

  const tell = (message: ToWorker): void => worker?.postMessage(message);

  const start = (): void => {
    if (stopped) return;
    // As source (.ts) or built (.js), like this file.
    const file = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js";
    const started = new Worker(new URL(file, import.meta.url), {
      workerData,
      execArgv: [],
      name: "journal writer",
      resourceLimits: { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 128 },
    });
    worker = started;
    if (drains.size === 0) started.unref();
    started.on("message", (message: FromWorker) => {
      if (message.kind === "trouble") return onTrouble(message.text);
      drains.get(message.id)?.();
      drains.delete(message.id);
      if (drains.size === 0 && !stopped) started.unref();
    });
    started.on("error", (error) =>
      onTrouble(`The journal's writer thread failed: ${error instanceof Error ? error.message : "it gave no reason"}`),
    );
    started.on("exit", () => {
      worker = undefined;
      if (stopped) stopped();
      else setTimeout(start, restartAfter).unref();
    });
    for (const id of drains.keys()) tell({ kind: "drain", id });
  };

  start();
  return {
    drain: () =>
      new Promise((resolve) => {
        const id = ++count;
        drains.set(id, resolve);
        // Whoever waits for it keeps the process alive.
        worker?.ref();
        tell({ kind: "drain", id });
      }),
    stop: () =>
      new Promise((resolve) => {
        stopped = resolve;
        if (!worker) return resolve();
        worker.ref();
        tell({ kind: "stop" });
      }),
  };
}
