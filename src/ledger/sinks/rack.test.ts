/** Every sink of the rack: what it takes, what it writes, and in whose words. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../canonical/call-record.ts";
import { Secret } from "../../canonical/secret.ts";
import { sinkKinds } from "./index.ts";
import type { Complaint, Sink, Target } from "./sink.ts";

const answered: CallRecord = {
  id: "019aa0b1-7b1c-7aaa-8bbb-0123456789ab",
  began: 1_700_000_000_000,
  ended: 1_700_000_001_500,
  firstEventAt: 1_700_000_000_250,
  outcome: "answered",
  status: 200,
  route: "/v1/chat/completions",
  operation: "chat",
  stream: true,
  keyId: "abc",
  keyAlias: "team key",
  teamId: "t1",
  model: "smart",
  group: "smart",
  deployment: "d1",
  provider: "mock",
  vendorModel: "echo-1",
  apiBase: "https://models.example:8443/v1",
  usage: {
    input: 5,
    cacheRead: 3,
    cacheWrite: 2,
    output: 7,
    reasoning: 1,
    totalInput: 10,
    totalOutput: 8,
    estimated: false,
  },
  cost: 2_500_000,
  costInput: 1_000_000,
  costOutput: 1_500_000,
  costTools: 0,
  cacheHit: false,
  finish: "stop",
  tags: ["blue"],
  retries: 0,
  fallbacks: 0,
  attempts: [{ deployment: "d1", provider: "mock", status: 200, milliseconds: 1400 }],
  upstreamMilliseconds: 1400,
  metadata: { job: "nightly" },
  scopes: [],
};
const failed: CallRecord = {
  ...answered,
  outcome: "failed",
  status: 429,
  error: { kind: "rate-limited", source: "upstream", message: "too many", status: 429 },
};

function made(id: string, options: object, complaints: Complaint[] = []): Sink {
  const kind = sinkKinds.find((one) => one.id === id);
  const sink = kind?.make(options, { name: id, version: "1.2.3", fieldPrefix: "litellm_" }, (one) =>
    complaints.push(one),
  );
  if (!sink) throw new Error(`no sink: ${JSON.stringify(complaints)}`);
  return sink;
}

function http({ target }: Sink): Target & { kind: "http" } {
  if (target.kind !== "http") throw new Error("it does not go by HTTP");
  return target;
}

describe("the rack", () => {
  it("has ids that are unique", () => {
    expect(new Set(sinkKinds.map(({ id }) => id)).size).toBe(sinkKinds.length);
  });

  it.each([
    ["webhook", { endpoint: "ftp://x.example" }, "endpoint"],
    ["webhook", { endpoint: "https://x.example", format: "xml" }, "format"],
    ["otlp", {}, "endpoint"],
    ["otlp", { endpoint: "https://x.example", batchSize: -1 }, "batchSize"],
    ["ndjson-file", { path: "" }, "path"],
  ])("refuses wrong options of %s, and names them", (id, options, path) => {
    const complaints: Complaint[] = [];
    expect(() => made(id, options, complaints)).toThrow("no sink");
    expect(complaints.map((one) => one.path)).toEqual([path]);
  });
});

describe("the webhook", () => {
  const endpoint = "https://log.example/in";

  it("writes records under the names that other tools read", () => {
    const told = JSON.parse(made("webhook", { endpoint }).encode(answered));
    expect(told).toMatchObject({
      id: answered.id,
      litellm_call_id: answered.id,
      status: "success",
      call_type: "chat",
      stream: true,
      response_cost: 0.0025,
      cost_breakdown: { input_cost: 0.001, output_cost: 0.0015, total_cost: 0.0025 },
      custom_llm_provider: "mock",
      model: "echo-1",
      model_group: "smart",
      model_id: "d1",
      prompt_tokens: 10,
      completion_tokens: 8,
      total_tokens: 18,
      startTime: 1_700_000_000,
      endTime: 1_700_000_001.5,
      completionStartTime: 1_700_000_000.25,
      response_time: 1.5,
      request_tags: ["blue"],
      metadata: { user_api_key_hash: "abc", user_api_key_team_id: "t1", requester_metadata: { job: "nightly" } },
      hidden_params: { litellm_overhead_time_ms: 100 },
    });
  });

  it("tells of failures what they were", () => {
    expect(JSON.parse(made("webhook", { endpoint }).encode(failed))).toMatchObject({
      status: "failure",
      error_str: "too many",
      error_information: { error_code: "429", error_class: "RateLimitError", llm_provider: "mock" },
    });
  });

  it("sends a list, lines, or single records", () => {
    const body = (format: string, texts: readonly string[]) =>
      http(made("webhook", { endpoint, format })).draft(texts).body;
    expect(body("json-array", ['{"a":1}', '{"b":2}'])).toBe('[{"a":1},{"b":2}]');
    expect(body("ndjson", ['{"a":1}', '{"b":2}'])).toBe('{"a":1}\n{"b":2}\n');
    expect(body("single", ['{"a":1}'])).toBe('{"a":1}');
    expect(made("webhook", { endpoint, format: "single" }).batch.records).toBe(1);
  });

  it("sends the operator's headers, secrets unveiled, and nowhere else", () => {
    const sink = made("webhook", {
      endpoint,
      headers: { Authorization: new Secret("Bearer s3cret"), "X-Team": "ops" },
    });
    expect(http(sink).draft(["{}"])).toMatchObject({
      method: "POST",
      url: endpoint,
      headers: { authorization: "Bearer s3cret", "x-team": "ops", "content-type": "application/json" },
    });
    expect(JSON.stringify(sink)).not.toContain("s3cret");
  });
});

describe("traces", () => {
  const endpoint = "http://collector:4318";

  it.each([
    ["http://c:4318", "http://c:4318/v1/traces"],
    ["http://c:4318/", "http://c:4318/v1/traces"],
    ["https://c.example/otlp/", "https://c.example/otlp/v1/traces"],
    ["https://c.example/v1/traces", "https://c.example/v1/traces"],
    ["https://c.example/v2/trace/otlp", "https://c.example/v2/trace/otlp"],
  ])("for %s go to %s", (given, url) => {
    expect(http(made("otlp", { endpoint: given })).draft([]).url).toBe(url);
  });

  it("are one span for each call, in the conventions for models", () => {
    const sink = made("otlp", { endpoint, service: "gw" });
    const sent = JSON.parse(String(http(sink).draft([sink.encode(answered), sink.encode(failed)]).body));
    expect(sent.resourceSpans[0].resource.attributes[0]).toEqual({ key: "service.name", value: { stringValue: "gw" } });
    const [span, broken] = sent.resourceSpans[0].scopeSpans[0].spans;
    expect(span).toMatchObject({
      traceId: "019aa0b17b1c7aaa8bbb0123456789ab",
      spanId: "8bbb0123456789ab",
      name: "chat smart",
      kind: 3,
      startTimeUnixNano: "1700000000000000000",
      endTimeUnixNano: "1700000001500000000",
      status: { code: 0 },
    });
    const attributes = new Map(span.attributes.map(({ key, value }: any) => [key, Object.values(value)[0]]));
    expect(Object.fromEntries(attributes)).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "mock",
      "gen_ai.request.model": "smart",
      "gen_ai.response.model": "echo-1",
      "gen_ai.usage.input_tokens": "10",
      "gen_ai.usage.output_tokens": "8",
      "gen_ai.usage.cache_read.input_tokens": "3",
      "gen_ai.cost.total_cost": 0.0025,
      "gen_ai.response.time_to_first_chunk": 0.25,
      "server.address": "models.example",
      "server.port": "8443",
    });
    expect(broken.status).toEqual({ code: 2, message: "too many" });
    expect(broken.attributes).toContainEqual({ key: "error.type", value: { stringValue: "RateLimitError" } });
  });

  it("stand together under the client's trace id, whatever it looks like", () => {
    const sink = made("otlp", { endpoint });
    const traceOf = (traceId: string) => JSON.parse(sink.encode({ ...answered, traceId })).traceId;
    expect(traceOf("0af7651916cd43dd8448eb211c80319c")).toBe("0af7651916cd43dd8448eb211c80319c");
    expect(traceOf("0AF76519-16cd-43dd-8448-eb211c80319c")).toBe("0af7651916cd43dd8448eb211c80319c");
    expect(traceOf("my trace")).toMatch(/^[0-9a-f]{32}$/);
    expect(traceOf("my trace")).toBe(traceOf("my trace"));
  });

  it("know what a collector did not take", () => {
    const { refusal } = http(made("otlp", { endpoint }));
    const told = (text: string) => refusal?.(new TextEncoder().encode(text));
    expect(told('{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}')).toEqual({
      records: 2,
      reason: "too old",
    });
    for (const fine of ["{}", "", '{"partialSuccess":{}}', "<html>", "null", '{"partialSuccess":7}'])
      expect(told(fine)).toBeUndefined();
  });
});

describe("the file", () => {
  const write = ({ target }: Sink, lines: readonly string[]): Promise<void> => {
    if (target.kind !== "local") throw new Error("it is no file");
    return target.write(lines);
  };

  it("gets a line for each record, in a folder made for it", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "sink-")), "deep", "records.ndjson");
    const sink = made("ndjson-file", { path });
    await write(sink, [sink.encode(answered), sink.encode(failed)]);
    await write(sink, [sink.encode(answered)]);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).status)).toEqual(["success", "failure", "success"]);
  });

  it.skipIf(process.platform === "win32")("keeps no half of a batch that the disk had no room for", () => {
    const path = join(mkdtempSync(join(tmpdir(), "sink-")), "full");
    writeFileSync(path, `${JSON.stringify({ id: "old" })}\n`);
    const script = `
      const { file } = await import(${JSON.stringify(new URL("./file.ts", import.meta.url).href)});
      const sink = file.make({ path: ${JSON.stringify(path)} }, { name: "f", version: "0", fieldPrefix: "" }, () => undefined);
      await sink.target.write(["x".repeat(600), "y".repeat(4000)]).then(() => process.exit(3), () => process.exit(0));`;
    // A bound of 1 KB for files: beyond it the kernel takes what fits, and then nothing.
    const limited = `trap '' XFSZ; ulimit -f 1; exec "$0" --input-type=module -e "$1"`;
    execFileSync("bash", ["-c", limited, process.execPath, script], { stdio: "ignore" });
    expect(readFileSync(path, "utf8")).toBe('{"id":"old"}\n');
  });

  it("is put aside when it has grown large, and the oldest goes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sink-"));
    const sink = made("ndjson-file", { path: join(folder, "r"), maxBytes: 1024, keep: 2 });
    for (const letter of "abcd") await write(sink, [letter.repeat(900)]);
    expect(readdirSync(folder).sort()).toEqual(["r", "r.1", "r.2"]);
    expect(["r", "r.1", "r.2"].map((name) => readFileSync(join(folder, name), "utf8")[0])).toEqual(["d", "c", "b"]);
  });

  it("starts over without copies where none are kept", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sink-"));
    const sink = made("ndjson-file", { path: join(folder, "r"), maxBytes: 1024, keep: 0 });
    for (const letter of "ab") await write(sink, [letter.repeat(900)]);
    expect(readdirSync(folder)).toEqual(["r"]);
    expect(readFileSync(join(folder, "r"), "utf8")[0]).toBe("b");
  });
});
