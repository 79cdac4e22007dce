/** `gatehouse serve`: reads the configuration, opens what must last, and serves until told to stop. */

import { mkdirSync } from "node:fs";
import type { Log } from "../canonical/log.ts";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/notices.ts";
import { reportText } from "../config/report.ts";
import { watchConfig } from "../config/watch.ts";
import { weakKey } from "../config/weak-key.ts";
import type { Gateway } from "../gateway.ts";
import { routesOf } from "../http/routes.ts";
import { createDoor } from "../http/server.ts";
import { createTable } from "../http/table.ts";
import { watchChanges } from "../state/database/changes.ts";
import { createHealthBook } from "../upstream/health-book.ts";
import { type OwnKey, ownAdminKey } from "./admin-key.ts";
import { buildHouse, catalogueFor, type Foundation, layFoundation, readConfig, spentByAll } from "./compose.ts";
import { type Greeting, greeting } from "./greeting.ts";
import { createKeptCache } from "./kept-cache.ts";
import { dataDirOf } from "./paths.ts";
import { releaseMemory } from "./release-memory.ts";
import { rulesOf } from "./rules.ts";
import { heedSignals } from "./stopping.ts";
import { ownVersion } from "./version.ts";

export interface ServeOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: string;
  readonly dataDir?: string;
  readonly allowWeakAdminKey?: boolean;
  /** Everything in the log, whatever the configuration says. */
  readonly debug?: boolean;
  /** For the log: what there is to say of how the program was called. */
  readonly remarks?: readonly string[];
}

/** Seconds that requests under way get to end once the gateway is told to stop. */
const grace = 30;

export async function serve(
  options: ServeOptions,
  createLog: (level: string) => Log,
  say: (text: string) => void,
): Promise<void> {
  let writing: Foundation["journal"] | undefined;
  const stopping = heedSignals(() => writing?.close());
  const dataDir = dataDirOf(options.dataDir, process.env);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const catalogue = catalogueFor(process.env);
  const { config, files } = await readConfig(options.config, dataDir, catalogue);
  const log = createLog(options.debug ? "debug" : config.log.level);
  for (const remark of options.remarks ?? []) log.warn({}, remark);
  const host = options.host ?? config.listen.host ?? "127.0.0.1";
  refuseWeakKey(config, host, options.allowWeakAdminKey ?? false, say);
  const own = config.access.adminKey || config.access.open ? undefined : ownAdminKey(dataDir);
  const foundation = await layFoundation(config, dataDir, log);
  writing = foundation.journal;
  const parts = { ...foundation, catalogue, health: createHealthBook(), ...(own && { adminHash: own.hash }) };
  const kept = createKeptCache();
  const houseOf = async (next: Config, from: readonly string[]): Promise<Gateway> => {
    const spent = await spentByAll(next, foundation.database);
    return buildHouse(next, {
      ...parts,
      ...(spent && { spentByAll: spent }),
      rules: await rulesOf(next, from[0], log, kept),
    });
  };
  let house = await houseOf(config, files);
  let draining = false;

  const door = createDoor({
    table: createTable(
      routesOf({
        ...foundation,
        log,
        gateway: () => house,
        databaseAnswers: () => answers(foundation),
        draining: () => draining,
      }),
    ),
    gateway: () => house,
    log,
    root: rootOf(config),
    connections: config.limits.connections,
  });
  const address = await door.listen(host, portOf(options.port, config.listen.port));
  const changes = await watchChanges(foundation.database, {
    onKey: (token) => house.invalidate(token),
    onGap: () => house.invalidateAll(),
    onTrouble: (error) => log.error({ err: error }, "changes of keys on other machines cannot be read"),
  });
  const watch = watchConfig({
    files,
    load: () => readConfig(options.config, dataDir, catalogue),
    onConfig: async (next) => {
      house = await houseOf(next, files);
      log.info({ models: next.deployments.length }, "the configuration was read anew");
    },
    onFailure: (error) =>
      log.error(
        { err: error instanceof ConfigError ? reportText(error.notices) : error },
        "the new configuration is not taken; the old one stays",
      ),
  });

  say(greeting(greetingOf(house, address, dataDir, own, files.length === 0)));
  releaseMemory();
  await stopping.asked();
  log.info(
    {},
    `stopping: what is under way has ${grace} seconds, what is new is refused; a second signal ends at once`,
  );
  draining = true;
  changes.stop();
  watch.close();
  if (!(await door.drain(grace)))
    log.warn({}, `some requests were still under way after ${grace} seconds; they were broken off`);
  await foundation.close();
}

async function answers({ database }: Foundation): Promise<boolean> {
  try {
    await database.db.selectFrom("keys").select("token").limit(1).execute();
    return true;
  } catch {
    // Whatever the reason: it does not answer.
    return false;
  }
}

/** A path that everything stands below, without a slash at its end. */
const rootOf = ({ listen }: Config): string => (listen.rootPath ?? "").replace(/\/+$/, "");

function greetingOf(
  { config }: Gateway,
  at: { readonly host: string; readonly port: number },
  dataDir: string,
  own: OwnKey | undefined,
  bare: boolean,
): Greeting {
  const everywhere = at.host === "::" || at.host === "0.0.0.0";
  const host = everywhere ? "127.0.0.1" : at.host.includes(":") ? `[${at.host}]` : at.host;
  return {
    version: ownVersion(),
    url: `http://${host}:${at.port}${rootOf(config)}`,
    dataDir,
    database: config.database.url ? "PostgreSQL" : "embedded",
    own,
    open: config.access.open,
    groups: [...new Set(config.deployments.map(({ group }) => group))],
    vendors: bare
      ? config.deployments.filter(({ group }) => group.endsWith("/*")).map(({ provider }) => provider)
      : undefined,
    notices: config.notices,
  };
}

function portOf(said: string | undefined, configured: number | undefined): number {
  const text = said ?? String(configured ?? 4000);
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`the port must be a number from 0 to 65535, not "${text}"`);
  return port;
}

const loopback = /^(?:127\.|::1$|localhost$)/;

function refuseWeakKey(config: Config, host: string, allowed: boolean, say: (text: string) => void): void {
  const { adminKey, open } = config.access;
  const why = open ? "there is none" : adminKey && weakKey(adminKey.reveal());
  if (why === undefined) return;
  if (!loopback.test(host) && !allowed)
    throw new Error(
      `the admin key is weak (${why}), and ${host} can be reached by others. Set a long random one (GATEHOUSE_ADMIN_KEY=sk-…), or say --allow-weak-admin-key if you must.`,
    );
  say(
    `WARNING: the admin key is weak (${why}). Whoever reaches this address can do everything. Fit for trying things out, and for nothing else.`,
  );
}
