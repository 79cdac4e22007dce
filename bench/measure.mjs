/** The tools of every measure: one job with its cost, and rounds in turn, so that a busy neighbour harms all alike. */
import { job } from "./jobs.mjs";
import { cpuMicroseconds, systemMicroseconds } from "./process-tree.mjs";
import { sleep } from "./processes.mjs";

/** Long enough for what is put off, such as logs written once a second. */
const settleMs = 1500;

/** Runs one job and adds what the contender's processes spent on it. */
export async function once(load, contender, wish) {
  const requests = Math.max(wish.connections, Math.ceil(wish.requests * (contender.share ?? 1)));
  const pid = contender.child?.pid;
  const before = pid === undefined ? 0 : cpuMicroseconds(pid);
  const result = await load.run(job(contender, { ...wish, requests }));
  const spent = pid === undefined ? 0 : cpuMicroseconds(pid) - before;
  return { ...result, cpu: spent / Math.max(1, result.requests), cpuPerEvent: spent / Math.max(1, result.events) };
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0
    ? Number.NaN
    : (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
};

const numbers = (result) => ({
  rate: result.rate,
  cpu: result.cpu,
  cpuPerEvent: result.cpuPerEvent,
  p50: result.times.p50,
  p99: result.times.p99,
  firstP50: result.firsts.p50,
  gapP50: result.gaps.p50,
  gapP99: result.gaps.p99,
});

/** Until the compiler has seen the path often enough: a cold one costs several times as much. Twenty seconds at most. */
async function warmUp(load, contender, wish) {
  const requests = Math.ceil(Math.max(wish.requests / 2, wish.bytes > 50_000 ? 0 : 3000) * (contender.share ?? 1));
  await load.run({ ...job(contender, { ...wish, requests: Math.max(wish.connections, requests) }), forMs: 20_000 });
}

/**
 * A B C A B C …, after a warm-up each; the medians of the rounds, and the broken of all. `cpuAll` counts from before the
 * first round to well after the last: also what is done off the path, later, by threads and children.
 */
export async function rounds(load, contenders, count, wish) {
  for (const one of contenders) await warmUp(load, one, wish);
  if (wish.settle) await sleep(settleMs);
  const read = (how) => contenders.map(({ child }) => (child === undefined ? 0 : how(child.pid)));
  const before = read(cpuMicroseconds);
  const systemBefore = read(systemMicroseconds);
  const lists = contenders.map(() => []);
  for (let round = 0; round < count; round++)
    for (const [i, one] of contenders.entries()) lists[i].push(await once(load, one, wish));
  if (wish.settle) await sleep(settleMs);
  const after = read(cpuMicroseconds);
  const systemAfter = read(systemMicroseconds);
  return Object.fromEntries(
    contenders.map(({ id }, i) => [id, summary(lists[i], after[i] - before[i], systemAfter[i] - systemBefore[i])]),
  );
}

function summary(list, spent, system) {
  const each = list.map(numbers);
  const medians = Object.keys(each[0]).map((name) => [name, median(each.map((one) => one[name]))]);
  const sum = (name) => list.reduce((total, one) => total + one[name], 0);
  return {
    ...Object.fromEntries(medians),
    cpuAll: spent / Math.max(1, sum("requests")),
    systemAll: system / Math.max(1, sum("requests")),
    requests: sum("requests"),
    broken: sum("broken"),
    statuses: Object.assign({}, ...list.map(({ statuses }) => statuses)),
  };
}
