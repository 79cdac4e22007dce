/** Where AWS's keys come from: given, a role by a token or by other keys, a profile, a container, the machine; the first that is there. */

import { GatewayError } from "../../canonical/error.ts";
import { containerCredentials, machineCredentials } from "./aws-machine.ts";
import { profileCredentials } from "./aws-profile.ts";
import type { AwsCredentials } from "./aws-signature.ts";
import { assumeRole, assumeRoleByToken, type Role } from "./aws-sts.ts";
import type { ExchangeParts, TokenParts } from "./exchange.ts";
import { type Holder, textOf } from "./sign.ts";
import type { Token, TokenSource } from "./token.ts";

/** Keys that hold for good, or a source of such that end. */
export function awsCredentials(
  holder: Holder,
  region: string,
  parts: TokenParts,
): AwsCredentials | TokenSource<AwsCredentials> {
  const given = givenKeys(holder);
  const role = roleOf(holder, region);
  if (given && !role) return given;
  const shown = Object.entries(holder.settings)
    .filter(([name]) => name.startsWith("aws_"))
    .map(([name]) => [name, textOf(holder, name)]);
  return parts.shared(["aws-sigv4", region, shown], async () => {
    const token = textOf(holder, "aws_web_identity_token");
    if (role && token !== undefined) return assumeRoleByToken({ ...role, token }, parts);
    if (!role) return lent(holder, region, parts);
    const own = given ?? (await lent(holder, region, parts)).value;
    return assumeRole({ ...role, own }, parts);
  });
}

function givenKeys(holder: Holder): AwsCredentials | undefined {
  const id = textOf(holder, "aws_access_key_id");
  const secret = textOf(holder, "aws_secret_access_key");
  if (id === undefined || secret === undefined) return undefined;
  return { id, secret, session: textOf(holder, "aws_session_token") };
}

const roleOf = (holder: Holder, region: string): Role | undefined => {
  const arn = textOf(holder, "aws_role_name");
  return arn === undefined ? undefined : role(arn, holder, region);
};

const role = (arn: string, holder: Holder, region: string): Role => ({
  arn,
  session: textOf(holder, "aws_session_name") ?? "gatehouse",
  externalId: textOf(holder, "aws_external_id"),
  endpoint: textOf(holder, "aws_sts_endpoint"),
  region,
});

/** Milliseconds after which a file is read again. */
const untilReread = 300_000;

/** https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html: the order of AWS's own programs. */
async function lent(holder: Holder, region: string, parts: ExchangeParts): Promise<Token<AwsCredentials>> {
  const path = textOf(holder, "aws_web_identity_token_file");
  const arn = textOf(holder, "aws_role_arn");
  const named = textOf(holder, "aws_profile_name");
  if (named === undefined && path !== undefined && arn !== undefined)
    return assumeRoleByToken({ ...role(arn, holder, region), token: path }, parts);
  const profile = await profileCredentials(holder, named);
  if (profile) return fromProfile(profile, holder, region, parts);
  const found = (await containerCredentials(holder, parts)) ?? (await machineCredentials(holder, parts));
  if (found) return found;
  throw new GatewayError(
    "unauthenticated",
    "gateway",
    "there are no keys of AWS; give aws_access_key_id and aws_secret_access_key, or a role (aws_role_name) that this machine may take",
  );
}

type Profile = NonNullable<Awaited<ReturnType<typeof profileCredentials>>>;

async function fromProfile(
  { keys, role: arn, externalId, region: own }: Profile,
  holder: Holder,
  region: string,
  parts: ExchangeParts,
): Promise<Token<AwsCredentials>> {
  if (arn === undefined) return { value: keys, lifetime: untilReread };
  const taken = role(arn, holder, own ?? region);
  return assumeRole({ ...taken, externalId: externalId ?? taken.externalId, own: keys }, parts);
}
