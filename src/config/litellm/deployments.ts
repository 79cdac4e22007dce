/** Reads `model_list`: each entry becomes a deployment, or one for each of its organisations. */

import type { DeploymentConfig } from "../config.ts";
import { identify } from "../identity.ts";
import { createNotices, type Notices } from "../notices.ts";
import { readSection, readValue, type Values } from "../section.ts";
import { emptyMapping, type Mapping, type Place, type Tree } from "../tree.ts";
import type { Context } from "./context.ts";
import { readInfo } from "./info.ts";
import { credentialKeys, modelKeys } from "./keys/model.ts";
import { failKeys, type routerKeys } from "./keys/router.ts";
import { type Params, readParams } from "./params.ts";
import { readPolicy } from "./routing.ts";
import { splitName } from "./split-name.ts";
import { tellProvider } from "./tell-provider.ts";
import { completed, unservedIn } from "./vendor-settings.ts";

export interface ModelList {
  readonly deployments: readonly DeploymentConfig[];
  /** Names that only wrong entries have. */
  readonly leftOut: ReadonlySet<string>;
  /** Errors that cost no more than the entries they stand in. */
  readonly errors: number;
}

type Credentials = ReadonlyMap<string, Mapping>;

export function readModelList(
  list: readonly Tree[],
  credentials: Credentials,
  router: Values<typeof routerKeys>,
  context: Context,
): ModelList {
  const deployments: DeploymentConfig[] = [];
  const seen = new Map<string, number>();
  const ids = new Map<string, string>();
  const leftOut = new Set<string>();
  let errors = 0;
  for (const [index, item] of list.entries()) {
    const path = `model_list[${index}]`;
    const read = readEntry(item, path, { credentials, router, seen, context });
    for (const deployment of read) tellSameId(deployment, path, ids, item, context.notices);
    const wrong = context.notices.errorsIn(path);
    if (wrong === 0) deployments.push(...read);
    else for (const name of present(nameOf(item))) leftOut.add(name);
    errors += wrong;
  }
  for (const { group } of deployments) leftOut.delete(group);
  return { deployments, leftOut, errors };
}

const nameOf = (item: Tree): string | undefined => {
  const name = item.kind === "map" ? item.entries.get("model_name")?.value : undefined;
  return name && readValue(name, "model_name", "text", createNotices());
};

function tellSameId(
  { id }: DeploymentConfig,
  path: string,
  ids: Map<string, string>,
  at: Tree,
  notices: Notices,
): void {
  const other = ids.get(id);
  if (other)
    notices.error(
      at,
      `${path}.model_info.id`,
      `The id "${id}" is that of ${other} too.`,
      "Give each its own id, or none.",
    );
  else ids.set(id, path);
}

interface Around {
  readonly credentials: Credentials;
  readonly router: Values<typeof routerKeys>;
  readonly seen: Map<string, number>;
  readonly context: Context;
}

function readEntry(item: Tree, path: string, around: Around): readonly DeploymentConfig[] {
  const { notices } = around.context;
  const entry = readSection(item, path, modelKeys, notices);
  const group = entry.model_name;
  if (!group)
    notices.error(item, path, "This entry has no `model_name`.", "Write `model_name:` and the name that clients use.");
  if (!entry.litellm_params)
    notices.error(
      item,
      path,
      "This entry has no `litellm_params`.",
      "Write `litellm_params:` and below it `model: vendor/model`.",
    );
  if (!group || !entry.litellm_params) return [];
  const at = `${path}.litellm_params`;
  const params = readParams(withCredential(entry.litellm_params, at, around), at, notices);
  if (!params.known.model) {
    notices.error(entry.litellm_params, at, "There is no `model`.", "Write `model: vendor/model`.");
    return [];
  }
  const info = readInfo(entry.model_info, `${path}.model_info`, notices);
  if (info.stages && around.context.variables.stage && !info.stages.includes(around.context.variables.stage)) return [];
  const own = { group, model: params.known.model, entry, params, info, item, path };
  const organizations = params.known.organization ?? [];
  if (organizations.length < 2) return present(build(own, organizations[0], around));
  return organizations.flatMap((organization) => present(build(own, organization, around)));
}

