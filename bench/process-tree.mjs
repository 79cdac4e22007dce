/** What a process and all its children cost: CPU time and memory, from /proc. */
import { readdirSync, readFileSync } from "node:fs";

const tickMicroseconds = 10_000;

/** The process and its descendants that are alive. */
export function tree(pid) {
  const children = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = statOf(Number(name))?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [];
  const add = (one) => {
    if (found.includes(one) || found.length > 1000) return;
    found.push(one);
    for (const child of children.get(one) ?? []) add(child);
  };
  add(pid);
  return found;
}

/** utime and stime of all threads, and of children that have ended. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [user, system] = [11, 12].map((at) => Number(fields[at]) + Number(fields[at + 2]));
    return { parent: Number(fields[1]), ticks: user + system, system };
  } catch {
    return undefined;
  }
}

export function cpuMicroseconds(pid) {
  return tree(pid).reduce((sum, one) => sum + (statOf(one)?.ticks ?? 0), 0) * tickMicroseconds;
}

/** The part of it that the kernel spent: sockets, mostly, and the machine's own affair. */
export function systemMicroseconds(pid) {
  return tree(pid).reduce((sum, one) => sum + (statOf(one)?.system ?? 0), 0) * tickMicroseconds;
}

/** Resident memory now and at its highest, in MiB, over the tree. */
export function memory(pid) {
  let now = 0;
  let peak = 0;
  for (const one of tree(pid)) {
    try {
      const text = readFileSync(`/proc/${one}/status`, "latin1");
      now += Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0);
      peak += Number(/VmHWM:\s+(\d+)/.exec(text)?.[1] ?? 0);
    } catch {
      // It ended between the two looks.
    }
  }
  return { now: now / 1024, peak: peak / 1024 };
}
