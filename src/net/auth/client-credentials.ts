/** OAuth's client credentials (RFC 6749 §4.4): an id and a secret are exchanged for a token that holds for an hour or so. */

import { GatewayError } from "../../canonical/error.ts";
import type { Draft, Sign } from "../draft.ts";
import { bearerToken, tokenSigner } from "./bearer-token.ts";
import { askForJson, bearerIn, formHeaders, formOf, shownToken, type TokenParts } from "./exchange.ts";
import { type Holder, type KeyScheme, keySigner, textOf } from "./sign.ts";
import type { Token } from "./token.ts";

export interface ClientCredentials {
  readonly scheme: "client-credentials";
  /** Settings that hold the client's id and secret. */
  readonly id: string;
  readonly secret: string;
  /** A setting with a signed token, or the path of its file, to show in place of the secret (RFC 7523 §2.2). */
  readonly assertion?: string;
  /** A setting that the address needs. */
  readonly tenant?: string;
  /** Where tokens are given: an address, or a setting that holds another one. Without either, the vendor's own host. */
  readonly at: { readonly base?: string; readonly setting?: string; readonly path: string };
  readonly scope: string;
  /** A setting with another scope. */
  readonly scopeSetting?: string;
  /** The id and the secret go as user name and password, and not in the form. */
  readonly basic?: boolean;
  /** How a key is sent, where there is one. */
  readonly key: KeyScheme;
  /** Where there are both: the client goes before the key. */
  readonly first?: boolean;
}

export function clientSigner(auth: ClientCredentials, holder: Holder, parts: TokenParts): Sign {
  if (holder.key && !auth.first) return keySigner(auth.key, holder);
  const client = clientOf(auth, holder);
  if (!client)
    return keySigner(
      auth.key,
      holder,
      `, or ${neededBy(auth)
        .join(", ")
        .replace(/, ([^,]*)$/, " and $1")}`,
    );
  const remedy = `check ${neededBy(auth).join(", ")}`;
  const fetch = async (): Promise<Token<string>> => {
    const draft = await tokenDraft(auth, client, remedy);
    const answer = await askForJson(parts, draft, { secrets: [client.secret ?? ""], remedy });
    return bearerIn(answer, draft);
  };
  return tokenSigner(parts.shared([auth.scheme, client], fetch), bearerToken(holder.owner));
}

const neededBy = ({ id, secret, tenant }: ClientCredentials): readonly string[] => [
  ...(tenant === undefined ? [] : [tenant]),
  id,
  secret,
];

interface Client {
  readonly id: string;
  readonly secret: string | undefined;
  readonly assertion: string | undefined;
  readonly scope: string;
  readonly url: string;
}

function clientOf(auth: ClientCredentials, holder: Holder): Client | undefined {
  const id = textOf(holder, auth.id);
  const secret = textOf(holder, auth.secret);
  const assertion = secret === undefined ? textOf(holder, auth.assertion) : undefined;
  const tenant = textOf(holder, auth.tenant);
  if (id === undefined || (secret ?? assertion) === undefined) return undefined;
  if (auth.tenant !== undefined && tenant === undefined) return undefined;
  const { base, setting, path } = auth.at;
  const host = textOf(holder, setting) ?? base ?? originOf(holder);
  const scope = textOf(holder, auth.scopeSetting) ?? auth.scope;
  const url = host.replace(/\/+$/, "") + path.replace("{tenant}", encodeURIComponent(tenant ?? ""));
  return { id, secret, assertion, scope, url };
}

function originOf({ apiBase, baseUrl, owner }: Holder): string {
  const base = apiBase ?? baseUrl ?? "";
  if (URL.canParse(base)) return new URL(base).origin;
  throw new GatewayError("invalid-request", "gateway", `the address of ${owner} is not known; give it an api_base`);
}

/** https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1: what goes as user name and password is encoded as in a form. */
async function tokenDraft(
  { basic }: ClientCredentials,
  { id, secret, assertion, scope, url }: Client,
  remedy: string,
): Promise<Draft> {
  const fields = { grant_type: "client_credentials", scope };
  if (basic && secret !== undefined) {
    const pair = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString("base64");
    return { method: "POST", url, headers: { ...formHeaders, authorization: `Basic ${pair}` }, body: formOf(fields) };
  }
  const shown =
    assertion === undefined
      ? { client_secret: secret }
      : { client_assertion_type: jwtBearer, client_assertion: await shownToken(assertion, remedy) };
  return { method: "POST", url, headers: formHeaders, body: formOf({ ...fields, client_id: id, ...shown }) };
}

const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
