/** Mixed load for minutes: plain, streamed, translated, large, and clients that vanish. Memory has to stay flat. */
import { job } from "./jobs.mjs";
import { memory } from "./process-tree.mjs";
import { row } from "./rows.mjs";

export async function soak({ load, contenders, minutes, print }) {
  const rows = [];
  for (const one of contenders.filter(({ child }) => child !== undefined)) {
    const until = Date.now() + minutes * 60_000;
    const seen = [];
    let asked = 0;
    let broken = 0;
    while (Date.now() < until && one.child.exitCode === null) {
      const forMs = Math.max(1000, Math.min(20_000, until - Date.now()));
      const results = await Promise.all(
        mix(one).map((wish) =>
          load.run({ ...job(one, { ...wish, requests: 10_000_000 }), forMs, timeoutMs: forMs + 30_000 }),
        ),
      );
      for (const result of results) {
        asked += result.requests;
        broken += result.broken;
      }
      const { now } = memory(one.child.pid);
      seen.push(now);
      print(
        `soak ${one.id}: ${new Date().toISOString().slice(11, 19)}  ${now.toFixed(0)} MiB  ${asked} asked  ${broken} failed`,
      );
    }
    // The first quarter fills caches and heaps; after it nothing may grow.
    const settled = seen.slice(Math.floor(seen.length / 4));
    const half = Math.floor(settled.length / 2);
    const mean = (list) => list.reduce((sum, value) => sum + value, 0) / Math.max(1, list.length);
    const growth = mean(settled.slice(half)) / mean(settled.slice(0, Math.max(1, half))) - 1;
    const theme = `soak ${minutes} min`;
    rows.push({ ...row(theme, one.id, "memory growth", growth * 100, "%", { most: 5 }), memory: seen.map(Math.round) });
    rows.push(row(theme, one.id, "failed", broken, `of ${asked}`, { most: 0 }));
  }
  return rows;
}

function mix({ anthropic }) {
  const wishes = [
    { connections: 8 },
    { connections: 4, alias: "stream", stream: true },
    { connections: 16, alias: "paced", stream: true },
    { connections: 1, bytes: 100_000 },
    { connections: 2, alias: "paced", stream: true, leave: true },
  ];
  return anthropic
    ? [
        ...wishes,
        { connections: 2, language: "anthropic" },
        { connections: 2, language: "anthropic", alias: "stream", stream: true },
      ]
    : wishes;
}
