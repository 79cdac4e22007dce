/** The endpoint that tells what was spent: sums for each day from the roll-ups, or the calls themselves, newest first. */

import { z } from "zod";
import type { Caller } from "../../canonical/caller.ts";
import { GatewayError, invalid } from "../../canonical/error.ts";
import { type LogCursor, type LogFilter, readLog } from "../../state/database/request-log.ts";
import { type DailySum, type Dimension, dailySums } from "../../state/database/rollups.ts";
import { type AdminAnswer, type AdminContext, endpoint } from "./endpoint.ts";
import { between, dollars, name, text, truth } from "./fields.ts";
import { tokenFrom } from "./keys.ts";
import { logRowOf } from "./log-row.ts";

const day = 86_400_000;
const mostDays = 3700;

const querySchema = z.object({
  api_key: text.nullish(),
  user_id: name.nullish(),
  team_id: name.nullish(),
  end_user: name.nullish(),
  session_id: name.nullish(),
  model: name.nullish(),
  request_id: name.nullish(),
  start_date: text.nullish(),
  end_date: text.nullish(),
  summarize: truth.nullish(),
  limit: between(1, 1000).default(100),
  before: name.nullish(),
});
type Query = z.output<typeof querySchema>;

export const spendLogs = endpoint({
  method: "GET",
  paths: ["/spend/logs"],
  role: "key",
  summary:
    "Tell what was spent. With both dates: sums for each day (summarize=false: the calls themselves). Else the calls, newest first; `before` takes the last request_id of a page.",
  input: { from: "query", schema: querySchema },
  run: async (context, query) => {
    const filter = confined(context.caller, filterOf(query));
    const { from, to } = filter;
    if (from !== undefined && to !== undefined && query.summarize !== false && isSum(query))
      return summary(context, filter, from, to);
    const before = query.before ? await cursorOf(context, filter, query.before) : undefined;
    const rows = await readLog(context.database, filter, query.limit, before);
    return { status: 200, body: rows.map(logRowOf) };
  },
});

const given = <N extends keyof LogFilter>(field: N, value: LogFilter[N] | null | ""): Pick<LogFilter, N> | object =>
  value === undefined || value === null || value === "" ? {} : { [field]: value };

const filterOf = (query: Query): LogFilter => ({
  ...given("id", query.request_id),
  ...given("keyId", query.api_key && (query.api_key === "admin" ? "admin" : tokenFrom(query.api_key))),
  ...given("userId", query.user_id),
  ...given("teamId", query.team_id),
  ...given("endUser", query.end_user),
  ...given("sessionId", query.session_id),
  ...given("model", query.model),
  ...given("from", query.start_date && momentOf(query.start_date, "start_date", "begin")),
  ...given("to", query.end_date && momentOf(query.end_date, "end_date", "end")),
});

/** Sums are kept by key and by user; whoever asks for anything narrower gets the calls. */
const isSum = ({ request_id, team_id, end_user, session_id, model, before }: Query): boolean =>
  [request_id, team_id, end_user, session_id, model, before].every((value) => !value);

/** Whoever is no administrator sees the calls of their own key, or of their own user where they ask for that. */
function confined(caller: Caller, filter: LogFilter): LogFilter {
  if (caller.role === "admin") return filter;
  const isOwnUser = filter.userId !== undefined && filter.userId === caller.userId;
  const isOwnKey = filter.keyId === undefined || filter.keyId === caller.keyId;
  if (isOwnUser) return filter;
  if (filter.userId !== undefined || !isOwnKey)
    throw new GatewayError(
      "forbidden",
      "client",
      "These calls belong to somebody else: a key sees its own, and those of its user.",
      {
        type: "auth_error",
      },
    );
  return { ...filter, keyId: caller.keyId };
}

