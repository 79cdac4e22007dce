/** Every way in which a vendor may know us. To add one, add it here. */

import { hash } from "node:crypto";
import type { Send, Sign } from "../draft.ts";
import { type AwsSigv4, awsSigner } from "./aws-sigv4.ts";
import { type ClientCredentials, clientSigner } from "./client-credentials.ts";
import type { TokenParts } from "./exchange.ts";
import { copilotSigner, type GithubCopilot } from "./github-copilot.ts";
import { type IbmIam, ibmSigner } from "./ibm-iam.ts";
import { type Holder, type KeyScheme, keySigner } from "./sign.ts";
import { keepToken, type SharedTokens, type Token, type TokenSource } from "./token.ts";

type Scheme = KeyScheme | AwsSigv4 | ClientCredentials | IbmIam | GithubCopilot;

interface SignerParts {
  readonly send: Send;
  readonly now: () => number;
}

export type Signers = (auth: Scheme, holder: Holder) => Sign;

/** What makes signers; whatever they fetch is kept here, and shared by all who show the same credentials. */
export function createSigners({ send, now }: SignerParts): Signers {
  const parts: TokenParts = { send, now, shared: sharing(now) };
  return (auth, holder) => {
    switch (auth.scheme) {
      case "aws-sigv4":
        return awsSigner(auth, holder, parts);
      case "client-credentials":
        return clientSigner(auth, holder, parts);
      case "ibm-iam":
        return ibmSigner(auth, holder, parts);
      case "github-copilot":
        return copilotSigner(auth, holder, parts);
      case "none":
      case "bearer":
      case "header":
      case "query":
        return keySigner(auth, holder);
    }
  };
}

/** Credentials whose tokens are kept; those of configurations that were read anew go first. */
const mostSources = 10_000;

/** They go by a hash, so that no secret is kept once more. */
function sharing(now: () => number): SharedTokens {
  const sources = new Map<string, TokenSource<unknown>>();
  return <V>(shown: readonly unknown[], fetch: () => Promise<Token<V>>): TokenSource<V> => {
    const id = hash("sha256", JSON.stringify(shown));
    const known = sources.get(id);
    if (known) return known as TokenSource<V>;
    const source = keepToken(fetch, now);
    const [oldest] = sources.keys();
    if (sources.size >= mostSources && oldest !== undefined) sources.delete(oldest);
    sources.set(id, source);
    return source;
  };
}
