/** What an endpoint of the administration is: declared once, and checked, answered, audited and documented from that. */

import type { z } from "zod";
import type { Caller } from "../../canonical/caller.ts";
import { GatewayError } from "../../canonical/error.ts";
import type { NewKeys } from "../../config/config.ts";
import type { Meters } from "../../state/counters/meters.ts";
import type { Database } from "../../state/database/open.ts";
import { detailOf } from "./validation.ts";

/** What an endpoint works with; made by the door for each request. */
export interface AdminContext {
  readonly database: Database;
  readonly caller: Caller;
  readonly meters: Meters;
  /** The operator's rules for keys; undefined: there are none. */
  readonly newKeys?: NewKeys;
  now(): number;
  /** This key was changed: whatever is remembered of it here is to be forgotten at once. */
  invalidate(keyId: string): void;
}

interface AdminRequest {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface AdminAnswer {
  readonly status: number;
  readonly body: unknown;
  /** What was changed, for the audit log: no secret. */
  readonly audit?: { readonly action: string; readonly subject: string };
}

export interface AdminEndpoint {
  readonly method: "GET" | "POST";
  readonly paths: readonly string[];
  /** "key": whoever has a valid key; the endpoint itself sees to it that nobody sees what is not theirs. */
  readonly role: "admin" | "key" | "public";
  readonly summary: string;
  /** Where the input comes from, and its shape for the documentation. */
  readonly input?: { readonly from: "query" | "body"; readonly schema: z.ZodType };
  /** `input` as it came: the parsed body, or the query's fields. Refusals are thrown; a wrong input is answered with 422. */
  run(context: AdminContext, input: unknown, request: AdminRequest): Promise<AdminAnswer>;
}

interface Declaration<S extends z.ZodType> extends Omit<AdminEndpoint, "input" | "run"> {
  readonly input: { readonly from: "query" | "body"; readonly schema: S };
  run(context: AdminContext, input: z.output<S>, request: AdminRequest): Promise<AdminAnswer>;
}

export function endpoint<S extends z.ZodType>(declaration: Declaration<S>): AdminEndpoint {
  const { from, schema } = declaration.input;
  return {
    ...declaration,
    run: async (context, input, request) => {
      checkRole(declaration.role, context.caller);
      const read = schema.safeParse(input ?? {});
      if (!read.success) return { status: 422, body: { detail: detailOf(read.error, from) } };
      return declaration.run(context, read.data, request);
    },
  };
}

/** The door asks this too; here it stands so that no endpoint can be mounted without it. */
function checkRole(role: AdminEndpoint["role"], caller: Caller): void {
  if (role === "public" || caller.role === "admin") return;
  if (role === "key" && caller.role === "key") return;
  throw new GatewayError("forbidden", "client", "This endpoint is for administrators. Use the admin key.", {
    type: "auth_error",
  });
}
