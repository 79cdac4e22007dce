/** How a vendor knows us: each scheme turned into a function that puts the credential on a draft and keeps it to itself. */

import { GatewayError } from "../../canonical/error.ts";
import type { Secret } from "../../canonical/secret.ts";
import type { Sign } from "../draft.ts";

/** The schemes that need nothing but a key. Others (request signing, token exchange) get a file of their own. */
export type KeyScheme =
  | { readonly scheme: "none" }
  | { readonly scheme: "bearer"; readonly optional?: boolean }
  | { readonly scheme: "header"; readonly name: string; readonly prefix?: string; readonly optional?: boolean }
  | { readonly scheme: "query"; readonly name: string };

/** `owner` is named in the error for a missing key. */
export function signer(auth: KeyScheme, key: Secret | undefined, owner: string): Sign {
  if (auth.scheme === "none") return (draft) => draft;
  if (!key) {
    if ("optional" in auth && auth.optional) return (draft) => draft;
    return () => {
      throw new GatewayError("unauthenticated", "gateway", `no key is configured for ${owner}; give it an api_key`);
    };
  }
  if (auth.scheme === "query") {
    const pair = `${auth.name}=${encodeURIComponent(key.reveal())}`;
    return (draft) => ({ ...draft, url: `${draft.url}${draft.url.includes("?") ? "&" : "?"}${pair}` });
  }
  const name = auth.scheme === "bearer" ? "authorization" : auth.name;
  const value = (auth.scheme === "bearer" ? "Bearer " : (auth.prefix ?? "")) + key.reveal();
  return (draft) => ({ ...draft, headers: { ...draft.headers, [name]: value } });
}
