/** Finds what a configuration refers to ("os.environ/NAME", "file:/run/secrets/x"), looks it up and puts it in its place. */

import type { Notices } from "./notices.ts";
import { secretStores } from "./secrets/index.ts";
import type { SecretSources } from "./secrets/store.ts";
import { type Leaf, type Mapping, mapTexts } from "./tree.ts";

/** More than this in one configuration is no configuration. */
const referencesAtMost = 20_000;

/** The same tree with every reference replaced. One that leads nowhere is told as an error, and its value counts as absent. */
export async function resolveReferences(tree: Mapping, sources: SecretSources, notices: Notices): Promise<Mapping> {
  const found = await lookUp(referencesIn(tree, notices), sources);
  const resolve = (leaf: Leaf, path: string): Leaf => {
    const reference = String(leaf.value);
    const answer = found.get(reference);
    if (answer === undefined) return leaf;
    if ("value" in answer) return { ...leaf, value: answer.value, reference };
    notices.error(leaf, path, answer.why, answer.remedy);
    return { ...leaf, value: null, reference, missing: true };
  };
  const resolved = mapTexts(tree, resolve);
  return resolved.kind === "map" ? resolved : tree;
}

const storeOf = (text: string) => secretStores.find(({ prefix }) => text.startsWith(prefix));

function referencesIn(tree: Mapping, notices: Notices): ReadonlySet<string> {
  const references = new Set<string>();
  mapTexts(tree, (leaf, path) => {
    const text = String(leaf.value);
    if (!storeOf(text)) return leaf;
    if (references.size < referencesAtMost) references.add(text);
    else if (!references.has(text))
      notices.error(leaf, path, `More than ${referencesAtMost} different references are not looked up.`);
    return leaf;
  });
  return references;
}

type Found = { readonly value: string } | { readonly why: string; readonly remedy: string };

async function lookUp(references: ReadonlySet<string>, sources: SecretSources): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  for (const reference of references) found.set(reference, await lookUpOne(reference, sources));
  return found;
}

async function lookUpOne(reference: string, sources: SecretSources): Promise<Found> {
  const kind = storeOf(reference);
  const name = reference.slice(kind?.prefix.length);
  try {
    const value = await kind?.create(sources).read(name);
    if (value !== undefined) return { value };
    if (kind?.id === "environment")
      return {
        why: `The environment variable ${name} is not set.`,
        remedy: `Set ${name}, or ${name}_FILE to a file that holds it.`,
      };
    return { why: `There is nothing at ${reference}.`, remedy: "Create it, or correct the name." };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { why: `${reference} cannot be read: ${why}`, remedy: "Check that it exists and may be read." };
  }
}
