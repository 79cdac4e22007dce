/** Loads the configuration anew when a file of it changes or SIGHUP comes. A broken one changes nothing but is told. */

import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "./config.ts";
import type { Loaded } from "./load.ts";
import { ConfigError } from "./notices.ts";

export interface WatchOptions {
  /** The files that were read last. */
  readonly files: readonly string[];
  readonly load: () => Promise<Loaded>;
  readonly onConfig: (config: Config) => void | Promise<void>;
  /** The old configuration stays. A ConfigError says what is wrong with the new one. */
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds of quiet after a change, since editors write in several steps. */
  readonly quiet?: number;
}

export interface Watch {
  /** As SIGHUP does. Resolves when it is done, well or not. */
  reload(): Promise<void>;
  close(): void;
}

export function watchConfig(options: WatchOptions): Watch {
  const { quiet = 200 } = options;
  let files = options.files;
  let watchers: readonly FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  /** Reloads run one after the other. */
  let last: Promise<void> = Promise.resolve();
  let stamp = stampOf(files);

  const follow = (next: readonly string[]): void => {
    files = next;
    stamp = stampOf(files);
    for (const watcher of watchers) watcher.close();
    // The folder, since editors and container platforms put a new file in the old one's place.
    watchers = [...new Set(files.map((file) => dirname(file)))].flatMap((folder) => watchFolder(folder, notice));
  };

  const notice = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      void look();
    }, quiet);
    timer.unref();
  };

  const look = async (): Promise<void> => {
    const [before, now] = await Promise.all([stamp, stampOf(files)]);
    if (before !== now && !closed) await reload();
  };

  const reload = (): Promise<void> => {
    last = last.then(loadOnce);
    return last;
  };

  const loadOnce = async (): Promise<void> => {
    if (closed) return;
    try {
      const loaded = await options.load();
      if (closed) return;
      follow(loaded.files);
      await options.onConfig(loaded.config);
    } catch (error) {
      if (closed) return;
      follow(error instanceof ConfigError && error.files.length > 0 ? error.files : files);
      options.onFailure(error);
    }
  };

  const onSignal = (): void => void reload();
  process.on("SIGHUP", onSignal);
  follow(files);

  return {
    reload,
    close() {
      closed = true;
      clearTimeout(timer);
      process.off("SIGHUP", onSignal);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** A folder that cannot be watched is not: SIGHUP still works. */
function watchFolder(folder: string, onChange: () => void): readonly FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, onChange);
    watcher.on("error", () => watcher.close());
    return [watcher];
  } catch (error) {
    if (error instanceof Error) return [];
    throw error;
  }
}

/** Changes whenever one of the files does. */
async function stampOf(files: readonly string[]): Promise<string> {
  const stamps = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
        () => "gone",
      ),
    ),
  );
  return stamps.join("\n");
}
