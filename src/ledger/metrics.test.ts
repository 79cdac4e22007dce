/** What Prometheus reads is what happened, in names that dashboards know, and there is never too much of it. */
import { afterEach, describe, expect, it } from "vitest";
import type { CallRecord } from "../canonical/call-record.ts";
import { createMetrics, type Metrics, type MetricsParts } from "./metrics.ts";

const base: CallRecord = {
  id: "1",
  began: 1_000_000,
  ended: 1_001_500,
  outcome: "answered",
  status: 200,
  route: "/v1/chat/completions",
  operation: "chat",
  stream: false,
  keyId: "hash",
  keyAlias: 'a "quoted" \\ alias\nof two lines',
  userId: "u1",
  teamId: "t1",
  model: "smart",
  group: "smart",
  deployment: "d1",
  provider: "mock",
  vendorModel: "echo-1",
  apiBase: "https://models.example/v1",
  usage: {
    input: 10,
    cacheRead: 0,
    cacheWrite: 0,
    output: 4,
    reasoning: 0,
    totalInput: 10,
    totalOutput: 4,
    estimated: false,
  },
  cost: 1_500_000_000,
  costInput: 0,
  costOutput: 0,
  costTools: 0,
  cacheHit: false,
  tags: [],
  retries: 0,
  fallbacks: 0,
  attempts: [{ deployment: "d1", provider: "mock", status: 200, milliseconds: 1400 }],
  upstreamMilliseconds: 1400,
  scopes: [],
};
const refused: CallRecord = {
  ...base,
  outcome: "refused",
  status: 429,
  cost: 0,
  attempts: [],
  error: { kind: "budget-exceeded", source: "gateway", message: "no", status: 429 },
};

const started: Metrics[] = [];
afterEach(() => {
  for (const metrics of started.splice(0)) metrics.stop();
});

function metricsOf(records: readonly CallRecord[], parts: Partial<MetricsParts> = {}): Metrics {
  const metrics = createMetrics({ sinks: () => [], journalWaiting: () => 0, ...parts });
  started.push(metrics);
  for (const record of records) metrics.observe(record);
  return metrics;
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the format as Prometheus does, and is no more lenient. */
function parse(text: string): { samples: Sample[]; types: Map<string, string> } {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.slice(0, -1).split("\n")) {
    const about = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (about) {
      const [, what, name = "", rest = ""] = about;
      if (what === "TYPE") {
        expect(types.has(name)).toBe(false);
        types.set(name, rest);
      }
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!sample) throw new Error(`no line of the format: ${line}`);
    const [, name = "", inner = "", number = ""] = sample;
    const labels: Record<string, string> = {};
    const left = inner.replace(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)/g, (_, label, value) => {
      labels[label] = value.replace(/\\(.)/g, (__: string, letter: string) => (letter === "n" ? "\n" : letter));
      return "";
    });
    expect(left).toBe("");
    const family = name.replace(/_(?:bucket|count|sum)$/, "");
    expect(types.has(name) || types.get(family) === "histogram", name).toBe(true);
    samples.push({ name, labels, value: number === "+Inf" ? Infinity : Number(number) });
  }
  const sets = samples.map(({ name, labels }) => name + JSON.stringify(labels));
  expect(new Set(sets).size).toBe(sets.length);
  return { samples, types };
}

async function scrape(metrics: Metrics, deployments: Parameters<Metrics["render"]>[0]["deployments"] = []) {
  const read = parse(await metrics.render({ prefix: "litellm_", deployments }));
  const find = (name: string) => read.samples.filter((sample) => sample.name === name);
  return { ...read, find, sum: (name: string) => find(name).reduce((sum, { value }) => sum + value, 0) };
}

