/** `npm run bench`: the gateway beside what it is compared with, on loopback, in turns, with the goal beside each figure. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { contenders as all } from "./contenders.mjs";
import * as lifetime from "./lifetime.mjs";
import * as measures from "./measures.mjs";
import { endAll, startLoad, startVendor } from "./processes.mjs";
import { circumstances, save, table } from "./report.mjs";
import { failure } from "./rows.mjs";
import { soak } from "./soak.mjs";

const themes = {
  idle: lifetime.idle,
  headline: measures.headline,
  latency: measures.latency,
  streams: measures.streams,
  paced: measures.paced,
  bodies: measures.bodies,
  translation: measures.translation,
  growth: lifetime.growth,
  start: lifetime.coldStart,
  peak: lifetime.peak,
};

const help = `node bench/run.mjs [options]
  --only a,b       only these contenders (${all.map(({ id }) => id).join(", ")})
  --measure a,b    only these measures (${Object.keys(themes).join(", ")})
  --quick          fewer requests and rounds: a look, not a verdict
  --rounds N       rounds of each measure (5; quick: 2)
  --soak MINUTES   mixed load instead, printing memory over time
  --no-save        writes no file into bench/results`;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    measure: { type: "string" },
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    soak: { type: "string" },
    "no-save": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const print = (line) => console.log(line);
const list = (text) => text?.split(",").map((one) => one.trim());

async function main() {
  const chosen = pick(all, list(values.only), "contender", ({ id }) => id);
  const wanted = pick(Object.entries(themes), list(values.measure), "measure", ([name]) => name);
  const soakMinutes = values.soak === undefined ? undefined : atMost(values.soak, 24 * 60);
  const rounds = atMost(values.rounds ?? (values.quick ? 2 : 5), 100);
  const scale = values.quick
    ? { rounds, requests: 2000, streams: 100, deployments: 5000, keys: 1000 }
    : { rounds, requests: 6000, streams: 500, deployments: 5000, keys: 10_000 };
  const logs = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const about = await circumstances();
  print(
    `bench of ${about.commit}${about.dirty ? " (with changes)" : ""} on ${about.machine.cores} × ${about.machine.cpu}`,
  );
  print(
    `  node ${about.versions.node}, load ${about.load.toFixed(1)}, ${about.stepNanoseconds} ns a step, ${about.loopbackMicroseconds} µs over loopback and back`,
  );
  const rows = [];
  try {
    const vendor = await startVendor(logs);
    const load = startLoad();
    const contenders = [];
    for (const one of chosen) {
      const missing = one.missing?.();
      if (missing === undefined) await begin(one, { vendor: vendor.url, logs }, contenders, rows);
      else print(`  without ${one.id}: ${missing}`);
    }
    const shared = { load, contenders, scale, vendor: vendor.url, logs };
    if (soakMinutes !== undefined) rows.push(...(await soak({ ...shared, minutes: soakMinutes, print })));
    else for (const [name, measure] of wanted) await attempt(name, measure, shared, rows);
  } finally {
    endAll();
  }
  print(`\n${table(rows)}\n`);
  if (!values["no-save"] && rows.length > 0) print(`written to ${save({ ...about, options: values }, rows)}`);
  if (rows.some(({ name }) => name === "could not run")) print(`logs are in ${logs}`);
  else rmSync(logs, { recursive: true, force: true });
}

/** One that does not start is a row of the table, not the end of the bench. */
async function begin(one, about, contenders, rows) {
  try {
    contenders.push({ id: one.id, share: one.share, ...(await one.start(about)) });
    print(`  with ${one.id}: ${one.about}`);
  } catch (error) {
    const log = one.id === "direct" ? "" : lastLines(join(about.logs, `${one.id}.log`));
    print(`  without ${one.id}: ${error.message}${log}`);
    rows.push(failure("setup", one.id));
  }
}

function lastLines(file) {
  try {
    return `\n    ${readFileSync(file, "utf8").trim().split("\n").slice(-5).join("\n    ")}`;
  } catch {
    return "";
  }
}

async function attempt(name, measure, shared, rows) {
  const startedAt = performance.now();
  try {
    rows.push(...(await measure(shared)));
    print(`  ${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  } catch (error) {
    print(`  ${name}: ${error.message}`);
    rows.push(failure(name, ""));
  }
}

function pick(items, names, kind, nameOf) {
  const unknown = names?.find((name) => !items.some((item) => nameOf(item) === name));
  if (unknown !== undefined)
    throw new Error(`There is no ${kind} "${unknown}"; there are ${items.map(nameOf).join(", ")}`);
  return names === undefined ? items : items.filter((item) => names.includes(nameOf(item)));
}

function atMost(text, limit) {
  const number = Number(text);
  if (!(number > 0 && number <= limit)) throw new Error(`"${text}" is not a number between 0 and ${limit}`);
  return number;
}

if (values.help) print(help);
else
  main().then(
    () => process.exit(0),
    (error) => {
      console.error(error.message);
      process.exit(1);
    },
  );
