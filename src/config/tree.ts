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

export interface List extends Place {
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

/** The same tree with every text leaf given to `change`; subtrees that nobody changed stay the same objects. */
export function mapTexts(tree: Tree, change: (leaf: Leaf, path: string) => Leaf, path = ""): Tree {
  switch (tree.kind) {
    case "leaf":
      return typeof tree.value === "string" ? change(tree, path) : tree;
    case "list":
      return mapList(tree, change, path);
    case "map":
      return mapEntries(tree, change, path);
  }
}

function mapList(tree: List, change: (leaf: Leaf, path: string) => Leaf, path: string): List {
  let items: Tree[] | undefined;
  for (const [index, item] of tree.items.entries()) {
    const changed = mapTexts(item, change, `${path}[${index}]`);
    if (changed === item) continue;
    items ??= [...tree.items];
    items[index] = changed;
  }
  return items ? { ...tree, items } : tree;
}

function mapEntries(tree: Mapping, change: (leaf: Leaf, path: string) => Leaf, path: string): Mapping {
  let entries: Map<string, Entry> | undefined;
  for (const [key, entry] of tree.entries) {
    const changed = mapTexts(entry.value, change, path === "" ? key : `${path}.${key}`);
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
