/** Loads the configuration: files, environment and secrets into one frozen value, or an error that says everything that is wrong. */

import type { Config } from "./config.ts";
import { type ReadFile, readFile as readFromDisk } from "./files.ts";
import { freeze } from "./freeze.ts";
import type { Env, FactsFor, SplitModel, VendorInEnvironment } from "./given.ts";
import { readFiles } from "./include.ts";
import { placesOf, readDialect, readVariables } from "./litellm/dialect.ts";
import { readEnvironment, variables } from "./litellm/environment.ts";
import { factsOf } from "./model-facts.ts";
import { ConfigError, createNotices, type Notices, withoutVariable } from "./notices.ts";
import { resolveReferences } from "./references.ts";
import type { SecretSources } from "./secrets/store.ts";
import { emptyMapping, type Mapping, type Place, placeIn } from "./tree.ts";

export interface LoadOptions {
  /** The configuration file. Default: what the environment names; without that, there is none. */
  readonly path?: string;
  readonly env: Env;
  /** Where the paths of what is written begin, unless they are absolute. */
  readonly dataDir?: string;
  readonly readFile?: ReadFile;
  readonly splitModel: SplitModel;
  readonly factsFor?: FactsFor;
  readonly vendors?: readonly VendorInEnvironment[];
}

export interface Loaded {
  readonly config: Config;
  /** Every file that was read, the first one first; empty without a configuration file. */
  readonly files: readonly string[];
  /** Where a path of the files stands, or as much of it as there is. */
  placeOf(path: string): Place | undefined;
}

/** Throws a ConfigError when something is wrong. A wrong entry of the model list is left out instead, and stays an error among the notices. */
export async function loadConfig(options: LoadOptions): Promise<Loaded> {
  let read: Mapping | undefined;
  const notices = createNotices((path) => read && placeIn(read, path), doneWithout(options.env), placesOf);
  const readFile = options.readFile ?? readFromDisk;
  const path = options.path ?? variables.config.names.map((name) => options.env[name]).find(Boolean);
  const { tree, files } = path ? await readFiles(path, readFile, notices) : { tree: emptyMapping(""), files: [] };
  read = tree;
  const own = await ownVariables(tree, { env: options.env, readFile }, notices);
  for (const name of variables.costMap.names)
    if (own[name])
      notices.warning(
        undefined,
        `${ownName}.${name}`,
        "The map of models is read before this file: here the variable does nothing.",
        "Set it in the environment of the process.",
      );
  const sources = { env: { ...options.env, ...own }, readFile };
  const { config, tolerated } = readDialect(
    await resolveReferences(without(tree), sources, notices),
    path !== undefined,
    {
      notices,
      env: sources.env,
      variables: await readEnvironment(sources, notices),
      splitModel: options.splitModel,
      factsFor: options.factsFor ?? ((_, entry) => (Object.keys(entry).length > 0 ? factsOf(entry) : {})),
      vendors: options.vendors ?? [],
      dataDir: options.dataDir ?? ".",
    },
  );
  const all = notices.all();
  if (notices.errors > tolerated) throw new ConfigError(all, files);
  return {
    config: freeze({ ...config, environment: own, notices: all }),
    files,
    placeOf: (path) => placeIn(tree, path),
  };
}

const doneWithout = (env: Env): ReadonlySet<string> =>
  new Set((env[withoutVariable] ?? "").split(",").map((name) => name.trim()));

const ownName = "environment_variables";

async function ownVariables(
  tree: Mapping,
  sources: SecretSources,
  notices: Notices,
): Promise<Readonly<Record<string, string>>> {
  const section = tree.entries.get(ownName);
  if (!section) return {};
  const alone: Mapping = { ...tree, entries: new Map([[ownName, section]]) };
  const resolved = await resolveReferences(alone, sources, notices);
  return readVariables(resolved.entries.get(ownName)?.value, notices);
}

function without(tree: Mapping): Mapping {
  const entries = new Map(tree.entries);
  entries.delete(ownName);
  return { ...tree, entries };
}
