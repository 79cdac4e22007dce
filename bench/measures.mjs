/** What is measured of requests and streams; each function gives rows of the table. */
import { once, rounds } from "./measure.mjs";
import { row, sift } from "./rows.mjs";

export async function headline({ load, contenders, scale }) {
  const theme = "chat c=32";
  const rows = [];
  const results = await rounds(load, contenders, scale.rounds, {
    connections: 32,
    requests: scale.requests,
    settle: true,
  });
  const fit = sift(theme, results, rows);
  const { bare, portkey } = fit;
  for (const [id, result] of Object.entries(fit)) {
    rows.push(row(theme, id, "rate", result.rate, "/s"), row(theme, id, "p99", result.p99, "ms"));
    if (id === "direct") continue;
    rows.push(row(theme, id, "CPU, all told", result.cpuAll, "µs", cpuGoal(result.cpuAll, bare?.cpuAll)));
    rows.push(row(theme, id, "of it in the kernel", result.systemAll, "µs"));
    rows.push(row(theme, id, "CPU, median round", result.cpu, "µs"));
    if (id !== "ours") continue;
    if (bare) rows.push(row(theme, id, "CPU ÷ bare's", result.cpuAll / bare.cpuAll, "×"));
    if (portkey) rows.push(row(theme, id, "rate ÷ Portkey's", result.rate / portkey.rate, "×", { least: 12 }));
  }
  return rows;
}

function cpuGoal(cpu, bare = 0) {
  const aim = Math.max(65, 1.6 * bare);
  const bound = Math.max(80, 2 * bare);
  const ok = cpu <= aim ? true : cpu <= bound ? "within the bound" : false;
  return { text: `aim ${Math.round(aim)}, bound ${Math.round(bound)}`, ok };
}

export async function latency({ load, contenders, scale }) {
  const rows = [];
  for (const connections of [1, 10, 64]) {
    const theme = `latency c=${connections}`;
    const requests = connections === 1 ? Math.ceil(scale.requests / 4) : scale.requests;
    const fit = sift(theme, await rounds(load, contenders, scale.rounds, { connections, requests }), rows);
    for (const [id, result] of Object.entries(fit)) {
      if (id === "direct") rows.push(row(theme, id, "p50", result.p50, "ms"), row(theme, id, "p99", result.p99, "ms"));
      else if (fit.direct) {
        const goal = connections === 1 ? { most: 0.3 } : undefined;
        rows.push(row(theme, id, "added p50", result.p50 - fit.direct.p50, "ms", goal));
        rows.push(row(theme, id, "added p99", result.p99 - fit.direct.p99, "ms"));
      }
    }
  }
  return rows;
}

export async function streams({ load, contenders, scale }) {
  const theme = "burst streams";
  const rows = [];
  const wish = { alias: "stream", stream: true, connections: 16, requests: Math.ceil(scale.requests / 8) };
  for (const [id, result] of Object.entries(sift(theme, await rounds(load, contenders, scale.rounds, wish), rows))) {
    rows.push(row(theme, id, "rate", result.rate, "/s"));
    if (id !== "direct") rows.push(row(theme, id, "CPU an event", result.cpuPerEvent, "µs"));
  }
  const translating = contenders.filter(({ anthropic }) => anthropic);
  if (translating.length === 0) return rows;
  const translated = await rounds(load, translating, scale.rounds, { ...wish, language: "anthropic" });
  for (const [id, result] of Object.entries(sift("translated streams", translated, rows)))
    rows.push(row(theme, id, "CPU an event, Anthropic on OpenAI", result.cpuPerEvent, "µs", { most: 8 }));
  return rows;
}

/** Above this the machine itself is late, and a figure would not be the gateway's. */
const soundGap = 25;

/** All the streams first; then fewer, until the machine keeps time without a gateway. */
export async function paced({ load, contenders, scale }) {
  const rows = [];
  for (let streams = scale.streams; streams >= 60; streams = Math.floor(streams / 2)) {
    const directGap = await pacedOnce(load, contenders, streams, rows);
    if (directGap === undefined || directGap <= soundGap) break;
  }
  return rows;
}

async function pacedOnce(load, contenders, streams, rows) {
  const theme = `paced ×${streams}`;
  const wish = { alias: "paced", stream: true, connections: streams, requests: streams };
  let directGap;
  for (const one of contenders) {
    const result = await once(load, { ...one, share: 1 }, wish);
    const broken = result.broken + streams - result.requests;
    rows.push(row(theme, one.id, "broken", broken, `of ${streams}`, { most: 0 }));
    if (result.events === 0) continue;
    if (one.id === "direct") {
      directGap = result.gaps.p99;
      const late = directGap > soundGap ? " (the machine is late by itself)" : "";
      rows.push(row(theme, one.id, "gap p99", directGap, `ms${late}`));
      continue;
    }
    const goal = directGap === undefined || directGap <= soundGap ? { most: 2 } : undefined;
    rows.push(row(theme, one.id, "added gap p99", result.gaps.p99 - (directGap ?? 20), "ms", goal));
    rows.push(row(theme, one.id, "CPU an event", result.cpuPerEvent, "µs"));
  }
  return directGap;
}

const sizes = { "2 KB": 1900, "100 KB": 100_000, "400 KB": 400_000 };

export async function bodies({ load, contenders, scale }) {
  const rows = [];
  for (const [name, bytes] of Object.entries(sizes)) {
    const theme = `body ${name}`;
    const wish = { bytes, connections: 8, requests: Math.max(200, Math.ceil(scale.requests / (1 + bytes / 20_000))) };
    for (const [id, result] of Object.entries(sift(theme, await rounds(load, contenders, scale.rounds, wish), rows))) {
      if (id === "direct") rows.push(row(theme, id, "rate", result.rate, "/s"));
      else rows.push(row(theme, id, "CPU", result.cpu, "µs", bytes === 400_000 ? { most: 2000 } : undefined));
    }
  }
  return rows;
}

const ways = {
  "OpenAI on OpenAI": { alias: "chat", language: "openai" },
  "Anthropic on Anthropic": { alias: "claude", language: "anthropic" },
  "Anthropic on OpenAI": { alias: "chat", language: "anthropic" },
  "OpenAI on Anthropic": { alias: "claude", language: "openai" },
};

/** All four ways in each round, so that their ratios are fair. */
export async function translation({ load, contenders, scale }) {
  const theme = "translation";
  const rows = [];
  for (const one of contenders.filter(({ anthropic }) => anthropic)) {
    const each = Object.entries(ways).map(([id, wish]) => ({ ...one, id, wish }));
    const results = await rounds(load, each, scale.rounds, {
      connections: 32,
      requests: Math.ceil(scale.requests / 2),
    });
    const failed = [];
    const fit = sift(theme, results, failed);
    rows.push(...failed.map((bad) => ({ ...bad, contender: one.id, name: `${bad.contender}: ${bad.name}` })));
    for (const [way, { cpu }] of Object.entries(fit)) rows.push(row(theme, one.id, way, cpu, "µs"));
    const ratio = fit["Anthropic on OpenAI"]?.cpu / fit["Anthropic on Anthropic"]?.cpu;
    rows.push(row(theme, one.id, "Anthropic on OpenAI ÷ on Anthropic", ratio, "×", { most: 1.6 }));
  }
  return rows;
}
