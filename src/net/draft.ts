/** An HTTP request that has not been sent, and the answer to one that has. */

import type { Cancel } from "../canonical/cancel.ts";
import type { GatewayError } from "../canonical/error.ts";

export interface Draft {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export interface SendOptions {
  readonly cancel?: Cancel;
  /** Milliseconds until the head of the answer must be there, the wait for a connection included; and all of it, where it is read in one. */
  readonly headTimeout: number;
  /** Milliseconds that may pass between two pieces of the body. */
  readonly idleTimeout: number;
  /** Most bytes of a whole body; a longer one is an error. */
  readonly maxBytes: number;
  /** "configured": the operator named this origin, private addresses are fine. "public": it came from elsewhere. */
  readonly egress: "configured" | "public";
}

export interface Answer {
  readonly status: number;
  /** Lower-case names; repeated headers are joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body. May be called once, and not together with `chunks`. */
  bytes(): Promise<Uint8Array>;
  /** The body as it arrives. Whoever stops reading closes the connection. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Lets go of the body; whoever reads it is told the reason. */
  discard(reason?: GatewayError): void;
}

/** Adds what a vendor knows us by. Made once per deployment, so that the secret stays inside. */
export interface Sign {
  (draft: Draft): Draft | Promise<Draft>;
  /**
   * Told that the vendor refused what a signed draft carried. True: that was fetched, is forgotten, and signing once more
   * brings another.
   */
  readonly forget?: (signed: Draft, status: number) => boolean;
  /** What was fetched and is in use, for whoever has to keep it out of sight. */
  readonly secret?: () => string | undefined;
}

export type Send = (draft: Draft, options: SendOptions) => Promise<Answer>;
