/** Sorts what stands in `litellm_params`: settings of the gateway, of the vendor, fields of the body, prices; and keeps secrets apart. */

import { Secret } from "../../canonical/secret.ts";
import type { Notices } from "../notices.ts";
import { readSection, readValue, type Values } from "../section.ts";
import { type Entry, type Mapping, plain, type Tree } from "../tree.ts";
import { bodyKeys, infoKeys, isPrice, paramKeys, vendorKeys, vendorPrefixes } from "./keys/model.ts";

export interface Params {
  readonly known: Values<typeof paramKeys>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | Secret>>;
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly prices: Readonly<Record<string, unknown>>;
  /** Everything that is no secret, as it stood there. */
  readonly shown: Readonly<Record<string, unknown>>;
  /** What makes it different from others: as shown, with the names of its references. */
  readonly identity: Readonly<Record<string, unknown>>;
}

const inBody: ReadonlySet<string> = new Set(bodyKeys);

export function readParams(map: Mapping, path: string, notices: Notices): Params {
  const settings: Record<string, unknown> = {};
  const defaults: Record<string, unknown> = {};
  const prices: Record<string, unknown> = {};
  const unknown = (name: string, value: Tree, here: string): void => {
    if (isAbsent(value)) return;
    if (isPrice(name)) readPrice(prices, name, value, here, notices);
    else if (isSetting(name)) settings[name] = readSetting(name, value, here, notices);
    else {
      if (!inBody.has(name))
        notices.note(
          value,
          here,
          "This is not a known setting: it is sent to the provider in the body of every request.",
          remedyFor(name),
        );
      put(defaults, name, plain(value));
    }
  };
  const known = readSection(map, path, paramKeys, notices, { unknown });
  for (const [name, { value }] of known.extra_body?.entries ?? []) put(defaults, name, plain(value));
  return {
    known,
    settings,
    headers: {
      ...readHeaders(known.headers, `${path}.headers`, notices),
      ...readHeaders(known.extra_headers, `${path}.extra_headers`, notices),
    },
    defaults,
    prices,
    ...told(map),
  };
}

const meant: Readonly<Record<string, string>> = {
  rpm_limit: "rpm",
  tpm_limit: "tpm",
  max_parallel: "max_parallel_requests",
};

function remedyFor(name: string): string {
  const other = Object.hasOwn(meant, name) ? meant[name] : undefined;
  if (other !== undefined) return `Write \`${other}\`.`;
  const isInfo = Object.hasOwn(infoKeys, name) || name.startsWith("supports_");
  return isInfo ? "It belongs in `model_info`, beside `litellm_params`." : "Is it misspelt?";
}

/** "__proto__" is a key like any other. */
const put = (object: Record<string, unknown>, name: string, value: unknown): void => {
  if (name === "__proto__") Object.defineProperty(object, name, { value, enumerable: true });
  else object[name] = value;
};

const isAbsent = (value: Tree): boolean => value.kind === "leaf" && (value.value === null || value.missing === true);

const isSetting = (name: string): boolean =>
  Object.hasOwn(vendorKeys, name) || vendorPrefixes.some((prefix) => name.startsWith(prefix));

/** Names behind which a secret stands. "aws_session_name" and "max_tokens" are none. */
export const isSecretName = (name: string): boolean =>
  /(?:^|[_-])(?:key|keys|secret|token|password|credentials|authorization|cookie)(?:$|[_-])|access_key_id|apikey/i.test(
    name,
  ) &&
  name !== "litellm_credential_name" &&
  !isPrice(name);

function readSetting(name: string, value: Tree, path: string, notices: Notices): unknown {
  if (value.kind !== "leaf") {
    // Credentials may be written out as the mapping that the vendor's console hands out.
    const found = plain(value);
    return isSecretName(name) ? new Secret(JSON.stringify(found)) : found;
  }
  if (isSecretName(name)) return readValue(value, path, "secret", notices);
  return Object.hasOwn(vendorKeys, name) ? readValue(value, path, "text", notices) : value.value;
}

function readPrice(prices: Record<string, unknown>, name: string, value: Tree, path: string, notices: Notices): void {
  const price = value.kind === "leaf" ? readValue(value, path, "amount", notices) : plain(value);
  if (price !== undefined) prices[name] = price;
}

/** They are the connection's own. */
const refusedHeaders: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "upgrade",
  "te",
]);

export function readHeaders(
  map: Mapping | undefined,
  path: string,
  notices: Notices,
): Readonly<Record<string, string | Secret>> {
  const headers: Record<string, string | Secret> = {};
  for (const [name, entry] of map?.entries ?? []) {
    const value = readHeader(name, entry, `${path}.${name}`, notices);
    if (value !== undefined) headers[name.toLowerCase()] = value;
  }
  return headers;
}

function readHeader(name: string, { value }: Entry, path: string, notices: Notices): string | Secret | undefined {
  const text = readValue(value, path, "text", notices);
  if (text === undefined) return undefined;
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) notices.error(value, path, "This is no name of a header.");
  else if (refusedHeaders.has(name.toLowerCase()))
    notices.error(value, path, "This header cannot be chosen.", "Remove it.");
  else if (/[\r\n\0]/.test(text)) notices.error(value, path, "A header is one line.");
  else return isSecretName(name) || isReference(value) ? new Secret(text) : text;
  return undefined;
}

const isReference = (tree: Tree): boolean => tree.kind === "leaf" && tree.reference !== undefined;

function told(map: Mapping): Pick<Params, "shown" | "identity"> {
  const shown: Record<string, unknown> = {};
  const identity: Record<string, unknown> = {};
  for (const [name, { value }] of map.entries) {
    const open = isSecretName(name) ? undefined : withoutSecrets(value);
    if (open !== undefined) put(shown, name, open);
    put(identity, name, open ?? (value.kind === "leaf" ? (value.reference ?? "secret") : "secret"));
  }
  return { shown, identity };
}

export function withoutSecrets(tree: Tree): unknown {
  if (tree.kind === "leaf") return tree.missing ? undefined : tree.value;
  if (tree.kind === "list") return tree.items.map(withoutSecrets);
  const open = [...tree.entries].filter(([name, { value }]) => !isSecretName(name) && !hidesSecret(value));
  return Object.fromEntries(open.map(([name, { value }]) => [name, withoutSecrets(value)]));
}

/** A referred-to value inside a header or an option is taken for a secret; a parameter of its own ("api_base") is not. */
const hidesSecret = (tree: Tree): boolean => isReference(tree);
