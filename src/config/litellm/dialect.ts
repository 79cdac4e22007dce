/** Reads a whole LiteLLM configuration into ours. */

import type { Config, DeploymentConfig } from "../config.ts";
import type { Notices } from "../notices.ts";
import { readSection } from "../section.ts";
import type { Mapping, Tree } from "../tree.ts";
import { readAccess } from "./access.ts";
import { readCache } from "./cache.ts";
import { readMetrics, readSinks } from "./callbacks.ts";
import type { Context } from "./context.ts";
import { readCredentials, readModelList } from "./deployments.ts";
import { tellUnknownGroups } from "./groups.ts";
import { readGuardrails } from "./guardrails.ts";
import { fileKeys } from "./keys/file.ts";
import { generalKeys } from "./keys/general.ts";
import { routerKeys } from "./keys/router.ts";
import { settingsKeys } from "./keys/settings.ts";
import { readAliases, readRouting } from "./routing.ts";
import { readDatabase, readLimits, readLog } from "./server.ts";
import { withGateway } from "./split-name.ts";
import { builtIn, vendorGroups } from "./vendor-groups.ts";

export interface Read {
  readonly config: Config;
  /** Errors that cost no more than the entry they stand in. */
  readonly tolerated: number;
}

export function readDialect(file: Mapping, hasFile: boolean, given: Context): Read {
  const context = { ...given, vendors: withGateway(given.vendors) };
  const { notices, variables } = context;
  const sections = readSection(file, "", fileKeys, notices);
  const settings = readSection(sections.litellm_settings, "litellm_settings", settingsKeys, notices);
  const router = readSection(sections.router_settings, "router_settings", routerKeys, notices);
  const general = readSection(sections.general_settings, "general_settings", generalKeys, notices);
  const credentials = readCredentials(sections.credential_list ?? [], context);
  const models = readModelList(sections.model_list ?? [], credentials, router, context);
  const tolerant = (router.ignore_invalid_deployments ?? true) && models.deployments.length > 0;
  const tolerated = tolerant ? models.errors : 0;
  const cache = readCache(settings, notices);
  const { host, port, rootPath } = variables;
  const config: Omit<Config, "notices"> = {
    deployments: allDeployments(
      models.deployments,
      variables.vendorModels ?? general.infer_model_from_keys ?? !hasFile,
      context,
    ),
    leftOut: models.leftOut,
    aliases: readAliases(router, settings, notices),
    routing: readRouting(router, settings, context),
    access: readAccess(general, settings, context),
    limits: readLimits(general, settings, context),
    database: readDatabase(general, context),
    ...(cache ? { cache } : {}),
    guardrails: readGuardrails(sections.guardrails ?? [], settings.skip_system_message_in_guardrail ?? false, notices),
    sinks: readSinks(settings, sections.callback_settings, context),
    metrics: readMetrics(settings),
    log: readLog(context),
    dropParams: settings.drop_params ?? variables.dropParams ?? false,
    mends: settings.modify_params ?? variables.modifyParams ?? false,
    listen: {
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(rootPath === undefined ? {} : { rootPath }),
    },
    environment: {},
  };
  tellUnknownGroups(config, file, notices);
  return { config: { ...config, notices: [] }, tolerated };
}

function allDeployments(
  listed: readonly DeploymentConfig[],
  withVendors: boolean,
  context: Context,
): readonly DeploymentConfig[] {
  const all = [...listed, ...(withVendors ? vendorGroups(context) : []), ...builtIn(context)];
  const groups = new Set(listed.map(({ group }) => group));
  return all.filter((deployment, index) => index < listed.length || !groups.has(deployment.group));
}

/** The variables that the file itself sets. */
export function readVariables(tree: Tree | undefined, notices: Notices): Readonly<Record<string, string>> {
  if (tree?.kind !== "map") {
    if (tree)
      notices.error(tree, "environment_variables", "A mapping is needed.", "Write `NAME: value` lines below it.");
    return {};
  }
  const found: Record<string, string> = {};
  for (const [name, { value }] of tree.entries) {
    if (value.kind !== "leaf")
      notices.error(value, `environment_variables.${name}`, "A text is needed.", "Put it in quotes.");
    else if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,255}$/.test(name))
      notices.error(value, `environment_variables.${name}`, "This is no name of a variable.");
    else if (value.value !== null && !value.missing) found[name] = String(value.value);
  }
  return found;
}

const sectionsOfNames = { litellm_settings: settingsKeys, router_settings: routerKeys, general_settings: generalKeys };

/** Where a setting of this name would have a meaning. */
export const placesOf = (name: string): readonly string[] =>
  Object.entries(sectionsOfNames).flatMap(([section, keys]) =>
    Object.hasOwn(keys, name) ? [`${section}.${name}`] : [],
  );
