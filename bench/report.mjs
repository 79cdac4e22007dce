/** Says what was measured: a table for people, JSON for comparison. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
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

export function circumstances() {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString(),
    commit: git("rev-parse", "--short", "HEAD"),
    dirty: git("status", "--porcelain") !== "",
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
