/** What is measured of the process itself: memory, start, and whether a request costs more where more is configured. */
import { makeKeys, readyOurs, startOurs } from "./contenders.mjs";
import { largeConfig } from "./large-config.mjs";
import { median, rounds } from "./measure.mjs";
import { memory } from "./process-tree.mjs";
import { end, sleep } from "./processes.mjs";
import { row, sift } from "./rows.mjs";

const withProcess = (contenders) => contenders.filter(({ child }) => child !== undefined);

/** Before anything was asked; three seconds after it was ready. */
export async function idle({ contenders }) {
  await sleep(3000);
  return withProcess(contenders).map(({ id, child }) =>
    row("memory", id, "idle", memory(child.pid).now, "MiB", { most: 110 }),
  );
}

export function peak({ contenders }) {
  return withProcess(contenders).map(({ id, child }) => row("memory", id, "peak", memory(child.pid).peak, "MiB"));
}

/** Two of ours side by side, a small and a large one, asked in turn. */
export async function growth({ load, contenders, scale, vendor, logs }) {
  const ours = contenders.find(({ id }) => id === "ours");
  if (ours === undefined) return [];
  const theme = "growth";
  const rows = [];
  const compare = async (name, config, keys) => {
    const started = [];
    try {
      for (const id of ["small", "large"]) {
        const one = await readyOurs({ vendor, logs, config: config[id], name: `ours-${id}` });
        started.push({ ...ours, ...one, id, keys: await makeKeys(one.url, keys[id]) });
      }
      const wish = { connections: 32, requests: Math.max(scale.requests, keys.large) };
      const fit = sift(theme, await rounds(load, started, scale.rounds, wish), rows);
      rows.push(row(theme, "ours", `CPU, ${name}`, fit.large?.cpu / fit.small?.cpu, "×", { most: 1.1 }));
      rows.push(row(theme, "ours", `memory, ${name}`, memory(started[1].child.pid).now, "MiB"));
    } finally {
      for (const { child } of started) end(child);
    }
  };
  const configs = { small: largeConfig(logs, 5), large: largeConfig(logs, scale.deployments) };
  await compare(`${scale.deployments} deployments ÷ 5`, configs, { small: 1, large: 1 });
  const usual = "bench/config.yaml";
  await compare(`${scale.keys} keys ÷ 10`, { small: usual, large: usual }, { small: 10, large: scale.keys });
  return rows;
}

/** From spawn to the first answer that came through from the vendor. */
export async function coldStart({ contenders, vendor, logs, scale }) {
  if (!contenders.some(({ id }) => id === "ours")) return [];
  const times = [];
  for (let i = 0; i < scale.rounds; i++) times.push(await oneStart({ vendor, logs, name: "ours-cold" }));
  return [row("start", "ours", "spawn to first proxied answer", median(times), "s", { most: 0.6 })];
}

async function oneStart(about) {
  const startedAt = performance.now();
  const { child, url, masterKey } = await startOurs(about);
  try {
    while (performance.now() < startedAt + 30_000 && child.exitCode === null) {
      const answer = await fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${masterKey}`, "content-type": "application/json" },
        body: '{"model":"chat","messages":[{"role":"user","content":"Hi"}]}',
        signal: AbortSignal.timeout(5000),
      }).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.status === 200) return (performance.now() - startedAt) / 1000;
      await sleep(5);
    }
    throw new Error("no proxied answer within 30 s of the start");
  } finally {
    end(child);
  }
}