const present = <T>(value: T | undefined): readonly T[] => (value === undefined ? [] : [value]);

/** What stands in the entry wins over its credential, and that over the defaults for all. */
function withCredential(params: Mapping, path: string, { credentials, router, context }: Around): Mapping {
  const layers: Mapping[] = router.default_litellm_params ? [router.default_litellm_params] : [];
  const named = params.entries.get("litellm_credential_name")?.value;
  const name = named && readValue(named, `${path}.litellm_credential_name`, "text", createNotices());
  const credential = name === undefined ? undefined : credentials.get(name);
  if (credential) layers.push(credential);
  else if (name !== undefined && named)
    context.notices.error(
      named,
      `${path}.litellm_credential_name`,
      `There is no credential "${name}".`,
      "Add it to `credential_list`, or correct the name.",
    );
  if (layers.length === 0) return params;
  return { ...params, entries: new Map([...layers.flatMap((layer) => [...layer.entries]), ...params.entries]) };
}

interface Own {
  readonly group: string;
  readonly model: string;
  readonly entry: Values<typeof modelKeys>;
  readonly params: Params;
  readonly info: ReturnType<typeof readInfo>;
  readonly item: Tree;
  readonly path: string;
}

function build(own: Own, organization: string | undefined, around: Around): DeploymentConfig | undefined {
  const { context } = around;
  const { params, info, group } = own;
  const { known } = params;
  const split = splitOrTell(own, context);
  if (!split) return undefined;
  tellStar(own, split.model, context.notices);
  const access = accessOf(own, split.provider, context);
  const baseModel = info.known.base_model ?? known.base_model;
  const names = [...present(baseModel), `${split.provider}/${split.model}`, split.model];
  return compact({
    id: info.known.id ?? identify([group, params.identity, organization ?? null], around.seen),
    group,
    provider: split.provider,
    model: split.model,
    ...access,
    settings: organization === undefined ? access.settings : { ...access.settings, organization },
    headers: params.headers,
    defaults: params.defaults,
    ...loadOf(own, around),
    ...patienceOf(own),
    ...failsOf(own, context.notices),
    dropParams: known.drop_params,
    additionalDropParams: known.additional_drop_params ?? [],
    allowedParams: known.allowed_openai_params ?? [],
    accessGroups: info.known.access_groups ?? [],
    baseModel,
    facts: context.factsFor(names, { ...info.shown, ...params.prices }),
    mock: known.mock_response,
    info: info.shown,
    params: params.shown,
  });
}

const loadOf = ({ params: { known }, entry }: Own, { router }: Around) => ({
  weight: known.weight,
  requestsPerMinute: known.rpm ?? entry.rpm,
  tokensPerMinute: known.tpm ?? entry.tpm,
  parallel: known.max_parallel_requests ?? router.default_max_parallel_requests,
  order: known.order,
});

const patienceOf = ({ params: { known }, info }: Own) => ({
  timeout: known.timeout,
  streamTimeout: known.stream_timeout,
  retries: known.num_retries ?? known.max_retries,
  cooldown: known.cooldown_time ?? info.known.cooldown_time,
});

function failsOf({ params: { known }, info, path }: Own, notices: Notices) {
  const said = known.allowed_fails_policy;
  const policy = said ?? info.known.allowed_fails_policy;
  const at = `${path}.${said ? "litellm_params" : "model_info"}.allowed_fails_policy`;
  return {
    allowedFails: known.allowed_fails ?? info.known.allowed_fails,
    failPolicy: policy && readPolicy(policy, at, failKeys, notices),
  };
}