/** "2026-10-07", a date of which the whole day belongs to the span, or a moment in ISO 8601. UTC unless it says otherwise. */
function momentOf(given: string, param: string, side: "begin" | "end"): number {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(given);
  const isMoment = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/.test(given);
  const isZoned = /(Z|[+-]\d{2}:?\d{2})$/.test(given.slice(10));
  const time = isDay
    ? Date.parse(given)
    : isMoment
      ? Date.parse(`${given.replace(" ", "T")}${isZoned ? "" : "Z"}`)
      : Number.NaN;
  if (!Number.isFinite(time) || time < 0)
    throw invalid(
      param,
      `${param}: ${JSON.stringify(given.slice(0, 40))} is no date. Give one like "2026-10-07" or "2026-10-07T12:00:00Z".`,
    );
  return isDay && side === "end" ? time + day - 1 : time;
}

async function cursorOf(context: AdminContext, filter: LogFilter, id: string): Promise<LogCursor> {
  const rows = await readLog(context.database, { ...filter, id }, 2);
  const row = rows.find((one) => one.id === id);
  if (!row)
    throw invalid(
      "before",
      "before: there is no such call among those you asked for. Give the request_id of the last one of the page before.",
    );
  return { began: row.began, id: row.id };
}

interface Day {
  spend: number;
  readonly keys: Map<string, number>;
  readonly users: Map<string, number>;
  readonly models: Map<string, number>;
}

async function summary(
  context: AdminContext,
  { keyId, userId }: LogFilter,
  from: number,
  to: number,
): Promise<AdminAnswer> {
  if (to < from) throw invalid("end_date", "end_date is before start_date.");
  if (to - from > mostDays * day) throw invalid("start_date", `start_date: at most ${mostDays} days per request.`);
  const sums = (dimension: Dimension, value: string | undefined): Promise<readonly DailySum[]> =>
    dailySums(context.database, {
      dimension,
      from,
      to,
      ...(value === undefined ? {} : { value }),
      ...(keyId === undefined ? {} : { keyId }),
    });
  // Each call is in exactly one sum by key; by user only where it has one.
  const byKey = userId === undefined ? await sums("key", undefined) : [];
  const byUser = await sums("user", userId);
  const days = new Map<number, Day>();
  const dayOf = (began: number): Day => {
    const known = days.get(began) ?? { spend: 0, keys: new Map(), users: new Map(), models: new Map() };
    days.set(began, known);
    return known;
  };
  for (const sum of byKey) {
    const entry = dayOf(sum.day);
    entry.spend += sum.cost;
    add(entry.keys, sum.value, sum.cost);
    add(entry.models, sum.model, sum.cost);
  }
  for (const sum of byUser) {
    const entry = dayOf(sum.day);
    add(entry.users, sum.value, sum.cost);
    if (userId === undefined) continue;
    entry.spend += sum.cost;
    add(entry.models, sum.model, sum.cost);
  }
  return { status: 200, body: [...filled(days, from, to)].map(([began, entry]) => dayView(began, entry)) };
}

const add = (sums: Map<string, number>, value: string, cost: number): void => {
  sums.set(value, (sums.get(value) ?? 0) + cost);
};

/** From the first day with calls on, no day is left out; where there is none, there is nothing to tell. */
function* filled(days: ReadonlyMap<number, Day>, from: number, to: number): Generator<readonly [number, Day]> {
  if (days.size === 0) return;
  const first = Math.max(Math.min(...days.keys()), from - (from % day));
  for (let began = first; began <= to; began += day)
    yield [began, days.get(began) ?? { spend: 0, keys: new Map(), users: new Map(), models: new Map() }];
}

function dayView(began: number, { spend, keys, users, models }: Day): Readonly<Record<string, unknown>> {
  const inDollars = (sums: ReadonlyMap<string, number>): Readonly<Record<string, number>> =>
    Object.fromEntries([...sums].map(([value, cost]) => [value, dollars(cost)]));
  return {
    ...inDollars(keys),
    startTime: new Date(began).toISOString().slice(0, 10),
    spend: dollars(spend),
    users: inDollars(users),
    models: inDollars(models),
  };
}
