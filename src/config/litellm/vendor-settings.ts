/** What a vendor knows a deployment by, and where it is: as its entry says, else as the environment does. */

import { Secret } from "../../canonical/secret.ts";
import type { Env, SettingsInEnvironment, VendorInEnvironment } from "../given.ts";
import { isSecretName } from "./params.ts";

type Settings = Readonly<Record<string, unknown>>;

export interface Said {
  readonly settings: Settings;
  readonly key: Secret | undefined;
  readonly apiBase: string | undefined;
}

export interface Completed extends Said {
  /** Credentials of which the entry has a part alone, and what they lack. */
  readonly lacking: readonly string[];
}

/** An entry's own credential is not mixed with one of the environment: neither its key with another's secret, nor the other way round. */
export function completed(said: Said, vendor: VendorInEnvironment | undefined, env: Env): Completed {
  const groups = vendor?.settings ?? [];
  const settings: Record<string, unknown> = { ...said.settings };
  const credentials = groups.filter(({ credential }) => credential);
  const own = credentials.some(({ names }) => hasAny(said.settings, Object.keys(names)));
  const key = said.key ?? (own ? undefined : secretOf(fromEnvironment(vendor?.keys, env)));
  for (const group of groups) if (!keptOut(group, said, key)) fill(settings, group, env);
  addFiles(settings, vendor?.id, env);
  readFederated(settings, env);
  return {
    settings,
    key,
    apiBase: said.apiBase ?? fromEnvironment(vendor?.bases, env),
    lacking: key ? [] : lackingOf(credentials, said.settings, settings),
  };
}

function keptOut(
  { credential, first, whole, unless = [], names }: SettingsInEnvironment,
  said: Said,
  key: Secret | undefined,
): boolean {
  if (!credential) return false;
  const { settings } = said;
  if ((first ? said.key : key) || hasAny(settings, unless)) return true;
  return !whole && hasAny(settings, Object.keys(names));
}

function fill(
  settings: Record<string, unknown>,
  { names, like = {}, usual = {} }: SettingsInEnvironment,
  env: Env,
): void {
  for (const [name, variables] of Object.entries(names)) {
    if (isSaid(settings[name])) continue;
    const other = settings[like[name] ?? ""];
    const found = isSaid(other) ? other : (fromEnvironment(variables, env) ?? usual[name]);
    if (found !== undefined)
      settings[name] = isSecretName(name) && typeof found === "string" ? new Secret(found) : found;
  }
}

function lackingOf(
  credentials: readonly SettingsInEnvironment[],
  said: Settings,
  settings: Settings,
): readonly string[] {
  const parts = credentials.filter(({ whole, names }) => whole && hasAny(said, Object.keys(names)));
  const others = credentials.filter((group) => !parts.includes(group));
  if (others.some(({ names }) => hasAny(settings, Object.keys(names)))) return [];
  return parts.flatMap(({ names }) => Object.keys(names).filter((name) => !isSaid(settings[name])));
}

/** Whoever has all of a credential in the environment can use the vendor. */
export const hasWhole = ({ settings = [] }: VendorInEnvironment, env: Env): boolean =>
  settings.some(
    ({ whole, names }) => whole && Object.values(names).every((variables) => fromEnvironment(variables, env)),
  );

const hasAny = (settings: Settings, names: readonly string[]): boolean => names.some((name) => isSaid(settings[name]));

const isSaid = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

function fromEnvironment(names: readonly string[] | undefined, env: Env): string | undefined {
  const name = names?.find((candidate) => env[candidate]);
  return name === undefined ? undefined : env[name];
}

const secretOf = (text: string | undefined): Secret | undefined => (text === undefined ? undefined : new Secret(text));

/** Where LiteLLM's own sign-in leaves GitHub's token. */
function addFiles(settings: Record<string, unknown>, vendor: string | undefined, env: Env): void {
  if (vendor !== "github_copilot") return;
  const folder = env["GITHUB_COPILOT_TOKEN_DIR"] ?? `${env["HOME"] ?? ""}/.config/litellm/github_copilot`;
  const name = env["GITHUB_COPILOT_ACCESS_TOKEN_FILE"] ?? "access-token";
  settings["copilot_token_file"] = new Secret(name.startsWith("/") ? name : `${folder.replace(/\/+$/, "")}/${name}`);
}

/** Tokens of an identity provider may be said by where they are: "oidc/file//path", "oidc/env/NAME", "oidc/env_path/NAME". */
function readFederated(settings: Record<string, unknown>, env: Env): void {
  const role = whereIs(settings["aws_web_identity_token"], env);
  if (role !== undefined) settings["aws_web_identity_token"] = new Secret(role);
  // For this one the token is no credential yet, but is exchanged for one.
  const workload = whereIs(settings["azure_ad_token"], env);
  if (workload === undefined) return;
  delete settings["azure_ad_token"];
  settings["azure_federated_token_file"] = new Secret(workload);
}

/** The token, or the path of its file; undefined where it is said in no such way, or in one that is not served. */
function whereIs(value: unknown, env: Env): string | undefined {
  const text = value instanceof Secret ? value.reveal() : "";
  if (text === "oidc/azure/") return env["AZURE_FEDERATED_TOKEN_FILE"];
  const [, where, rest = ""] = /^oidc\/(file|env|env_path)\/(.+)$/.exec(text) ?? [];
  if (where === "file") return rest.startsWith("/") ? rest : `/${rest}`;
  return where === undefined ? undefined : env[rest];
}

const federated: readonly string[] = ["aws_web_identity_token", "azure_ad_token"];

/** What is said of credentials in a way that is not served: names of settings, and why. */
export function unservedIn(settings: Settings): readonly (readonly [name: string, why: string])[] {
  const tokens = federated.filter((name) => {
    const value = settings[name];
    return value instanceof Secret && value.reveal().startsWith("oidc/");
  });
  const users = ["azure_username", "azure_password"].filter((name) => isSaid(settings[name]));
  return [
    ...tokens.map((name) => [name, "tokens from there; `oidc/file/`, `oidc/env/` and `oidc/env_path/` are."] as const),
    ...users.map(
      (name) => [name, "sign-in by a user's name and password. Give `client_id` and `client_secret`."] as const,
    ),
  ];
}
