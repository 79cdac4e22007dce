/** Signs with a token that has to be fetched: at once while one is at hand, and after the exchange where none is. */

import { GatewayError } from "../../canonical/error.ts";
import type { Draft, Sign } from "../draft.ts";
import type { TokenSource } from "./token.ts";

/** `put` adds a credential to a draft; `refusals` are the statuses by which the vendor says that it does not take it. */
export interface TokenSigner<V> {
  readonly owner: string;
  readonly put: (draft: Draft, value: V) => Draft;
  readonly secretOf: (value: V) => string;
  readonly refusals?: readonly number[];
}

export function tokenSigner<V>(
  source: TokenSource<V>,
  { owner, put, secretOf, refusals = [401] }: TokenSigner<V>,
): Sign {
  // What was last put on a draft: a refusal of an older one is no reason to fetch a new one again.
  const used = new WeakMap<Draft, V>();
  const signed = (draft: Draft, value: V): Draft => {
    const ready = put(draft, value);
    used.set(ready, value);
    return ready;
  };
  const sign = (draft: Draft): Draft | Promise<Draft> => {
    const value = source.get();
    if (!(value instanceof Promise)) return signed(draft, value);
    return value.then(
      (fetched) => signed(draft, fetched),
      (error: unknown) => {
        throw ownedBy(owner, error);
      },
    );
  };
  return Object.assign(sign, {
    forget(draft: Draft, status: number): boolean {
      const value = used.get(draft);
      return value !== undefined && refusals.includes(status) && source.forget(value);
    },
    secret(): string | undefined {
      const value = source.held();
      return value === undefined ? undefined : secretOf(value);
    },
  });
}

export const bearerToken = (owner: string): TokenSigner<string> => ({
  owner,
  put: (draft, token) => ({ ...draft, headers: { ...draft.headers, authorization: `Bearer ${token}` } }),
  secretOf: (token) => token,
});

/** Many deployments may share what is fetched: each is told of in its own name. */
function ownedBy(owner: string, cause: unknown): GatewayError {
  if (!(cause instanceof GatewayError))
    return new GatewayError("internal", "gateway", `no token for ${owner}`, { cause });
  return new GatewayError(cause.kind, cause.source, `no token for ${owner}: ${cause.message}`, {
    ...cause.details,
    cause,
  });
}
