/** Who is asking: the admin, or the holder of a virtual key. Asked before the body is read, so that strangers cost nothing. */

import { hash, timingSafeEqual } from "node:crypto";
import type { Caller } from "../canonical/caller.ts";
import { GatewayError } from "../canonical/error.ts";
import type { AccessConfig } from "../config/config.ts";

export interface Authenticator {
  /** Answers at once for whoever asked lately. Throws for a missing, unknown, expired or blocked key. */
  authenticate(credential: string | undefined): Caller | Promise<Caller>;
  /** Forgets a key that was changed or deleted: its next request is judged anew. */
  invalidate(keyId: string): void;
  /** Forgets every key: changes may have been missed. */
  invalidateAll(): void;
}

export interface AuthenticatorParts {
  readonly access: Pick<AccessConfig, "adminKey" | "open">;
  /** SHA-256 in hex of the admin key, where the configuration has none. */
  readonly adminHash: string | undefined;
  /** Reads a key by its SHA-256 in hex. */
  readonly findKey: (keyId: string) => Promise<Caller | undefined>;
  readonly now: () => number;
}

/** Keys kept at hand; the longest unused goes first. */
const mostKeys = 50_000;
/** Strangers kept at hand, and for how long: a flood of one wrong key must not become a flood of queries. */
const mostStrangers = 10_000;
const strangerFor = 5_000;
const longestKey = 4096;
/** Keys that are being looked up at one time. */
const mostPending = 1_000;
/** Milliseconds: a database that hangs would hold the client for as long as its own patience lasts. */
const longestLookUp = 10_000;

export function createAuthenticator({ access, findKey, now, ...given }: AuthenticatorParts): Authenticator {
  const known = new Map<string, Caller>();
  const tokenOf = new Map<string, string>();
  const strangers = new Map<string, number>();
  const adminHash = access.adminKey ? hashOf(access.adminKey.reveal()) : given.adminHash;

  const keep = (token: string, caller: Caller): Caller => {
    if (known.size >= mostKeys) forgetFirst(known, (old) => tokenOf.delete(old.keyId));
    known.set(token, caller);
    tokenOf.set(caller.keyId, token);
    return caller;
  };

  // A key that is changed while it is being read must not be kept as it was.
  let changes = 0;

  const lookUp = async (token: string, keyId: string): Promise<Caller> => {
    const before = changes;
    const caller = await findKey(keyId).catch(unavailable);
    if (caller) return judged(before === changes ? keep(token, caller) : caller, now());
    if (strangers.size >= mostStrangers) strangers.clear();
    strangers.set(keyId, now() + strangerFor);
    return stranger(unknown());
  };

  const pending = new Map<string, Promise<Caller>>();
  /** One question for all who show the same key; while the database is slow, strangers do not pile up. */
  const shared = (token: string, keyId: string): Promise<Caller> => {
    const asked = pending.get(keyId);
    if (asked) return asked;
    if (pending.size >= mostPending) unavailable(undefined);
    const looking: Promise<Caller> = inTime(lookUp(token, keyId)).finally(() => {
      if (pending.get(keyId) === looking) pending.delete(keyId);
    });
    pending.set(keyId, looking);
    return looking;
  };

  // SDKs insist on sending some key: where none is asked for, one that nobody knows is as good as none.
  const stranger = (error: GatewayError): Caller => {
    if (access.open) return anonymous;
    throw error;
  };

  const judge = (token: string): Caller | Promise<Caller> => {
    if (token.length > longestKey) return stranger(unknown());
    const keyId = hashOf(token);
    if (adminHash !== undefined && same(keyId, adminHash)) return keep(token, admin);
    if (!token.startsWith("sk-"))
      return stranger(
        refusal("Authentication Error, virtual keys start with 'sk-'. Send the key as `Authorization: Bearer sk-…`."),
      );
    if ((strangers.get(keyId) ?? 0) > now()) return stranger(unknown());
    return shared(token, keyId);
  };

  return {
    authenticate(credential) {
      if (credential === undefined || credential === "") {
        if (access.open) return anonymous;
        throw refusal("Authentication Error, No api key passed in.");
      }
      const caller = known.get(credential);
      return caller ? judged(caller, now()) : judge(credential);
    },
    invalidate(keyId) {
      changes++;
      pending.delete(keyId);
      strangers.delete(keyId);
      const token = tokenOf.get(keyId);
      if (token === undefined) return;
      tokenOf.delete(keyId);
      known.delete(token);
    },
    invalidateAll() {
      changes++;
      pending.clear();
      strangers.clear();
      tokenOf.clear();
      known.clear();
    },
  };
}

const hashOf = (token: string): string => hash("sha256", token);

const same = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

function judged(caller: Caller, now: number): Caller {
  if (caller.blocked) throw refusal("Authentication Error, Key is blocked. Ask an administrator to unblock it.");
  if (caller.expires !== undefined && caller.expires <= now)
    throw new GatewayError(
      "unauthenticated",
      "gateway",
      `Authentication Error - Expired Key. Key Expiry time ${new Date(caller.expires).toISOString()}. Ask for a new key.`,
      { type: "expired_key", code: "401" },
    );
  return caller;
}

/** Not to be able to look is no reason to call a key unknown: clients throw such keys away. */
const unavailability = (cause: unknown): GatewayError =>
  new GatewayError("overloaded", "gateway", "Keys cannot be checked at the moment. Try again in a few seconds.", {
    retryAfter: 5,
    cause,
  });

function unavailable(cause: unknown): never {
  throw unavailability(cause);
}

async function inTime(looking: Promise<Caller>): Promise<Caller> {
  let late: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    late = setTimeout(reject, longestLookUp, unavailability("the database did not answer in time"));
  });
  try {
    return await Promise.race([looking, patience]);
  } finally {
    clearTimeout(late);
  }
}

const refusal = (message: string): GatewayError =>
  new GatewayError("unauthenticated", "gateway", message, { type: "auth_error", code: "401" });

const unknown = (): GatewayError =>
  new GatewayError(
    "unauthenticated",
    "gateway",
    "Authentication Error, Invalid proxy server token passed. The key is unknown or was deleted.",
    {
      type: "token_not_found_in_db",
      param: "key",
      code: "401",
    },
  );

function forgetFirst<V>(map: Map<string, V>, tell: (value: V) => void): void {
  const [first] = map;
  if (!first) return;
  map.delete(first[0]);
  tell(first[1]);
}

const everything = { all: true, names: new Set<string>(), patterns: [] };

const nobody = { access: everything, aliases: {}, routes: [], scopes: [], blocked: false, metadata: {} };

const admin: Caller = { ...nobody, role: "admin", keyId: "admin", keyName: "admin", userId: "default_user_id" };

const anonymous: Caller = { ...nobody, role: "anonymous", keyId: "anonymous" };
