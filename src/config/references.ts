/** Finds what a configuration refers to ("os.environ/NAME", "file:/run/secrets/x"), looks it up and puts it in its place. */

import type { Notices } from "./notices.ts";
import { secretStores } from "./secrets/index.ts";
import type { SecretSources } from "./secrets/store.ts";
import { eachText, type Mapping, mapLeaves } from "./tree.ts";

/** More than this in one configuration is no configuration. */
const referencesAtMost = 20_000;

/** The same tree with every reference replaced. One that leads nowhere is told as an error, and its value counts as absent. */
export async function resolveReferences(tree: Mapping, sources: SecretSources, notices: Notices): Promise<Mapping> {
  const references = referencesIn(tree, notices);
  if (references.size === 0) return tree;
  const found = await lookUp(references, sources);
  const resolved = mapLeaves(tree, (leaf, path) => {
    const answer = typeof leaf.value === "string" ? found.get(leaf.value) : undefined;
    if (answer === undefined) return leaf;
    const reference = String(leaf.value);
    if ("value" in answer) return { ...leaf, value: answer.value, reference };
    notices.error(leaf, path(), answer.why, answer.remedy);
    return { ...leaf, value: null, reference, missing: true };
  });
  return resolved.kind === "map" ? resolved : tree;
}

const storeOf = (text: string) => secretStores.find(({ prefix }) => text.startsWith(prefix));

function referencesIn(tree: Mapping, notices: Notices): ReadonlySet<string> {
  const references = new Set<string>();
  eachText(tree, (leaf) => {
    if (!storeOf(leaf.value)) return;
    if (references.size < referencesAtMost) references.add(leaf.value);
    else if (!references.has(leaf.value))
      notices.error(leaf, "", `More than ${referencesAtMost} different references are not looked up.`);
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
