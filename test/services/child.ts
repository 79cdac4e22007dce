/** Runs a server for the length of the tests, and never longer: it dies with this process, however that ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { delimiter, join } from "node:path";

export interface Child {
  /** All it wrote so far. */
  output(): string;
  running(): boolean;
  stop(): Promise<void>;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

// The shell waits for its input to end, which it does when our process is gone, and then ends the server.
const guarded = `"$@" 3<&- &
server=$!
( cat; kill -"$STOP_SIGNAL" $server ) <&3 >/dev/null 2>&1 &
wait $server`;

export const startChild = (
  command: string,
  args: readonly string[],
  { owner, stopSignal, env }: { owner?: Owner | undefined; stopSignal: "INT" | "TERM"; env?: Record<string, string> },
): Child => {
  const child: ChildProcess = spawn("sh", ["-c", guarded, "sh", command, ...args], {
    cwd: "/",
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: { PATH: process.env.PATH ?? "", LC_ALL: "C", STOP_SIGNAL: stopSignal, ...env },
    ...owner,
  });
  const written: string[] = [];
  child.stdout?.on("data", (chunk: Buffer) => written.push(String(chunk)));
  child.stderr?.on("data", (chunk: Buffer) => written.push(String(chunk)));
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      written.push(String(error));
      resolve();
    });
    child.once("close", () => resolve());
  });
  let running = true;
  void ended.then(() => {
    running = false;
  });
  return {
    output: () => written.join(""),
    running: () => running,
    stop: async () => {
      const guard = child.stdio[3];
      if (guard && "end" in guard) guard.end();
      const late = setTimeout(() => child.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(late);
    },
  };
};

/** The folders of the PATH, then the given ones. */
export const places = (more: readonly string[] = []): readonly string[] => [
  ...(process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== ""),
  ...more,
];

/** The first folder in which all of these can be run. */
export const folderWith = (names: readonly string[], folders: readonly string[]): string | undefined =>
  folders.find((folder) => names.every((name) => isRunnable(join(folder, name))));

const isRunnable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

export const freePort = async (): Promise<number> => {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
};

/** Tries until it succeeds; gives up when the server is gone or the time is over. */
export const until = async (child: Child, attempt: () => Promise<void>): Promise<void> => {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!child.running() || Date.now() > end) {
        throw new Error(`it did not start: ${child.output().trim().slice(-2000)}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
};
