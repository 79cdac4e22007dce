/** Puts a gateway together out of real parts: files, database, network, clock. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Budget } from "../canonical/caller.ts";
import type { Log } from "../canonical/log.ts";
import { type Catalogue, loadCatalogue, withOwn } from "../config/catalogue.ts";
import type { Config, DeploymentConfig, ModelFacts } from "../config/config.ts";
import { type Loaded, loadConfig } from "../config/load.ts";
import { laidOver } from "../config/model-facts.ts";
import { readOwnMap } from "../config/own-map.ts";
import type { Stage } from "../exchange.ts";
import { createGateway, type Gateway, type HealthBook } from "../gateway.ts";
import { metricPrefix } from "../http/compat.ts";
import { createDeliverer, type Deliverer } from "../ledger/deliver.ts";
import { createMetrics, type Metrics } from "../ledger/metrics.ts";
import { createStrangers, type Strangers } from "../ledger/strangers.ts";
import { createSigners, type Signers } from "../net/auth/index.ts";
import { proxiesIn } from "../net/proxy.ts";
import { createWire, type Wire } from "../net/send.ts";
import { providers } from "../providers/index.ts";
import { splitModel } from "../providers/model-name.ts";
import { createMemoryMeters } from "../state/counters/memory.ts";
import type { Meters } from "../state/counters/meters.ts";
import { callerOf } from "../state/database/caller.ts";
import { findKey } from "../state/database/keys.ts";
import { type Database, openDatabase } from "../state/database/open.ts";
import { nextReset, periodAround } from "../state/database/periods.ts";
import { costSince } from "../state/database/rollups.ts";
import { type Journal, openJournal } from "../state/journal/open.ts";
import { segmentsIn } from "../state/journal/segments.ts";
import { startWriter, type Writer } from "../state/journal/writer.ts";
import { createDatabaseResponses, type DatabaseResponses } from "../state/responses/database.ts";
import { usualLimits } from "../state/responses/store.ts";
import { createTokenizer } from "../upstream/tokenizer.ts";
import { ownVersion } from "./version.ts";

export interface Foundation {
  readonly database: Database;
  readonly journal: Journal;
  readonly writer: LazyWriter;
  readonly meters: Meters;
  readonly wire: Wire;
  /** Tokens fetched for deployments outlast a reload, as connections do. */
  readonly signers: Signers;
  readonly responses: DatabaseResponses;
  readonly deliverer: Deliverer;
  readonly metrics: Metrics;
  readonly strangers: Strangers;
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
  const writer = createLazyWriter(() => startWriter({ folder, database: where, onTrouble }));
  if (behind) await writer.started().drain();
  const meters = createMemoryMeters({ now: Date.now, nextReset });
  const wire = createWire({ dispatcherFor: await proxiesIn(process.env) });
  const responses = createDatabaseResponses(database, {
    limits: usualLimits,
    now: Date.now,
    onTrouble: (error) => log.error({ err: error }, "an answer could not be remembered"),
  });
  const deliverer = createDeliverer({
    send: wire.send,
    log,
    now: Date.now,
    random: Math.random,
    version: ownVersion(),
    fieldPrefix: metricPrefix,
  });
  const metrics = createMetrics({ sinks: () => deliverer.states(), journalWaiting: () => journal.waiting });
  const strangers = createStrangers({
    now: Date.now,
    keep: (record) => {
      deliverer.push(record);
      writer.started();
      return journal.append(record);
    },
  });
  return {
    database,
    journal,
    writer,
    meters,
    wire,
    signers: createSigners({ send: wire.send, now: Date.now }),
    responses,
    deliverer,
    metrics,
    strangers,
    async close() {
      metrics.stop();
      await strangers.close();
      await deliverer.close(lastWords);
      await wire.close();
      journal.close();
      await writer.stop();
      await responses.close();
      await database.close();
    },
  };
}

/** Seconds that sinks have to take what is left at the end. */
const lastWords = 5;

/** A thread costs memory: it is started when there is something to write. */
interface LazyWriter {
  started(): Writer;
  stop(): Promise<void>;
}

function createLazyWriter(start: () => Writer): LazyWriter {
  let writer: Writer | undefined;
  return {
    started() {
      writer ??= start();
      return writer;
    },
    stop: async () => writer?.stop(),
  };
}

export interface HouseParts extends Foundation {
  readonly catalogue: Catalogue;
  readonly health: HealthBook;
  readonly adminHash?: string;
  readonly spentByAll?: Pick<Budget, "spent" | "resetsAt">;
  readonly rules: readonly Stage[];
}

/** What all calls together have cost in the present period of the configuration's budget; undefined where it sets none. */
export async function spentByAll({ limits }: Config, database: Database): Promise<HouseParts["spentByAll"]> {
  if (!limits.budget) return undefined;
  const { period } = limits.budget;
  if (period === undefined) return { spent: await costSince(database, 0) };
  const { began, ends } = periodAround(period, Date.now());
  return { spent: await costSince(database, began), resetsAt: ends };
}

export function buildHouse(config: Config, parts: HouseParts): Gateway {
  const { database, strangers, meters, wire, deliverer, metrics, catalogue, health, adminHash, rules } = parts;
  const house = createGateway({
    config,
    version: ownVersion(),
    meters,
    findKey: async (keyId) => {
      const row = await findKey(database, keyId);
      return row && callerOf(row);
    },
    send: wire.send,
    signers: parts.signers,
    write: (record) => {
      metrics.observe(record);
      return strangers.keep(record);
    },
    factsOf: (deployment) => knownOf(deployment, catalogue),
    modelsOf: (provider) => catalogue.modelsOf(provider),
    tokenizer: createTokenizer(),
    health,
    between: rules,
    now: Date.now,
    random: Math.random,
    ...(adminHash !== undefined && { adminHash }),
    ...(parts.spentByAll && { spentByAll: parts.spentByAll }),
  });
  deliverer.use(config.sinks);
  return house;
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
    factsFor: (names, entry) => laidOver(catalogue.lookup(names), entry),
    vendors: [...providers.values()].map(({ id, env }) => ({
      id,
      keys: env.key,
      ...(env.base && { bases: env.base }),
      ...(env.settings && { settings: env.settings }),
    })),
  });
}

/** What is known of models: what comes with the gateway, and the operator's own map over it. Throws a ConfigError. */
export function catalogueFor(env: NodeJS.ProcessEnv): Catalogue {
  const own = readOwnMap(env);
  return own ? withOwn(own) : loadCatalogue();
}
