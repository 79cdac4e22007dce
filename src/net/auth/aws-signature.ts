/** AWS Signature Version 4, for every service but S3. Pure. https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */

import { createHmac, hash } from "node:crypto";
import type { Draft } from "../draft.ts";

export interface AwsCredentials {
  readonly id: string;
  readonly secret: string;
  readonly session?: string | undefined;
}

export interface SignatureScope {
  readonly region: string;
  readonly service: string;
}

/** Signs at a time, in milliseconds. The key of a day is made once a day. */
export function awsSignature({
  region,
  service,
}: SignatureScope): (draft: Draft, credentials: AwsCredentials, at: number) => Draft {
  let made: { readonly day: string; readonly secret: string; readonly key: Buffer } | undefined;
  const keyOf = (day: string, secret: string): Buffer => {
    if (made?.day === day && made.secret === secret) return made.key;
    const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), "aws4_request");
    made = { day, secret, key };
    return key;
  };
  return (draft, { id, secret, session }, at) => {
    const time = timeOf(at);
    const day = time.slice(0, 8);
    const { host, path, query } = partsOf(draft.url);
    const added = { "x-amz-date": time, ...(session !== undefined && { "x-amz-security-token": session }) };
    const headers = { ...draft.headers, ...added };
    const { names, lines } = canonicalHeaders({ ...headers, host });
    const body = hash("sha256", draft.body ?? "");
    const request = `${draft.method}\n${path}\n${query}\n${lines}\n${names}\n${body}`;
    const scope = `${day}/${region}/${service}/aws4_request`;
    const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash("sha256", request)}`;
    const signature = hmac(keyOf(day, secret), text).toString("hex");
    const authorization = `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    return { ...draft, headers: { ...headers, authorization } };
  };
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** "20150830T123600Z" */
const timeOf = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;

/** What others on the way may change or add (accept, user-agent) is not signed. */
function canonicalHeaders(headers: Readonly<Record<string, string>>): { names: string; lines: string } {
  const signed = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name === "host" || name === "content-type" || name.startsWith("x-amz-"))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    names: signed.map(([name]) => name).join(";"),
    lines: signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}\n`).join(""),
  };
}

function partsOf(url: string): { host: string; path: string; query: string } {
  const { host, pathname, search } = new URL(url);
  return { host, path: pathname.split("/").map(encoded).join("/"), query: canonicalQuery(search.slice(1)) };
}

/** A path goes over the wire encoded once, and is signed encoded twice. */
const encoded = (segment: string): string =>
  encodeURIComponent(segment).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

function canonicalQuery(query: string): string {
  if (query === "") return "";
  const pairs = query.split("&").map((pair) => {
    const at = pair.indexOf("=");
    const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    return [encoded(decoded(name)), encoded(decoded(value))] as const;
  });
  pairs.sort(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign stands for itself.
    return text;
  }
}
