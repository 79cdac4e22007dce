/** The rules that look at what is said, and the answers that are kept: built from the configuration, and loaded only where it has any. */

import { dirname } from "node:path";
import type { Log } from "../canonical/log.ts";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/notices.ts";
import { noticeText } from "../config/report.ts";
import type { Stage } from "../exchange.ts";

/** Outermost first: an answer from the cache is guarded like any other. */
export async function rulesOf(config: Config, file: string | undefined, log: Log): Promise<readonly Stage[]> {
  const rules: Stage[] = [await guardOf(config, file, log)];
  if (config.cache) rules.push(await cacheOf(config.cache, log));
  return rules;
}

async function guardOf({ guardrails }: Config, file: string | undefined, log: Log): Promise<Stage> {
  const [{ guard }, { createGuards }] = await Promise.all([
    import("../policy/guard.ts"),
    import("../policy/guards.ts"),
  ]);
  const { guards, notices } = createGuards(guardrails, file === undefined ? undefined : dirname(file));
  for (const notice of notices) log.warn({}, noticeText(notice));
  return guard({ guards, now: Date.now, log });
}

async function cacheOf(config: NonNullable<Config["cache"]>, log: Log): Promise<Stage> {
  const [{ cache }, { caches }] = await Promise.all([import("../policy/cache.ts"), import("../state/caches/index.ts")]);
  const kind = caches.find(({ id }) => id === config.type) ?? caches[0];
  if (!kind) throw new Error("the rack of caches is empty");
  return cache({ config, cache: kind.create({ maxBytes: config.maxBytes, now: Date.now }), now: Date.now, log });
}
