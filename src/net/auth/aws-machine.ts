/** Keys that AWS lends to what runs there: to a container, or to a machine. */

import { GatewayError } from "../../canonical/error.ts";
import type { Draft } from "../draft.ts";
import type { AwsCredentials } from "./aws-signature.ts";
import { ask, askForJson, type ExchangeParts, readToken, unreadable } from "./exchange.ts";
import { type Holder, textOf } from "./sign.ts";
import type { Token } from "./token.ts";

/** Milliseconds: they are next door, or nowhere. */
const patience = 1_000;
const remedy = "check the role of this machine, or give aws_access_key_id and aws_secret_access_key";
const options = { secrets: [], remedy, patience };

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html; undefined: this is no such container. */
export async function containerCredentials(
  holder: Holder,
  parts: ExchangeParts,
): Promise<Token<AwsCredentials> | undefined> {
  const relative = textOf(holder, "aws_container_credentials_relative_uri");
  const full = textOf(holder, "aws_container_credentials_full_uri");
  const url = relative === undefined ? full : `http://169.254.170.2${relative}`;
  if (url === undefined) return undefined;
  if (!isNear(url)) throw new GatewayError("forbidden", "gateway", `keys are not asked of ${url}; ${remedy}`);
  const path = textOf(holder, "aws_container_authorization_token_file");
  const token =
    path === undefined ? textOf(holder, "aws_container_authorization_token") : await readToken(path, remedy);
  const draft: Draft = { method: "GET", url, headers: token === undefined ? {} : { authorization: token } };
  return keysIn(await askForJson(parts, draft, { ...options, secrets: [token ?? ""] }), draft, parts.now());
}

/** https only, but for the addresses that AWS itself has for this. */
function isNear(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || near.has(hostname) || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
const near: ReadonlySet<string> = new Set(["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "localhost", "[::1]"]);

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html, version 2; undefined: this is no such machine. */
export async function machineCredentials(
  holder: Holder,
  parts: ExchangeParts,
): Promise<Token<AwsCredentials> | undefined> {
  if (textOf(holder, "aws_ec2_metadata_disabled")?.toLowerCase() === "true") return undefined;
  const base = (textOf(holder, "aws_ec2_metadata_service_endpoint") ?? "http://169.254.169.254").replace(/\/+$/, "");
  const lifetime = { "x-aws-ec2-metadata-token-ttl-seconds": "300" };
  let session: string;
  try {
    session = await ask(parts, { method: "PUT", url: `${base}/latest/api/token`, headers: lifetime }, options);
  } catch {
    // Nobody is there: the usual thing outside of AWS.
    return undefined;
  }
  const headers = { "x-aws-ec2-metadata-token": session.trim() };
  const url = `${base}/latest/meta-data/iam/security-credentials/`;
  const role = (await ask(parts, { method: "GET", url, headers }, options)).split("\n", 1)[0]?.trim() ?? "";
  const draft: Draft = { method: "GET", url: url + encodeURIComponent(role), headers };
  return keysIn(await askForJson(parts, draft, options), draft, parts.now());
}

function keysIn(answer: Readonly<Record<string, unknown>>, draft: Draft, now: number): Token<AwsCredentials> {
  const { AccessKeyId: id, SecretAccessKey: secret, Token: session, Expiration: end } = answer;
  const ends = typeof end === "string" ? Date.parse(end) : Number.NaN;
  if (typeof id !== "string" || typeof secret !== "string" || typeof session !== "string" || Number.isNaN(ends))
    throw unreadable(draft);
  return { value: { id, secret, session }, lifetime: ends - now };
}
