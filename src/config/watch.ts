/** Loads the configuration anew when a file of it changes or SIGHUP comes. A broken one changes nothing but is told. */

import { type FSWatcher, statSync, watch } from "node:fs";
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
  /** Of every file as it was before it was read, so that no change falls between. */
  let stamps = stampsOf(files);

  const follow = (next: readonly string[], before: Stamps): void => {
    files = next;
    stamps = new Map([...stampsOf(files), ...[...before].filter(([file]) => files.includes(file))]);
    for (const watcher of watchers) watcher.close();
    // The folder, since editors and container platforms put a new file in the old one's place.
    watchers = [...new Set(files.map((file) => dirname(file)))].flatMap((folder) => watchFolder(folder, notice));
  };

  const notice = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      look();
    }, quiet);
    timer.unref();
  };

  const look = (): void => {
    const now = stampsOf(files);
    if (!closed && files.some((file) => now.get(file) !== stamps.get(file))) void reload();
  };

  const reload = (): Promise<void> => {
    last = last.then(loadOnce);
    return last;
  };

  const loadOnce = async (): Promise<void> => {
    if (closed) return;
    const before = stampsOf(files);
    try {
      const loaded = await options.load();
      if (closed) return;
      follow(loaded.files, before);
      await options.onConfig(loaded.config);
    } catch (error) {
      if (closed) return;
      follow(error instanceof ConfigError && error.files.length > 0 ? error.files : files, before);
      options.onFailure(error);
    }
  };

  const onSignal = (): void => void reload();
  process.on("SIGHUP", onSignal);
  follow(files, stamps);

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

type Stamps = ReadonlyMap<string, string>;

/** A file's changes whenever the file does. */
const stampsOf = (files: readonly string[]): Stamps => new Map(files.map((file) => [file, stampOf(file)]));

function stampOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? `${stats.mtimeMs} ${stats.size} ${stats.ino}` : "gone";
}
