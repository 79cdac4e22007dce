/** The load generator: a process of its own, so that what it costs is not counted. Takes jobs by message, answers with what it measured. */
import { openClient } from "./client.mjs";

process.on("message", (job) => {
  run(job).then(
    (result) => process.send({ id: job.id, result }),
    (error) => process.send({ id: job.id, error: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));

/**
 * A job: { url, path, headers: [{…}], body, connections, requests, endMark?, leave?, timeoutMs, forMs? }.
 * The sets of headers take turns; `endMark` makes it a stream that must end with it; `leave` goes after the first event.
 */
async function run(job) {
  const { hostname, port } = new URL(job.url);
  const body = Buffer.from(job.body);
  const heads = job.headers.map((headers) =>
    Buffer.from(
      `POST ${job.path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${Object.entries(
        headers,
      )
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join("")}\r\n`,
    ),
  );
  const limit = job.requests;
  const until = performance.now() + Math.min(job.forMs ?? job.timeoutMs, job.timeoutMs);
  const times = [];
  const firsts = [];
  const gaps = [];
  const statuses = {};
  let started = 0;
  let broken = 0;
  let events = 0;
  const clients = [];
  const startedAt = performance.now();
  await new Promise((resolve, reject) => {
    let open = job.connections;
    const timer = setTimeout(() => {
      for (const client of clients) client.stop();
      if (job.forMs === undefined) reject(new Error(`not done after ${job.timeoutMs} ms: ${times.length} of ${limit}`));
      else resolve();
    }, job.timeoutMs + 2000);
    const ended = () => {
      if (--open > 0) return;
      clearTimeout(timer);
      resolve();
    };
    const next = () => {
      if (started >= limit || performance.now() > until) return undefined;
      return [heads[started++ % heads.length], body];
    };
    const done = (one) => {
      if (times.length < 2_000_000) {
        times.push(one.milliseconds);
        firsts.push(one.first);
      }
      statuses[one.status] = (statuses[one.status] ?? 0) + 1;
      events += one.events;
      if (one.status !== 200 || (!one.complete && !job.leave)) broken++;
    };
    const gap = (milliseconds) => {
      if (gaps.length < 2_000_000) gaps.push(milliseconds);
    };
    for (let i = 0; i < job.connections; i++)
      clients.push(
        openClient({
          host: hostname,
          port: Number(port),
          next,
          done,
          gap,
          endMark: job.endMark,
          leave: job.leave,
          ended,
        }),
      );
  });
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    requests: times.length,
    seconds,
    rate: times.length / seconds,
    broken,
    statuses,
    events,
    times: spread(times),
    firsts: spread(firsts),
    gaps: spread(gaps),
  };
}

function spread(values) {
  const sorted = Float64Array.from(values).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}
