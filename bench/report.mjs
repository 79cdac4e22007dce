/** Says what was measured: a table for people, JSON for comparison. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";

const root = new URL("..", import.meta.url).pathname;

const figure = (value) =>
  Number.isNaN(value)
    ? "–"
    : Math.abs(value) >= 100
      ? value.toFixed(0)
      : Math.abs(value) >= 10
        ? value.toFixed(1)
        : value.toFixed(2);
const verdict = (ok) => (ok === undefined ? "" : ok === true ? "yes" : ok === false ? "NO" : ok);

/** A table with a goal beside each figure that has one. */
export function table(rows) {
  const head = ["what", "who", "figure", "", "", "goal", "reached"];
  const lines = rows.map(({ theme, contender, name, value, unit, goal = "", ok }) => [
    theme,
    contender,
    name,
    figure(value),
    unit,
    goal,
    verdict(ok),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => [...line[i]].length)));
  const text = (line) =>
    line
      .map((cell, i) => (i === 3 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd();
  let theme = "";
  return [
    text(head),
    widths.map((width) => "-".repeat(width)).join("  "),
    ...lines.map((line) => {
      const gap = theme !== "" && line[0] !== theme ? "\n" : "";
      theme = line[0];
      return gap + text(line);
    }),
  ].join("\n");
}

function git(...args) {
  try {
    return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "unknown";
  }
}

function version(name) {
  try {
    return JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
  } catch {
    return undefined;
  }
}

/**
 * How fast this machine is just now: nanoseconds for a step of a fixed calculation, the best of five. Microseconds of two
 * machines, or of a busy and a quiet hour, compare only as far as this does.
 */
function stepNanoseconds() {
  const steps = 10_000_000;
  let best = Number.POSITIVE_INFINITY;
  let value = 1;
  for (let run = 0; run < 5; run++) {
    const startedAt = performance.now();
    for (let i = 0; i < steps; i++) value = (Math.imul(value, 31) + i) | 0;
    best = Math.min(best, performance.now() - startedAt);
  }
  return value === 0.5 ? 0 : (best * 1e6) / steps;
}

/** What a byte to a neighbour and back over loopback takes, in microseconds: the median of two thousand. */
async function loopbackMicroseconds() {
  const server = createServer({ noDelay: true }, (socket) => socket.pipe(socket));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect({ port: server.address().port, host: "127.0.0.1", noDelay: true });
  const times = [];
  while (times.length < 2000) {
    const startedAt = performance.now();
    socket.write("x");
    await once(socket, "data");
    times.push((performance.now() - startedAt) * 1000);
  }
  socket.destroy();
  server.close();
  return times.sort((a, b) => a - b)[1000];
}

export async function circumstances() {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString(),
    commit: git("rev-parse", "--short", "HEAD"),
    dirty: git("status", "--porcelain") !== "",
    load: loadavg()[0],
    stepNanoseconds: Number(stepNanoseconds().toFixed(2)),
    loopbackMicroseconds: Math.round(await loopbackMicroseconds()),
    machine: {
      cpu: cpu?.model ?? "unknown",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
    },
    versions: { node: process.version, undici: version("undici"), portkey: version("@portkey-ai/gateway") },
  };
}

export function save(about, rows) {
  const folder = join(root, "bench/results");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${about.date.slice(0, 19).replaceAll(":", "")}-${about.commit}.json`);
  writeFileSync(file, `${JSON.stringify({ ...about, rows }, null, 1)}\n`);
  return file;
}
