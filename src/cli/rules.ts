/** The rules that look at what is said, and the answers that are kept: built from the configuration, and loaded only where it has any. */

import { dirname } from "node:path";
import type { Log } from "../canonical/log.ts";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/notices.ts";
import { noticeText } from "../config/report.ts";
import type { Stage } from "../exchange.ts";
import { cache } from "../policy/cache.ts";
import { guard } from "../policy/guard.ts";
import { caches } from "../state/caches/index.ts";

/** Outermost first: an answer from the cache is guarded like any other. `file`: the configuration. Throws a ConfigError. */
export async function rulesOf(config: Config, file: string | undefined, log: Log): Promise<readonly Stage[]> {
  // Also without any: whoever asks for a guardrail by name must not pass unguarded.
  const rules = [guard({ guards: await guardsOf(config, file, log), now: Date.now, log })];
  if (config.cache) rules.push(cacheOf(config.cache, log));
  return rules;
}

async function guardsOf({ guardrails }: Config, file: string | undefined, log: Log) {
  if (guardrails.length === 0) return [];
  const { createGuards } = await import("../policy/guards.ts");
  const { guards, notices } = createGuards(guardrails, file === undefined ? undefined : dirname(file));
  // What is to guard everything and cannot is no reason to go on without.
  if (notices.some(({ severity }) => severity === "error")) throw new ConfigError(notices);
  for (const notice of notices) log.warn({}, noticeText(notice));
  return guards;
}

function cacheOf(config: NonNullable<Config["cache"]>, log: Log): Stage {
  const kind = caches.find(({ id }) => id === config.type) ?? caches[0];
  if (!kind) throw new Error("the rack of caches is empty");
  return cache({ config, cache: kind.create({ maxBytes: config.maxBytes, now: Date.now }), now: Date.now, log });
}
