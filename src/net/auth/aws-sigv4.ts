/** Requests signed for AWS: with keys that are given, or with those that a role, a file or the machine lends for a while. */

import type { Sign } from "../draft.ts";
import { awsCredentials } from "./aws-credentials.ts";
import { type AwsCredentials, awsSignature } from "./aws-signature.ts";
import { tokenSigner } from "./bearer-token.ts";
import type { TokenParts } from "./exchange.ts";
import { type Holder, keySigner, textOf } from "./sign.ts";

export interface AwsSigv4 {
  readonly scheme: "aws-sigv4";
  readonly service: string;
  /** The setting that holds the region. */
  readonly region: string;
  /** The vendor takes a key of its own too, as a bearer. */
  readonly orKey?: boolean;
}

export function awsSigner(auth: AwsSigv4, holder: Holder, parts: TokenParts): Sign {
  if (auth.orKey && holder.key) return keySigner({ scheme: "bearer" }, holder);
  const region = textOf(holder, auth.region) ?? "us-east-1";
  const sign = awsSignature({ region, service: auth.service });
  const credentials = awsCredentials(holder, region, parts);
  if (!("get" in credentials)) return (draft) => sign(draft, credentials, parts.now());
  return tokenSigner<AwsCredentials>(credentials, {
    owner: holder.owner,
    put: (draft, value) => sign(draft, value, parts.now()),
    secretOf: ({ session, secret }) => session ?? secret,
    // Keys that have ended are forbidden, and not unknown.
    refusals: [401, 403],
  });
}
