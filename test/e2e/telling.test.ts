/** What the gateway tells of the calls it served: metrics, a file of records, a webhook, traces. */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adminKey, type Running, startGateway } from "./gateway.ts";

const received: { readonly path: string; readonly key: string | undefined; readonly body: any }[] = [];
const collector = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const key = request.headers["x-key"];
    received.push({ path: request.url ?? "", key: String(key), body: JSON.parse(Buffer.concat(pieces).toString()) });
    response.end("{}");
  });
});

let gateway: Running;
const ask = (body: object, key = adminKey) =>
  gateway.post("/v1/chat/completions", { messages: [{ role: "user", content: "hello" }], ...body }, key);
const recordsFile = () => join(gateway.dataDir, "records.ndjson");
const records = (): any[] =>
  existsSync(recordsFile())
    ? readFileSync(recordsFile(), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
    : [];

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error("it did not come to pass");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

beforeAll(async () => {
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  gateway = await startGateway({
    config: {
      model_list: [{ model_name: "echo", litellm_params: { model: "mock/echo" } }],
      litellm_settings: { callbacks: ["file", "otel", "mine"], require_auth_for_metrics_endpoint: true },
      callback_settings: {
        file: { flush_interval: 0.05 },
        otel: { flush_interval: 0.05 },
        mine: {
          callback_type: "generic_api",
          endpoint: `${url}/hook`,
          headers: { "x-key": "os.environ/HOOK_KEY" },
          event_types: ["llm_api_failure"],
          flush_interval: 0.05,
        },
      },
      general_settings: { master_key: adminKey },
    },
    env: {
      HOOK_KEY: "hook-secret",
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=otel%20secret",
      OTEL_SERVICE_NAME: "front",
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  collector.close();
});

describe("after a call, a stream and a refusal", () => {
  let key: string;
  beforeAll(async () => {
    key = await gateway.newKey({ key_alias: "teller" });
    for (const body of [{ model: "echo" }, { model: "echo", stream: true }, { model: "nobody" }])
      await (await ask(body, key)).arrayBuffer();
    await until(() => records().length >= 3);
  });

  it("the file holds a line for each", () => {
    expect(records().map(({ status, stream }) => [status, stream])).toEqual([
      ["success", false],
      ["success", true],
      ["failure", false],
    ]);
    expect(records()[0]).toMatchObject({
      model_group: "echo",
      custom_llm_provider: "mock",
      metadata: { user_api_key_alias: "teller" },
    });
    expect(records()[0].total_tokens).toBeGreaterThan(0);
  });

  it("the metrics count them, under the names that dashboards know", async () => {
    const answer = await gateway.get("/metrics");
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await answer.text();
    const counted = (name: string, label: string): number =>
      text
        .split("\n")
        .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    expect(counted("litellm_proxy_total_requests_metric_total", 'api_key_alias="teller"')).toBe(3);
    expect(counted("litellm_proxy_failed_requests_metric_total", 'api_key_alias="teller"')).toBe(1);
    expect(counted("litellm_request_total_latency_metric_count", 'requested_model="echo"')).toBe(2);
    expect(counted("litellm_llm_api_time_to_first_token_metric_count", 'model="echo"')).toBe(1);
    expect(text).toContain("process_resident_memory_bytes ");
    expect(text).toContain('gatehouse_sink_dropped_records_total{sink="file"} 0');
  });

  it("the webhook heard of the failure alone, with the operator's header", async () => {
    await until(() => received.some(({ path }) => path === "/hook"));
    const told = received.filter(({ path }) => path === "/hook");
    expect(told.map((one) => one.key)).toEqual(["hook-secret"]);
    expect(told.flatMap(({ body }) => body)).toMatchObject([{ status: "failure", model_group: "nobody" }]);
  });

  it("the collector got a span for each", async () => {
    const spans = (): any[] =>
      received
        .filter(({ path }) => path === "/v1/traces")
        .flatMap(({ body }) => body.resourceSpans.flatMap((one: any) => one.scopeSpans[0].spans));
    await until(() => spans().length === 3);
    expect(spans().map(({ name }) => name)).toEqual(["chat echo", "chat echo", "chat nobody"]);
    expect(received.find(({ path }) => path === "/v1/traces")?.key).toBe("otel secret");
  });
});

describe("where the metrics need a key, they are told to", () => {
  it("nobody without one", async () => {
    expect((await fetch(`${gateway.url}/metrics`)).status).toBe(401);
  });

  it("no key that was made for something else", async () => {
    const answer = await gateway.get("/metrics", await gateway.newKey());
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain("allowed routes");
  });

  it("a key that was made for them", async () => {
    expect((await gateway.get("/metrics", await gateway.newKey({ allowed_routes: ["/metrics"] }))).status).toBe(200);
  });
});
