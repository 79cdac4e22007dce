/** The rules that look at what is said, and the answers that are kept: built from the configuration, and loaded only where it has any. */

import { dirname } from "node:path";
import type { Log } from "../canonical/log.ts";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/notices.ts";
import { noticeText } from "../config/report.ts";
import type { Stage } from "../exchange.ts";
import { cache } from "../policy/cache.ts";
import { guard } from "../policy/guard.ts";
import type { KeptCache } from "./kept-cache.ts";

/** Outermost first: an answer from the cache is guarded like any other. `file`: the configuration. Throws a ConfigError. */
export async function rulesOf(
  config: Config,
  file: string | undefined,
  log: Log,
  kept: KeptCache,
): Promise<readonly Stage[]> {
  // Also without any: whoever asks for a guardrail by name must not pass unguarded.
  const rules = [guard({ guards: await guardsOf(config, file, log), now: Date.now, log })];
  if (config.cache) rules.push(cache({ config: config.cache, cache: kept.cacheFor(config.cache), now: Date.now, log }));
  else kept.drop();
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
