/** What models cost and can do: the catalogue that comes with the gateway, read once and understood entry by entry, when asked. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { ModelFacts } from "./config.ts";
import { makerKey } from "./litellm/map-keys.ts";
import { factsOf } from "./model-facts.ts";

export interface Catalogue {
  /** The first of the names that is known: as it is, without its vendor, without its date. */
  lookup(names: readonly string[]): ModelFacts | undefined;
  /** The name under which `lookup` finds it. */
  keyOf(name: string): string | undefined;
  /** The names of one vendor's models, without the vendor. */
  modelsOf(provider: string): readonly string[];
  /** Whose model this is. */
  makerOf(model: string): string | undefined;
}

type Entries = Readonly<Record<string, unknown>>;

const catalogueFile = fileURLToPath(new URL("../../data/models.json", import.meta.url));

/** Reads a map of models from a file: ours, or any other with the same key names. Throws what `readFileSync` and `JSON.parse` throw. */
export const loadCatalogue = (file: string = catalogueFile): Catalogue => catalogueOf(readMap(file));

function readMap(file: string): Entries {
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
  return isRecord(parsed) ? parsed : {};
}

export function catalogueOf(entries: Entries): Catalogue {
  const understood = new Map<string, ModelFacts>();
  const has = (name: string): boolean => Object.hasOwn(entries, name) && isRecord(entries[name]);

  const keyOf = (name: string): string | undefined => {
    for (const candidate of spellings(name)) if (has(candidate)) return candidate;
    return undefined;
  };

  const read = (key: string): ModelFacts => {
    const known = understood.get(key);
    if (known) return known;
    const entry = entries[key];
    const facts = isRecord(entry) ? factsOf(entry) : {};
    understood.set(key, facts);
    return facts;
  };

  return {
    keyOf,
    lookup(names) {
      // A later name that is right to the letter is worth more than an earlier one that is only alike.
      const exact = names.find(has);
      if (exact !== undefined) return read(exact);
      for (const name of names) {
        const key = keyOf(name);
        if (key !== undefined) return read(key);
      }
      return undefined;
    },
    makerOf(model) {
      const key = keyOf(model);
      const entry = key === undefined ? undefined : entries[key];
      const maker = isRecord(entry) ? entry[makerKey] : undefined;
      return typeof maker === "string" ? maker : undefined;
    },
    modelsOf(provider) {
      const prefix = `${provider}/`;
      const names: string[] = [];
      for (const [key, entry] of Object.entries(entries)) {
        if (!isRecord(entry) || entry[makerKey] !== provider) continue;
        names.push(key.startsWith(prefix) ? key.slice(prefix.length) : key);
      }
      return names;
    },
  };
}

/** The catalogue with the operator's own map over it: an entry of that one wins whole, since half of two prices is none. */
export function withOwn(own: Entries, file: string = catalogueFile): Catalogue {
  return catalogueOf({ ...readMap(file), ...own });
}

/** From the most to the least exact: "openai/gpt-4o-2024-11-20", "gpt-4o-2024-11-20", "openai/gpt-4o", "gpt-4o". */
function* spellings(name: string): Generator<string> {
  const slash = name.indexOf("/");
  const bare = slash > 0 ? name.slice(slash + 1) : undefined;
  yield name;
  if (bare) yield bare;
  const tuned = fineTuned(bare ?? name);
  if (tuned) yield tuned;
  const undated = withoutDate(name);
  if (undated) yield undated;
  const bareUndated = withoutDate(tuned ?? bare ?? "");
  if (bareUndated) yield bareUndated;
}

/** "ft:gpt-4o-2024-08-06:org::id" costs what "ft:gpt-4o-2024-08-06" does. */
function fineTuned(name: string): string | undefined {
  if (!name.startsWith("ft:")) return undefined;
  const end = name.indexOf(":", 3);
  return end < 0 ? undefined : name.slice(0, end);
}

const dated = /[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|latest|default)$/;

function withoutDate(name: string): string | undefined {
  const bare = name.replace(dated, "");
  return bare === name || bare === "" ? undefined : bare;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
