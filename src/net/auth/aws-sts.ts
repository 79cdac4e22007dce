/** AWS's service that lends keys for a role: for other keys, or for a token of an identity provider. https://docs.aws.amazon.com/STS/latest/APIReference */

import type { Draft } from "../draft.ts";
import { type AwsCredentials, awsSignature } from "./aws-signature.ts";
import { ask, type ExchangeParts, formOf, shownToken, unreadable } from "./exchange.ts";
import type { Token } from "./token.ts";

export interface Role {
  readonly arn: string;
  /** Under which the calls stand in AWS's own logs. */
  readonly session: string;
  readonly externalId: string | undefined;
  readonly region: string;
  /** Where the service is, if not where it usually is. */
  readonly endpoint: string | undefined;
}

const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
const version = "2011-06-15";

export async function assumeRole(
  { own, ...role }: Role & { readonly own: AwsCredentials },
  parts: ExchangeParts,
): Promise<Token<AwsCredentials>> {
  const { arn, session, externalId, region } = role;
  const body = formOf({
    Action: "AssumeRole",
    Version: version,
    RoleArn: arn,
    RoleSessionName: session,
    ExternalId: externalId,
  });
  const draft: Draft = { method: "POST", url: endpointOf(role), headers, body };
  const signed = awsSignature({ region, service: "sts" })(draft, own, parts.now());
  const remedy = `check that its keys may take the role ${arn}`;
  const text = await ask(parts, signed, { secrets: [own.secret, own.session ?? ""], remedy });
  return credentialsIn(text, draft, parts.now());
}

/** `token`: the token itself, or the path of the file where it is kept; such files are written anew every few hours. */
export async function assumeRoleByToken(
  { token, ...role }: Role & { readonly token: string },
  parts: ExchangeParts,
): Promise<Token<AwsCredentials>> {
  const remedy = `check the web identity token, and that it may take the role ${role.arn}`;
  const shown = await shownToken(token, remedy);
  const body = formOf({
    Action: "AssumeRoleWithWebIdentity",
    Version: version,
    RoleArn: role.arn,
    RoleSessionName: role.session,
    WebIdentityToken: shown,
  });
  const draft: Draft = { method: "POST", url: endpointOf(role), headers, body };
  return credentialsIn(await ask(parts, draft, { secrets: [shown], remedy }), draft, parts.now());
}

function endpointOf({ endpoint, region }: Role): string {
  if (endpoint !== undefined) return endpoint.endsWith("/") ? endpoint : `${endpoint}/`;
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://sts.${encodeURIComponent(region)}.${domain}/`;
}

function credentialsIn(text: string, draft: Draft, now: number): Token<AwsCredentials> {
  const id = element(text, "AccessKeyId");
  const secret = element(text, "SecretAccessKey");
  const session = element(text, "SessionToken");
  const end = Date.parse(element(text, "Expiration") ?? "");
  if (id === undefined || secret === undefined || session === undefined || Number.isNaN(end)) throw unreadable(draft);
  return { value: { id, secret, session }, lifetime: end - now };
}

/** None of the four can hold a sign that XML would have to escape. */
function element(text: string, name: string): string | undefined {
  const from = text.indexOf(`<${name}>`);
  const to = from < 0 ? -1 : text.indexOf(`</${name}>`, from);
  if (to < 0) return undefined;
  const found = text.slice(from + name.length + 2, to).trim();
  return /^[\x21-\x7e]+$/.test(found) ? found : undefined;
}
