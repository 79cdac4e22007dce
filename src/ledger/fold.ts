/** What is known of an exchange when it ends, folded into the one line that the log keeps. Pure. */

import type { CallRecord } from "../canonical/call-record.ts";
import type { GatewayError } from "../canonical/error.ts";
import { inputTokens, outputTokens, type Usage } from "../canonical/usage.ts";
import type { Notes } from "../exchange.ts";

export interface Close {
  readonly id: string;
  readonly operation: string;
  readonly ended: number;
  readonly outcome: CallRecord["outcome"];
  readonly error?: GatewayError;
}

export function fold(notes: Notes, { id, operation, ended, outcome, error = notes.error }: Close): CallRecord {
  const { caller, deployment, cost, cache, usage } = notes;
  return {
    id,
    began: notes.began,
    ended,
    outcome,
    status: statusOf(outcome, error),
    route: notes.route,
    operation,
    stream: notes.stream ?? false,
    model: notes.model ?? "",
    cost: cost?.total ?? 0,
    costInput: cost?.input ?? 0,
    costOutput: cost?.output ?? 0,
    costTools: cost?.tools ?? 0,
    cacheHit: cache?.hit ?? false,
    tags: notes.tags ?? [],
    retries: notes.retries,
    fallbacks: notes.fallbacks,
    attempts: notes.attempts,
    scopes: caller ? caller.scopes.map((scope) => scope.id) : [],
    ...present({
      firstEventAt: notes.firstEventAt,
      keyId: caller?.keyId,
      keyAlias: caller?.keyAlias,
      userId: caller?.userId,
      teamId: caller?.teamId,
      organizationId: caller?.organizationId,
      endUser: notes.endUser,
      group: notes.group,
      deployment: deployment?.id,
      provider: deployment?.provider,
      vendorModel: deployment?.model,
      apiBase: deployment?.apiBase,
      usage: usage && counted(usage),
      cacheKey: cache?.key,
      finish: notes.finish,
      sessionId: notes.sessionId,
      traceId: notes.traceId,
      address: notes.address,
      userAgent: notes.userAgent,
      verdicts: notes.verdicts,
      lost: notes.lost,
      error: error && told(error),
      upstreamMilliseconds: lasted(notes),
      metadata: notes.metadata,
    }),
  };
}

function statusOf(outcome: CallRecord["outcome"], error: GatewayError | undefined): number {
  if (error) return error.status;
  return outcome === "abandoned" ? 499 : 200;
}

const counted = (usage: Usage): CallRecord["usage"] => ({
  input: usage.input,
  cacheRead: usage.cacheRead ?? 0,
  cacheWrite: (usage.cacheWrite ?? 0) + (usage.cacheWriteLong ?? 0),
  output: usage.output,
  reasoning: usage.reasoning ?? 0,
  totalInput: inputTokens(usage),
  totalOutput: outputTokens(usage),
  estimated: usage.estimated ?? false,
});

const told = ({ kind, source, message, status }: GatewayError): CallRecord["error"] => ({
  kind,
  source,
  message: message.slice(0, 2000),
  status,
});

const lasted = ({ upstreamBegan, upstreamEnded }: Notes): number | undefined =>
  upstreamBegan === undefined || upstreamEnded === undefined ? undefined : upstreamEnded - upstreamBegan;

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the fields that nobody knows. */
function present<T extends object>(fields: T): Present<T> {
  const known: Present<T> = {};
  for (const key in fields)
    if (fields[key] !== undefined) known[key] = fields[key] as Exclude<T[typeof key], undefined>;
  return known;
}
