/** What only speakers of the client's language can be told, and without which a request would mean something else. */

import type { Operation, RequestOf } from "../canonical/operation.ts";
import type { Exchange } from "../exchange.ts";
import type { Deployment } from "./deployment.ts";

/** The field that says it; undefined where the request can be told to anybody. */
export function heldField<O extends Operation>({ request, format }: Exchange<O>): string | undefined {
  const { held } = format.request;
  const value: RequestOf<Operation> = request.value;
  if (!held || !("messages" in value)) return undefined;
  const { extra, native } = value;
  if (!extra && !native) return undefined;
  return held.find((name) => (extra?.[name] ?? native?.fields[name] ?? undefined) !== undefined);
}

export const speaks = <O extends Operation>(deployment: Deployment, { operation, format }: Exchange<O>): boolean =>
  deployment.plan(operation, format.id)?.route.format.id === format.id;
