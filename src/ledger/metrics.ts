/** Counts calls as they end, in a microsecond each, and tells the counts to Prometheus when it asks. */

import type { CallRecord } from "../canonical/call-record.ts";
import { kindOfStatus } from "../canonical/error.ts";
import type { DeploymentFacts } from "../exchange.ts";
import type { SinkState } from "./deliver.ts";
import { errorClass } from "./error-class.ts";
import { type Definition, definitions, type Label } from "./metrics-definitions.ts";
import { watchProcess } from "./metrics-process.ts";
import { addTime, createSeriesTable, type Histogram, other, type Series, type SeriesLimits } from "./metrics-series.ts";
import { addHistogram, type Family, familyText, isEmpty, labelText, type Pairs } from "./metrics-text.ts";

export interface Metrics {
  observe(record: CallRecord): void;
  /** Everything, in Prometheus' text format. Works in slices: requests go on meanwhile. */
  render(scrape: Scrape): Promise<string>;
  stop(): void;
}

/** What is known only when Prometheus asks. */
interface Scrape {
  /** Before the names of the metrics that dashboards look for. */
  readonly prefix: string;
  readonly deployments: readonly { readonly facts: DeploymentFacts; readonly resting: boolean }[];
}

export interface MetricsParts {
  readonly sinks: () => readonly SinkState[];
  /** Records that the journal could not write yet. */
  readonly journalWaiting: () => number;
  readonly limits?: SeriesLimits;
}

/** Failed attempts by deployment, status and model; more sets than this are counted as one. */
const mostFailures = 5000;
/** Sets of labels that are worked on in one turn of the event loop. */
const slice = 500;

interface Failures {
  readonly deployment: string;
  readonly status: number;
  readonly model: string;
  count: number;
}

export function createMetrics({ sinks, journalWaiting, limits }: MetricsParts): Metrics {
  const table = createSeriesTable(limits);
  const failures = new Map<string, Failures>();
  const process = watchProcess();

  const countFailure = (deployment: string, status: number, model: string): void => {
    const name = `${deployment}\n${status}\n${model}`;
    const known = failures.get(name);
    if (known) known.count++;
    else if (model !== other && (failures.size >= mostFailures || model.length > 256))
      countFailure(deployment, status, other);
    else failures.set(name, { deployment, status, model, count: 1 });
  };

  const countAttempts = ({ attempts, outcome, error, deployment, model }: CallRecord): void => {
    for (const attempt of attempts) if (attempt.status >= 400) countFailure(attempt.deployment, attempt.status, model);
    // An answer that began well and broke off.
    const last = attempts.at(-1);
    if (outcome === "failed" && error?.source === "upstream" && deployment !== undefined && last?.status === 200)
      countFailure(deployment, error.status, model);
  };

  return {
    observe(record) {
      const series = table.of(record);
      // Of a call that was counted already, only what it came to is new; and what is counted never falls.
      if (record.settles === undefined) series.requests++;
      series.spend += Math.max(0, record.cost);
      if (record.usage) {
        series.input += record.usage.totalInput;
        series.output += record.usage.totalOutput;
      }
      if (record.fallbacks > 0) series.fellBack++;
      if (record.settles !== undefined) return;
      if (record.outcome === "answered") countTimes(record, table.timesOf(series));
      if (record.outcome !== "answered" || record.attempts.length > 1) countAttempts(record);
    },
    async render({ prefix, deployments }) {
      const all = [...table.all];
      const facts = new Map(deployments.map((deployment) => [deployment.facts.id, deployment.facts]));
      const parts: string[] = [];
      for (const definition of definitions) {
        const family = await familyOf(definition, all, prefix);
        if (family.values.size > 0) parts.push(familyText(family));
      }
      const failed = [...failures.values()];
      for (const family of [
        ...deploymentFamilies({ all, failed, facts, prefix }),
        statesOf(deployments, prefix),
        ...sinkFamilies(sinks(), prefix),
        gauge("gatehouse_journal_waiting_records", "Records that wait for the disk.", journalWaiting()),
        gauge("gatehouse_metrics_label_sets", "Sets of labels that calls are counted by.", table.size),
        ...process.families(),
      ])
        if (family.values.size > 0) parts.push(familyText(family));
      return parts.join("");
    },
    stop: () => process.stop(),
  };
}

function countTimes(record: CallRecord, times: NonNullable<Series["times"]>): void {
  const { began, ended, firstEventAt, upstreamMilliseconds: upstream, usage, stream } = record;
  const total = (ended - began) / 1000;
  addTime(times.total, total);
  if (stream && firstEventAt !== undefined) addTime(times.firstEvent, (firstEventAt - began) / 1000);
  if (upstream === undefined) return;
  const seconds = upstream / 1000;
  addTime(times.vendor, seconds);
  addTime(times.overhead, Math.max(0, total - seconds));
  if (usage && usage.totalOutput > 0) addTime(times.perToken, seconds / usage.totalOutput);
}

