/** What stood in a configuration file, with the place of every value: what the dialect reads and what notices point at. */

export interface Place {
  readonly file: string;
  /** Counted from 1, as editors do. */
  readonly line: number;
  readonly column: number;
}

export interface Leaf extends Place {
  readonly kind: "leaf";
  readonly value: string | number | boolean | null;
  /** The reference ("os.environ/NAME") that the value was found by. */
  readonly reference?: string;
  /** The reference led nowhere. That was told already: whoever reads it treats it as absent and says nothing. */
  readonly missing?: boolean;
}

interface List extends Place {
  readonly kind: "list";
  readonly items: readonly Tree[];
}

export interface Entry {
  readonly value: Tree;
  readonly line: number;
  readonly column: number;
}

export interface Mapping extends Place {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
}

export type Tree = Leaf | List | Mapping;

/** The plain value, without places. Keys such as "__proto__" become ordinary properties. */
export function plain(tree: Tree): unknown {
  if (tree.kind === "leaf") return tree.value;
  if (tree.kind === "list") return tree.items.map(plain);
  return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plain(value)]));
}

/** Every text in the tree. */
export function eachText(tree: Tree, visit: (leaf: Leaf & { readonly value: string }) => void): void {
  if (tree.kind === "leaf") {
    if (typeof tree.value === "string") visit(tree as Leaf & { readonly value: string });
  } else if (tree.kind === "list") for (const item of tree.items) eachText(item, visit);
  else for (const { value } of tree.entries.values()) eachText(value, visit);
}

type Change = (leaf: Leaf, path: () => string) => Leaf;

/** The same tree with every leaf given to `change`; subtrees that nobody changed stay the same objects. */
export function mapLeaves(tree: Tree, change: Change, steps: (string | number)[] = []): Tree {
  if (tree.kind === "leaf") return change(tree, () => written(steps));
  return tree.kind === "list" ? mapList(tree, change, steps) : mapEntries(tree, change, steps);
}

const written = (steps: readonly (string | number)[]): string =>
  steps.reduce<string>((path, step) => {
    if (typeof step === "number") return `${path}[${step}]`;
    return path === "" ? step : `${path}.${step}`;
  }, "");

function mapList(tree: List, change: Change, steps: (string | number)[]): List {
  let items: Tree[] | undefined;
  for (const [index, item] of tree.items.entries()) {
    steps.push(index);
    const changed = mapLeaves(item, change, steps);
    steps.pop();
    if (changed === item) continue;
    items ??= [...tree.items];
    items[index] = changed;
  }
  return items ? { ...tree, items } : tree;
}

function mapEntries(tree: Mapping, change: Change, steps: (string | number)[]): Mapping {
  let entries: Map<string, Entry> | undefined;
  for (const [key, entry] of tree.entries) {
    steps.push(key);
    const changed = mapLeaves(entry.value, change, steps);
    steps.pop();
    if (changed === entry.value) continue;
    entries ??= new Map(tree.entries);
    entries.set(key, { ...entry, value: changed });
  }
  return entries ? { ...tree, entries } : tree;
}

/** Later files on earlier ones: mappings merge, lists grow, everything else is replaced. */
export function merge(earlier: Mapping, later: Mapping): Mapping {
  const entries = new Map(earlier.entries);
  for (const [key, entry] of later.entries) {
    const before = entries.get(key);
    entries.set(key, before ? { ...before, value: mergeValues(before.value, entry.value) } : entry);
  }
  return { ...earlier, entries };
}

function mergeValues(earlier: Tree, later: Tree): Tree {
  if (earlier.kind === "map" && later.kind === "map") return merge(earlier, later);
  if (earlier.kind === "list" && later.kind === "list")
    return { ...earlier, items: [...earlier.items, ...later.items] };
  return later;
}

export const emptyMapping = (file: string): Mapping => ({ kind: "map", entries: new Map(), file, line: 1, column: 1 });

/** Where a path ("model_list[3].litellm_params.model") stands, or as much of it as there is. */
export function placeIn(tree: Tree, path: string): Place | undefined {
  let found: Place | undefined;
  let at: Tree | undefined = tree;
  for (const step of path.match(/[^.[\]]+/g) ?? []) {
    const entry: Entry | undefined = at && entryOf(at, step);
    if (!entry) break;
    at = entry.value;
    found = { file: at.file, line: entry.line, column: entry.column };
  }
  return found;
}

/** In a list of mappings, a name finds the first that has it as a key. */
function entryOf(tree: Tree, step: string): Entry | undefined {
  if (tree.kind === "map") return tree.entries.get(step);
  if (tree.kind === "leaf") return undefined;
  const item = tree.items[Number(step)];
  if (item) return { value: item, line: item.line, column: item.column };
  for (const candidate of tree.items) {
    const entry = candidate.kind === "map" ? candidate.entries.get(step) : undefined;
    if (entry) return entry;
  }
  return undefined;
}