/** What the entry does not say, the vendor's own variables do. */
function accessOf(own: Own, provider: string, context: Context) {
  const vendor = context.vendors.find(({ id }) => id === provider);
  const { settings, known } = own.params;
  const said = { settings, key: known.api_key, apiBase: writtenBase(own) };
  const { lacking, ...access } = completed(said, vendor, context.env);
  tellCredentials(own, lacking, access.settings, context.notices);
  return { ...access, apiBase: checkedBase(access.apiBase, own, context.notices) };
}

function tellCredentials(
  { item, path }: Own,
  lacking: readonly string[],
  settings: DeploymentConfig["settings"],
  notices: Notices,
): void {
  const at = `${path}.litellm_params`;
  const names = lacking.map((name) => `\`${name}\``).join(" and ");
  if (lacking.length > 0)
    notices.warning(item, at, `The credential lacks ${names}.`, `Add ${names}, or an \`api_key\`.`);
  for (const [name, why] of unservedIn(settings))
    notices.warning(placeOf(item, name), `${at}.${name}`, `Not supported yet: ${why}`);
}

const writtenBase = ({ params: { known } }: Own): string | undefined => known.api_base ?? known.base_url;

function tellStar({ group, item, path }: Own, model: string, notices: Notices): void {
  if (!model.includes("*") || group.includes("*")) return;
  notices.warning(
    placeOf(item, "model"),
    `${path}.litellm_params.model`,
    "The model has a `*` that the group's name lacks: it is sent as it is.",
    "Put a `*` into `model_name` too.",
  );
}

function splitOrTell(own: Own, context: Context): ReturnType<Context["splitModel"]> {
  const { custom_llm_provider: provider } = own.params.known;
  const apiBase = writtenBase(own);
  const about = { ...(provider ? { provider } : {}), ...(apiBase ? { apiBase } : {}) };
  const split = splitName(own.model, about, own.params.known.use_litellm_proxy, context);
  if (!split) tellProvider({ ...own, provider }, placeOf(own.item, "model"), context.notices);
  return split;
}

function checkedBase(base: string | undefined, { path, item }: Own, notices: Notices): string | undefined {
  if (base === undefined) return undefined;
  const at = `${path}.litellm_params.api_base`;
  // What a URL's reader forgives (a third slash, a line break, a fragment) would be sent as it is written.
  const url = /^https?:\/\/[^/\\\s?#][^\\\s#]*$/i.test(base) && URL.canParse(base) ? new URL(base) : undefined;
  if (!url) notices.error(placeOf(item, "api_base"), at, "This is no address.", "Write it whole: https://host/path.");
  else if (url.username !== "" || url.password !== "")
    notices.error(
      placeOf(item, "api_base"),
      at,
      "A password must not stand in an address.",
      "Use `api_key`, or a header.",
    );
  return base;
}

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

/** Without the fields that have no value. */
function compact(loose: Loose<Required<DeploymentConfig>>): DeploymentConfig {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(loose)) if (value !== undefined) found[name] = value;
  return found as unknown as DeploymentConfig;
}

export function readCredentials(list: readonly Tree[], { notices }: Context): ReadonlyMap<string, Mapping> {
  const credentials = new Map<string, Mapping>();
  for (const [index, item] of list.entries()) {
    const path = `credential_list[${index}]`;
    const { credential_name: name, credential_values: values } = readSection(item, path, credentialKeys, notices);
    if (!name)
      notices.error(item, path, "This entry has no `credential_name`.", "Write the name that models refer to.");
    else if (credentials.has(name)) notices.error(item, path, `The credential "${name}" stands twice.`, "Rename one.");
    else credentials.set(name, values ?? emptyMapping(item.file));
  }
  return credentials;
}

/** Where a parameter of an entry stands; where it comes from elsewhere, the entry. */
function placeOf(item: Tree, name: string): Place {
  const params = item.kind === "map" ? item.entries.get("litellm_params")?.value : undefined;
  return (params?.kind === "map" ? params.entries.get(name)?.value : undefined) ?? item;
}
