/** The end as the operator orders it: the first signal asks for it, the second does not wait. */

import { constants } from "node:os";

export interface Stopping {
  /** Resolves at the first signal. Until it is called there is nothing that could be ended in order: a signal ends the process. */
  asked(): Promise<void>;
}

const signals = ["SIGTERM", "SIGINT"] as const;

/** `atOnce`: what must be done all the same when nobody waits any longer. In a container's first process no signal has an effect by itself. */
export function heedSignals(atOnce: () => void): Stopping {
  let resolve: (() => void) | undefined;
  const heard = (signal: (typeof signals)[number]): void => {
    if (!resolve) {
      atOnce();
      process.exit(128 + constants.signals[signal]);
    }
    resolve();
    resolve = undefined;
  };
  for (const signal of signals) process.on(signal, heard);
  // Whoever reads the configuration anew listens too, but not from the beginning nor to the end: then there is nothing to read.
  process.on("SIGHUP", () => undefined);
  return {
    asked: () =>
      new Promise((done) => {
        resolve = done;
      }),
  };
}