describe("a call", () => {
  it("is counted with what it used and cost", async () => {
    const { find, sum } = await scrape(metricsOf([base, base, refused]));
    expect(sum("litellm_spend_metric_total")).toBe(3);
    expect(sum("litellm_input_tokens_metric_total")).toBe(30);
    expect(sum("litellm_total_tokens_metric_total")).toBe(42);
    expect(sum("litellm_proxy_total_requests_metric_total")).toBe(3);
    expect(sum("litellm_requests_metric_total")).toBe(2);
    expect(find("litellm_deployment_success_responses_total")).toMatchObject([
      {
        value: 2,
        labels: {
          litellm_model_name: "echo-1",
          model_id: "d1",
          api_base: "https://models.example/v1",
          api_provider: "mock",
          requested_model: "smart",
        },
      },
    ]);
    expect(find("litellm_proxy_failed_requests_metric_total")).toMatchObject([
      { value: 1, labels: { exception_status: "429", exception_class: "BudgetExceededError", team: "t1", user: "u1" } },
    ]);
  });

  it("keeps strange labels as they are", async () => {
    const { find } = await scrape(metricsOf([base]));
    expect(find("litellm_spend_metric_total")[0]?.labels["api_key_alias"]).toBe(base.keyAlias);
  });

  it("is timed in buckets that sum up", async () => {
    const stream = { ...base, stream: true, firstEventAt: base.began + 30 };
    const { find, types } = await scrape(metricsOf([base, stream]));
    expect(types.get("litellm_request_total_latency_metric")).toBe("histogram");
    const buckets = find("litellm_request_total_latency_metric_bucket");
    expect(buckets.map(({ labels }) => labels["le"])).toContain("+Inf");
    expect(buckets).toHaveLength(18);
    const at = (le: string) => buckets.find(({ labels }) => labels["le"] === le)?.value;
    expect([at("1"), at("2"), at("+Inf")]).toEqual([0, 2, 2]);
    expect(find("litellm_request_total_latency_metric_sum")[0]?.value).toBe(3);
    expect(find("litellm_request_total_latency_metric_count")[0]?.value).toBe(2);
    expect(find("litellm_llm_api_time_to_first_token_metric_count")[0]?.value).toBe(1);
    expect(find("litellm_overhead_latency_metric_sum")[0]?.value).toBeCloseTo(0.2);
    expect(find("litellm_deployment_latency_per_output_token_sum")[0]?.value).toBeCloseTo(0.7);
  });

  it("that another deployment had to answer is counted at both", async () => {
    const attempts = [{ deployment: "d0", provider: "mock", status: 503, milliseconds: 5 }, ...base.attempts];
    const metrics = metricsOf([{ ...base, attempts, fallbacks: 1, group: "spare" }]);
    const facts = { id: "d0", provider: "mock", model: "echo-0", apiBase: "https://other.example" };
    const { find } = await scrape(metrics, [{ facts, resting: true }]);
    expect(find("litellm_deployment_failure_responses_total")).toMatchObject([
      { value: 1, labels: { model_id: "d0", litellm_model_name: "echo-0", exception_status: "503" } },
    ]);
    expect(find("litellm_deployment_total_requests_total").map(({ value }) => value)).toEqual([1, 1]);
    expect(find("litellm_deployment_successful_fallbacks_total")).toMatchObject([
      { value: 1, labels: { requested_model: "smart", fallback_model: "spare" } },
    ]);
    expect(find("litellm_deployment_state")).toMatchObject([{ value: 2, labels: { model_id: "d0" } }]);
  });

  it("that broke off in mid-stream is its deployment's failure", async () => {
    const error = { kind: "bad-gateway", source: "upstream", message: "cut", status: 502 };
    const { find } = await scrape(metricsOf([{ ...base, outcome: "failed", status: 502, error }]));
    expect(find("litellm_deployment_failure_responses_total")).toMatchObject([
      { value: 1, labels: { model_id: "d1", exception_status: "502", exception_class: "BadGatewayError" } },
    ]);
    expect(find("litellm_deployment_success_responses_total")).toEqual([]);
  });
});

describe("label sets", () => {
  const limits = { answered: 10, others: 5, timed: 3 };

  it("are bounded, and the rest is counted as other", async () => {
    const many = Array.from({ length: 100 }, (_, index) => ({ ...base, keyId: `key-${index}` }));
    const { find, sum } = await scrape(metricsOf(many, { limits }));
    expect(sum("litellm_spend_metric_total")).toBe(150);
    const series = find("litellm_spend_metric_total");
    expect(series).toHaveLength(11);
    expect(series.find(({ labels }) => labels["hashed_api_key"] === "other")?.value).toBe(135);
    expect(find("litellm_request_total_latency_metric_count")).toHaveLength(4);
    expect(sum("litellm_request_total_latency_metric_count")).toBe(100);
  });

  it("of failures, which cost a client nothing, do not crowd out those of answers", async () => {
    const junk = Array.from({ length: 100 }, (_, index) => ({ ...refused, model: `junk-${index}` }));
    const { find, sum } = await scrape(metricsOf([...junk, base], { limits }));
    expect(sum("litellm_proxy_failed_requests_metric_total")).toBe(100);
    expect(find("litellm_proxy_failed_requests_metric_total")).toHaveLength(6);
    expect(find("litellm_spend_metric_total")[0]?.labels["hashed_api_key"]).toBe("hash");
  });

  it("hold no endless names", async () => {
    const text = await metricsOf([{ ...refused, model: "m".repeat(100_000) }]).render({ prefix: "", deployments: [] });
    expect(text.length).toBeLessThan(20_000);
  });
});

describe("the gateway itself", () => {
  it("is measured too", async () => {
    const sink = { name: "hook", delivered: 7, failures: 2, dropped: 1, waiting: 3, bytes: 4096 };
    const metrics = metricsOf([], { sinks: () => [sink], journalWaiting: () => 9 });
    const { find } = await scrape(metrics);
    const value = (name: string) => find(name)[0]?.value;
    expect(value("process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
    expect(value("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThanOrEqual(0);
    expect(value("gatehouse_journal_waiting_records")).toBe(9);
    expect(value("gatehouse_sink_dropped_records_total")).toBe(1);
    expect(find("litellm_callback_logging_failures_metric_total")).toMatchObject([
      { value: 2, labels: { callback_name: "hook" } },
    ]);
  });
});
