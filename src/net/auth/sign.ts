/** How a vendor knows us by a key: each scheme turned into a function that puts the key on a draft and keeps it to itself. */

import { GatewayError } from "../../canonical/error.ts";
import { Secret } from "../../canonical/secret.ts";
import type { Sign } from "../draft.ts";

/** The schemes that need nothing but a key. Others (request signing, token exchange) have a file of their own. */
export type KeyScheme =
  | { readonly scheme: "none" }
  | { readonly scheme: "bearer"; readonly optional?: boolean }
  | {
      readonly scheme: "header";
      readonly name: string;
      readonly prefix?: string;
      readonly optional?: boolean;
      /** Only at hosts with one of these in their address; at any other the key goes as a bearer. */
      readonly at?: readonly string[];
    }
  | { readonly scheme: "query"; readonly name: string };

/** What a deployment has to show for itself. */
export interface Holder {
  /** Named in errors. */
  readonly owner: string;
  readonly key?: Secret | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  /** The deployment's own address, where it has one. */
  readonly apiBase?: string | undefined;
  /** The vendor's usual address. */
  readonly baseUrl?: string | undefined;
}

export function keySigner(auth: KeyScheme, holder: Holder, instead = ""): Sign {
  if (auth.scheme === "none") return (draft) => draft;
  const { key, owner } = holder;
  if (!key) {
    if ("optional" in auth && auth.optional) return (draft) => draft;
    return () => {
      throw new GatewayError(
        "unauthenticated",
        "gateway",
        `no key is configured for ${owner}; give it an api_key${instead}`,
      );
    };
  }
  if (auth.scheme === "query") {
    const pair = `${auth.name}=${encodeURIComponent(key.reveal())}`;
    return (draft) => ({ ...draft, url: `${draft.url}${draft.url.includes("?") ? "&" : "?"}${pair}` });
  }
  // Some vendors know a key by a header only at their own hosts; behind any other it is a bearer.
  const base = holder.apiBase ?? holder.baseUrl ?? "";
  const asHeader = auth.scheme === "header" && (auth.at === undefined || auth.at.some((host) => base.includes(host)));
  return asHeader
    ? headerSigner(auth.name, (auth.prefix ?? "") + key.reveal())
    : headerSigner("authorization", `Bearer ${key.reveal()}`);
}

export const headerSigner =
  (name: string, value: string): Sign =>
  (draft) => ({ ...draft, headers: { ...draft.headers, [name]: value } });

/** A setting's text, secret or not; undefined where there is none. */
export function textOf({ settings }: Holder, name: string | undefined): string | undefined {
  const value = name === undefined ? undefined : settings[name];
  if (value instanceof Secret) return value.reveal() || undefined;
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}
