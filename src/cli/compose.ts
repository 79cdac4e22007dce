/** Puts a gateway together out of real parts: files, database, network, clock. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../canonical/log.ts";
import { type Catalogue, loadCatalogue } from "../config/catalogue.ts";
import type { Config, DeploymentConfig, ModelFacts } from "../config/config.ts";
import { type Loaded, loadConfig } from "../config/load.ts";
import { factsOf } from "../config/model-facts.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import { createWire, type Wire } from "../net/send.ts";
import { providers } from "../providers/index.ts";
import { splitModel } from "../providers/model-name.ts";
import { createMemoryMeters } from "../state/counters/memory.ts";
import type { Meters } from "../state/counters/meters.ts";
import { callerOf } from "../state/database/caller.ts";
import { findKey } from "../state/database/keys.ts";
import { type Database, openDatabase } from "../state/database/open.ts";
import { nextReset } from "../state/database/periods.ts";
import { type Journal, openJournal } from "../state/journal/open.ts";
import { segmentsIn } from "../state/journal/segments.ts";
import { startWriter, type Writer } from "../state/journal/writer.ts";
import { createTokenizer } from "../upstream/tokenizer.ts";

export interface Foundation {
  readonly database: Database;
  readonly journal: Journal;
  readonly writer: Writer;
  readonly meters: Meters;
  readonly wire: Wire;
  close(): Promise<void>;
}

/** What outlives a reload of the configuration. When it resolves, everything an earlier run had settled is in the database. */
export async function layFoundation(config: Config, dataDir: string, log: Log): Promise<Foundation> {
  const { url } = config.database;
  const where = { dataDir, ...(url && { url }) };
  const database = await openDatabase(where);
  const folder = join(dataDir, "journal");
  const onTrouble = (text: string) => log.error({}, text);
  const behind = existsSync(folder) && segmentsIn(folder).length > 0;
  const journal = openJournal({ folder, onTrouble });
  const writer = startWriter({ folder, database: where, onTrouble });
  if (behind) await writer.drain();
  const meters = createMemoryMeters({ now: Date.now, nextReset });
  const wire = createWire({ proxyFor: proxyIn(process.env) });
  return {
    database,
    journal,
    writer,
    meters,
    wire,
    async close() {
      await wire.close();
      journal.close();
      await writer.stop();
      await database.close();
    },
  };
}

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as everybody reads them. */
function proxyIn(env: NodeJS.ProcessEnv): (url: URL) => string | undefined {
  const of = (name: string) => env[name.toLowerCase()] || env[name] || undefined;
  const secure = of("HTTPS_PROXY");
  const plain = of("HTTP_PROXY");
  const exempt = (of("NO_PROXY") ?? "")
    .split(",")
    .map((one) => one.trim().replace(/^\*?\./, ""))
    .filter(Boolean);
  return ({ protocol, hostname }) => {
    const local = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
    if (local || exempt.some((one) => one === "*" || hostname === one || hostname.endsWith(`.${one}`)))
      return undefined;
    return protocol === "https:" ? secure : plain;
  };
}

export interface HouseParts extends Foundation {
  readonly catalogue: Catalogue;
  readonly adminHash?: string;
}

export function buildHouse(config: Config, parts: HouseParts): Gateway {
  const { database, journal, meters, wire, catalogue, adminHash } = parts;
  return createGateway({
    config,
    version: ownVersion(),
    meters,
    findKey: async (keyId) => {
      const row = await findKey(database, keyId);
      return row && callerOf(row);
    },
    send: wire.send,
    write: (record) => journal.append(record),
    factsOf: (deployment) => knownOf(deployment, catalogue),
    modelsOf: (provider) => catalogue.modelsOf(provider),
    tokenizer: createTokenizer(),
    now: Date.now,
    random: Math.random,
    ...(adminHash !== undefined && { adminHash }),
  });
}

/** The configuration's word over the catalogue's. */
function knownOf({ facts, baseModel, provider, model }: DeploymentConfig, catalogue: Catalogue): ModelFacts {
  const names = [...(baseModel === undefined ? [] : [baseModel]), `${provider}/${model}`, model];
  return { ...catalogue.lookup(names), ...facts };
}

export function readConfig(path: string | undefined, dataDir: string, catalogue: Catalogue): Promise<Loaded> {
  return loadConfig({
    ...(path !== undefined && { path }),
    dataDir,
    env: process.env,
    splitModel: (name, about) => splitModel(name, { ...about, providers, makerOf: catalogue.makerOf }),
    factsFor: (names, entry) => ({
      ...catalogue.lookup(names),
      ...(Object.keys(entry).length > 0 ? factsOf(entry) : {}),
    }),
    vendors: [...providers.values()].map(({ id, env }) => ({
      id,
      keys: env.key,
      ...(env.base && { bases: env.base }),
    })),
  });
}

export { loadCatalogue };

/** Of the package that this file was shipped in. */
export function ownVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
