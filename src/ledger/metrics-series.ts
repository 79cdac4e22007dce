/** What is counted for one set of labels, and the bounded table of all such sets. */

import type { CallRecord } from "../canonical/call-record.ts";

/** Upper bounds in seconds: from what a cache answers in to what a reasoning model thinks. */
export const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300] as const;

export interface Histogram {
  /** By bucket, not yet summed up; the last is for what is above all bounds. */
  readonly counts: Float64Array;
  sum: number;
}

export const histogram = (): Histogram => ({ counts: new Float64Array(bounds.length + 1), sum: 0 });

export function addTime(to: Histogram, seconds: number): void {
  let bucket = 0;
  while (bucket < bounds.length && seconds > (bounds[bucket] ?? 0)) bucket++;
  to.counts[bucket] = (to.counts[bucket] ?? 0) + 1;
  to.sum += seconds;
}

export interface Times {
  readonly total: Histogram;
  readonly vendor: Histogram;
  readonly firstEvent: Histogram;
  readonly overhead: Histogram;
  readonly perToken: Histogram;
}

/** Every label that any metric has; a metric shows some of them. */
export interface Labels {
  readonly keyId: string;
  readonly keyAlias: string;
  readonly teamId: string;
  readonly userId: string;
  /** As the client named it. */
  readonly model: string;
  readonly group: string;
  readonly deployment: string;
  readonly provider: string;
  readonly vendorModel: string;
  readonly apiBase: string;
  readonly route: string;
  readonly status: string;
  /** Our kind of error; "" for none. */
  readonly error: string;
  readonly outcome: CallRecord["outcome"];
}

export interface Series {
  readonly labels: Labels;
  requests: number;
  /** Nano-dollars. */
  spend: number;
  input: number;
  output: number;
  /** Calls that another group than the one asked for had to answer. */
  fellBack: number;
  times: Times | undefined;
}

export interface SeriesTable {
  of(record: CallRecord): Series;
  timesOf(series: Series): Times;
  readonly all: Iterable<Series>;
  readonly size: number;
}

/** Clients choose some labels, and what fails costs them nothing: it must not crowd out what was answered. */
export interface SeriesLimits {
  readonly answered: number;
  readonly others: number;
  /** Sets that have histograms, each of which is a hundred lines of text. */
  readonly timed: number;
}

const usualLimits: SeriesLimits = { answered: 8000, others: 2000, timed: 1000 };

/** A longer name is no model's. */
const longestName = 256;

export const other = "other";

export function createSeriesTable(limits: SeriesLimits = usualLimits): SeriesTable {
  const table = new Map<string, Series>();
  let answered = 0;
  let others = 0;
  let timed = 0;

  /** Where sets go that found no room: apart by how they ended, so that the sums stay right. */
  const rest = (outcome: CallRecord["outcome"], status: string): Series => {
    const name = `${other}\n${outcome}\n${status}`;
    let series = table.get(name);
    if (!series) {
      series = empty(restLabels(outcome, status));
      table.set(name, series);
    }
    return series;
  };

  const create = (name: string, record: CallRecord): Series => {
    const isAnswered = record.outcome === "answered";
    const isFull = isAnswered ? answered >= limits.answered : others >= limits.others;
    if (isFull || name.length > longestName * 8 || record.model.length > longestName)
      return rest(record.outcome, String(record.status));
    if (isAnswered) answered++;
    else others++;
    const series = empty(labelsOf(record));
    table.set(name, series);
    return series;
  };

  return {
    of(record) {
      const { keyId, keyAlias, teamId, userId, model, group, deployment, route, status, error, outcome } = record;
      const name = `${keyId}\n${keyAlias}\n${teamId}\n${userId}\n${model}\n${group}\n${deployment}\n${route}\n${status}\n${error?.kind}\n${outcome}`;
      return table.get(name) ?? create(name, record);
    },
    timesOf(series) {
      if (series.times) return series.times;
      if (timed >= limits.timed && series.labels.keyId !== other) {
        const { outcome, status } = series.labels;
        return this.timesOf(rest(outcome, status));
      }
      timed++;
      series.times = {
        total: histogram(),
        vendor: histogram(),
        firstEvent: histogram(),
        overhead: histogram(),
        perToken: histogram(),
      };
      return series.times;
    },
    get all() {
      return table.values();
    },
    get size() {
      return table.size;
    },
  };
}

const empty = (labels: Labels): Series => ({
  labels,
  requests: 0,
  spend: 0,
  input: 0,
  output: 0,
  fellBack: 0,
  times: undefined,
});

const labelsOf = (record: CallRecord): Labels => ({
  keyId: record.keyId ?? "",
  keyAlias: record.keyAlias ?? "",
  teamId: record.teamId ?? "",
  userId: record.userId ?? "",
  model: record.model,
  group: record.group ?? "",
  deployment: record.deployment ?? "",
  provider: record.provider ?? "",
  vendorModel: record.vendorModel ?? "",
  apiBase: record.apiBase ?? "",
  route: record.route,
  status: String(record.status),
  error: record.error?.kind ?? "",
  outcome: record.outcome,
});

const restLabels = (outcome: CallRecord["outcome"], status: string): Labels => ({
  keyId: other,
  keyAlias: other,
  teamId: other,
  userId: other,
  model: other,
  group: other,
  deployment: other,
  provider: other,
  vendorModel: other,
  apiBase: other,
  route: other,
  status,
  error: outcome === "answered" ? "" : other,
  outcome,
});
