/** IBM Cloud: an API key is exchanged for a token of an hour. https://cloud.ibm.com/docs/account?topic=account-iamtoken_from_apikey */

import type { Draft, Sign } from "../draft.ts";
import { bearerToken, tokenSigner } from "./bearer-token.ts";
import { askForJson, bearerIn, formHeaders, formOf, type TokenParts } from "./exchange.ts";
import { type Holder, headerSigner, keySigner, textOf } from "./sign.ts";
import type { Token } from "./token.ts";

export interface IbmIam {
  readonly scheme: "ibm-iam";
  /** Where tokens are given, and the setting that holds another place. */
  readonly url: string;
  readonly urlSetting: string;
  /** The setting that holds a key of a platform in one's own house, which takes it as it is. */
  readonly zenSetting: string;
}

const remedy = "check the API key";

export function ibmSigner(auth: IbmIam, holder: Holder, parts: TokenParts): Sign {
  const { key, owner } = holder;
  const zen = textOf(holder, auth.zenSetting);
  if (zen !== undefined) return headerSigner("authorization", `ZenApiKey ${zen}`);
  if (!key) return keySigner({ scheme: "bearer" }, holder, ", or a token");
  const url = textOf(holder, auth.urlSetting) ?? auth.url;
  const fetch = async (): Promise<Token<string>> => {
    const apikey = key.reveal();
    const body = formOf({ grant_type: "urn:ibm:params:oauth:grant-type:apikey", apikey });
    const draft: Draft = { method: "POST", url, headers: formHeaders, body };
    return bearerIn(await askForJson(parts, draft, { secrets: [apikey], remedy }), draft);
  };
  return tokenSigner(parts.shared([auth.scheme, url, key.reveal()], fetch), bearerToken(owner));
}