const pairsOf = (labels: readonly Label[], series: Series, prefix: string): Pairs =>
  labels.map(([name, read]) => [name.replace("@", prefix), read(series.labels)]);

async function familyOf(definition: Definition, all: readonly Series[], prefix: string): Promise<Family> {
  const name = prefix + definition.name;
  const { help, labels } = definition;
  const numbers = new Map<string, number>();
  const histograms = new Map<string, Histogram>();
  for (const [index, series] of all.entries()) {
    if (index % slice === slice - 1) await nextTurn();
    if (definition.type === "counter") {
      const value = definition.read(series);
      if (value > 0) add(numbers, labelText(pairsOf(labels, series, prefix)), value);
    } else if (series.times) {
      const value = definition.read(series.times);
      if (!isEmpty(value)) addHistogram(histograms, labelText(pairsOf(labels, series, prefix)), value);
    }
  }
  return definition.type === "counter"
    ? { name, help, type: "counter", values: numbers }
    : { name, help, type: "histogram", values: histograms };
}

interface Deployments {
  readonly all: readonly Series[];
  readonly failed: readonly Failures[];
  readonly facts: ReadonlyMap<string, DeploymentFacts>;
  readonly prefix: string;
}

function deploymentFamilies({ all, failed, facts, prefix }: Deployments): readonly Family[] {
  const failures = new Map<string, number>();
  const total = new Map<string, number>();
  for (const { deployment, status, model, count } of failed) {
    const pairs: Pairs = [["requested_model", model], ...deploymentPairs(deployment, facts.get(deployment), prefix)];
    add(total, labelText(pairs), count);
    const cause: Pairs = [
      ["exception_status", String(status)],
      ["exception_class", errorClass(kindOfStatus(status))],
    ];
    add(failures, labelText([...pairs, ...cause]), count);
  }
  for (const { labels, requests } of all) {
    if (labels.outcome !== "answered" || labels.deployment === "") continue;
    const known = {
      id: labels.deployment,
      provider: labels.provider,
      model: labels.vendorModel,
      apiBase: labels.apiBase,
    };
    add(total, labelText([["requested_model", labels.model], ...deploymentPairs(known.id, known, prefix)]), requests);
  }
  return [
    {
      name: `${prefix}deployment_failure_responses`,
      help: "Attempts at a deployment that failed.",
      type: "counter",
      values: failures,
    },
    { name: `${prefix}deployment_total_requests`, help: "Attempts at a deployment.", type: "counter", values: total },
  ];
}

const deploymentPairs = (id: string, facts: DeploymentFacts | undefined, prefix: string): Pairs => [
  [`${prefix}model_name`, facts?.model ?? ""],
  ["model_id", id],
  ["api_base", facts?.apiBase ?? ""],
  ["api_provider", facts?.provider ?? ""],
];

function statesOf(deployments: Scrape["deployments"], prefix: string): Family {
  const values = new Map<string, number>();
  for (const { facts, resting } of deployments)
    values.set(labelText(deploymentPairs(facts.id, facts, prefix)), resting ? 2 : 0);
  const help = "How a deployment is: 0 healthy, 1 in part, 2 resting after failures.";
  return { name: `${prefix}deployment_state`, help, type: "gauge", values };
}

function sinkFamilies(states: readonly SinkState[], prefix: string): readonly Family[] {
  const told = (label: string, read: (state: SinkState) => number) =>
    new Map(states.map((state) => [labelText([[label, state.name]]), read(state)]));
  return [
    {
      name: `${prefix}callback_logging_failures_metric`,
      help: "Attempts to deliver records to a sink that failed.",
      type: "counter",
      values: told("callback_name", ({ failures }) => failures),
    },
    {
      name: "gatehouse_sink_delivered_records",
      help: "Records that a sink took.",
      type: "counter",
      values: told("sink", ({ delivered }) => delivered),
    },
    {
      name: "gatehouse_sink_dropped_records",
      help: "Records that a sink never got.",
      type: "counter",
      values: told("sink", ({ dropped }) => dropped),
    },
    {
      name: "gatehouse_sink_waiting_records",
      help: "Records that wait for a sink.",
      type: "gauge",
      values: told("sink", ({ waiting }) => waiting),
    },
    {
      name: "gatehouse_sink_waiting_bytes",
      help: "About how much memory they hold.",
      type: "gauge",
      values: told("sink", ({ bytes }) => bytes),
    },
  ];
}

const gauge = (name: string, help: string, value: number): Family => ({
  name,
  help,
  type: "gauge",
  values: new Map([["", value]]),
});

const add = (to: Map<string, number>, labels: string, value: number): void => {
  to.set(labels, (to.get(labels) ?? 0) + value);
};

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
