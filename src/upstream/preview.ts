/** What a deployment would be sent for a request: for operators who wonder what becomes of it. */

import type { Operation } from "../canonical/operation.ts";
import type { Exchange } from "../exchange.ts";
import type { Deployment } from "./deployment.ts";
import { type PrepareSettings, prepare } from "./prepare.ts";
import { notOffered, wantsSchema } from "./route.ts";

export interface Preview {
  /** Without a query and a user's name, which may be secret. */
  readonly url: string;
  /** Neither the key nor what the operator's configuration adds, which may be secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export function previewOf<O extends Operation>(
  exchange: Exchange<O>,
  deployment: Deployment,
  settings: PrepareSettings,
): Preview {
  const { operation, format, request } = exchange;
  const plan = deployment.plan(operation, format.id, wantsSchema(request.value));
  if (!plan) throw notOffered(deployment, operation);
  const { url, headers, body } = prepare(exchange, deployment, plan, settings);
  const own = new Set(Object.keys(deployment.config.headers).map((name) => name.toLowerCase()));
  const shown = Object.fromEntries(Object.entries(headers).filter(([name]) => !own.has(name)));
  const { protocol, host, pathname } = new URL(url);
  return {
    url: `${protocol}//${host}${pathname}`,
    headers: shown,
    body: body === undefined ? null : JSON.parse(typeof body === "string" ? body : Buffer.from(body).toString()),
  };
}
