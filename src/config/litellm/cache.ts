/** Reads `cache` and `cache_params`. */

import type { CacheConfig } from "../config.ts";
import type { Notices } from "../notices.ts";
import { readSection, type Values } from "../section.ts";
import { cacheKeys, type settingsKeys } from "./keys/settings.ts";

const path = "litellm_settings.cache_params";

/** Their names of operations, and ours; an "a" in front means the same. */
const operations: Readonly<Record<string, string>> = {
  completion: "chat",
  text_completion: "chat",
  responses: "chat",
  anthropic_messages: "chat",
  embedding: "embed",
};

export function readCache(settings: Values<typeof settingsKeys>, notices: Notices): CacheConfig | undefined {
  const params = settings.cache_params;
  const known = params ? readSection(params, path, cacheKeys, notices) : {};
  if (!settings.cache) return undefined;
  const type = known.type ?? (params ? "local" : "redis");
  if (type.includes("semantic")) {
    notices.warning(params, `${path}.type`, "Not supported yet: the cache by meaning. Nothing is cached.");
    return undefined;
  }
  if (type !== "local" && type !== "memory")
    notices.warning(
      params,
      `${path}.type`,
      `Not supported yet: the cache "${type}". The in-memory cache is used instead.`,
      "Write `type: local`.",
    );
  if (known.mode !== undefined && known.mode !== "default_on" && known.mode !== "default_off")
    notices.error(params, `${path}.mode`, `"${known.mode}" is no mode.`, "Write default_on or default_off.");
  return {
    type: "memory",
    ttl: known.ttl ?? known.default_in_memory_ttl ?? 600,
    mode: known.mode === "default_off" ? "default_off" : "default_on",
    operations: known.supported_call_types ? readOperations(known.supported_call_types, notices) : ["chat", "embed"],
    maxBytes: Math.floor((known.max_size_mb ?? 64) * 1024 * 1024),
    ...(known.namespace === undefined ? {} : { namespace: known.namespace }),
  };
}

function readOperations(names: readonly string[], notices: Notices): readonly string[] {
  const found = new Set<string>();
  for (const name of names) {
    const operation = operations[name] ?? operations[name.replace(/^a/, "")];
    if (operation) found.add(operation);
    else notices.warning(undefined, `${path}.supported_call_types`, `Not supported yet: a cache for "${name}".`);
  }
  return [...found];
}
