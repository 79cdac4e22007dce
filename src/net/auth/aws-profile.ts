/** Keys in AWS's own files, ~/.aws/credentials and ~/.aws/config. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { GatewayError } from "../../canonical/error.ts";
import type { AwsCredentials } from "./aws-signature.ts";
import { readText } from "./exchange.ts";
import { type Holder, textOf } from "./sign.ts";

interface Found {
  readonly keys: AwsCredentials;
  /** A role that those keys are to take. */
  readonly role?: string | undefined;
  readonly externalId?: string | undefined;
  readonly region?: string | undefined;
}

type Section = Readonly<Record<string, string | undefined>>;

/** Undefined: nobody named a profile, and the usual one holds no keys. */
export async function profileCredentials(holder: Holder, named: string | undefined): Promise<Found | undefined> {
  const sections = await sectionsOf(holder);
  const name = named ?? "default";
  const profile = sections.get(name);
  const keys = profile && keysIn(profile);
  if (profile?.["role_arn"] !== undefined) return takingRole(profile, name, sections);
  if (keys) return { keys };
  if (named === undefined) return undefined;
  throw unusable(named, profile);
}

function takingRole(profile: Section, name: string, sections: ReadonlyMap<string, Section>): Found {
  const source = sections.get(profile["source_profile"] ?? name);
  const keys = source && keysIn(source);
  if (!keys) throw unusable(name, profile);
  return { keys, role: profile["role_arn"], externalId: profile["external_id"], region: profile["region"] };
}

function keysIn({
  aws_access_key_id: id,
  aws_secret_access_key: secret,
  aws_session_token: session,
}: Section): AwsCredentials | undefined {
  return id === undefined || secret === undefined ? undefined : { id, secret, session };
}

/** Other ways (sign-in by browser, a program that prints keys) are not walked. */
function unusable(name: string, profile: Section | undefined): GatewayError {
  const why = profile ? "holds no keys of its own, and other ways to get them are not served" : "does not exist";
  const remedy = "give aws_access_key_id and aws_secret_access_key, or a role (aws_role_name)";
  return new GatewayError("unauthenticated", "gateway", `the profile "${name}" of AWS ${why}; ${remedy}`);
}

async function sectionsOf(holder: Holder): Promise<ReadonlyMap<string, Section>> {
  const home = join(homedir(), ".aws");
  const sections = new Map<string, Section>();
  const files = [
    textOf(holder, "aws_config_file") ?? join(home, "config"),
    textOf(holder, "aws_credentials_file") ?? join(home, "credentials"),
  ];
  for (const path of files) {
    if (!existsSync(path)) continue;
    const text = await readText(path, "check AWS's files of keys");
    for (const [name, section] of parse(text)) sections.set(name, { ...sections.get(name), ...section });
  }
  return sections;
}

function parse(text: string): ReadonlyMap<string, Section> {
  const sections = new Map<string, Record<string, string>>();
  let section: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const header = /^\[\s*(?:profile\s+)?([^\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      section = sections.get(header) ?? {};
      sections.set(header, section);
      continue;
    }
    // An indented line belongs to a list that is of no use here.
    const [, name, value] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && name !== "__proto__") section[name.toLowerCase()] = value;
  }
  return sections;
}
