/** Reads a mapping by a table of its keys: what is served is checked and typed, what is not is told, what is unknown too. */

import { Secret } from "../canonical/secret.ts";
import type { Notices } from "./notices.ts";
import type { Entry, Leaf, Mapping, Place, Tree } from "./tree.ts";

/** What kind of value stands behind a key, and what comes of it. */
export interface Kinds {
  readonly text: string;
  /** A text that is kept out of sight. */
  readonly secret: Secret;
  /** A finite number that is not negative. */
  readonly amount: number;
  /** A whole number that is not negative. */
  readonly count: number;
  /** A number, or a duration such as "30s"; in seconds. */
  readonly seconds: number;
  readonly flag: boolean;
  /** A list of texts; one text stands for a list of one. */
  readonly texts: readonly string[];
  readonly map: Mapping;
  readonly list: readonly Tree[];
  readonly any: Tree;
}
export type Kind = keyof Kinds;

/** A row of a table, and of the documentation page that is made from it. */
export interface Key {
  readonly kind: Kind;
  /**
   * "moot": known, and there is nothing to serve: what it asks for is so anyway, or belongs to the other program's insides.
   * "rule": not served, and without it more would be allowed than the operator wants, so the gateway does not start.
   */
  readonly served: boolean | "moot" | "rule";
  /** What it does; or, where it is not served, what is missing. One sentence. */
  readonly says: string;
  /** What to do in place of what is not served. */
  readonly instead?: string;
}
export type Keys = Readonly<Record<string, Key>>;
export type Values<K extends Keys> = { readonly [N in keyof K]?: Kinds[K[N]["kind"]] };

export const served = <K extends Kind>(kind: K, says: string) => ({ kind, served: true, says }) as const;
/** `instead`: what to do. Undefined: there is nothing like it, and nothing to do but wait. */
export const unserved = (says: string, instead?: string) =>
  ({ kind: "any", served: false, says, ...(instead !== undefined && { instead }) }) as const;
export const rule = (says: string, instead: string) => ({ kind: "any", served: "rule", says, instead }) as const;
export const moot = (says: string) => ({ kind: "any", served: "moot", says }) as const;

export interface SectionOptions {
  /** What becomes of keys that the table lacks. Default: a note. */
  readonly unknown?: (name: string, value: Tree, path: string) => void;
}

export function readSection<K extends Keys>(
  tree: Tree | undefined,
  path: string,
  keys: K,
  notices: Notices,
  options: SectionOptions = {},
): Values<K> {
  const values: Record<string, unknown> = {};
  const section = tree === undefined ? undefined : readValue(tree, path, "map", notices);
  for (const [name, entry] of section?.entries ?? []) {
    const here = path === "" ? name : `${path}.${name}`;
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (key?.served === true) put(values, name, readValue(entry.value, here, key.kind, notices));
    else if (key === undefined && options.unknown) options.unknown(name, entry.value, here);
    else tellUnserved(key, entry, here, notices);
  }
  return values as Values<K>;
}

const put = (values: Record<string, unknown>, name: string, value: unknown): void => {
  if (value !== undefined) values[name] = value;
};

function tellUnserved(key: Key | undefined, { value, line, column }: Entry, path: string, notices: Notices): void {
  const at = { file: value.file, line, column };
  if (key === undefined) tellUnknown(at, path, notices);
  else if (key.served === "moot") notices.note(at, path, key.says);
  else if (isOff(value)) notices.note(at, path, `Switched off here, and not supported yet: ${key.says}`);
  else if (key.served === "rule")
    notices.broken(
      at,
      path,
      `Not supported yet, and without it more would be allowed than intended: ${key.says}`,
      key.instead ?? "",
    );
  else notices.warning(at, path, `Not supported yet: ${key.says}`, key.instead ?? leaveOut);
}

/** A limit that limits nothing must not pass for a mere slip. */
const restricting = /budget|limit|allow|block|deny|denied|guard|enforce|restrict|require|disable_auth/;

function tellUnknown(at: Place, path: string, notices: Notices): void {
  const name = path.slice(path.lastIndexOf(".") + 1);
  const elsewhere = notices.placesOf(name).filter((place) => place !== path);
  const message = "This setting is unknown here and has no effect.";
  const remedy =
    elsewhere.length > 0
      ? `It belongs in \`${elsewhere.map((place) => place.slice(0, place.lastIndexOf("."))).join("` or `")}\`.`
      : "Is it misspelt? Otherwise remove it.";
  if (restricting.test(name)) notices.warning(at, path, message, remedy);
  else notices.note(at, path, message, remedy);
}

const leaveOut = "There is no replacement; you can remove this setting.";

const isOff = (value: Tree): boolean => {
  if (value.kind === "leaf") return value.value === false || value.value === null || value.value === "";
  return value.kind === "list" ? value.items.length === 0 : value.entries.size === 0;
};

/** Undefined: there is none (null counts as none), or it is wrong, and that was told. */
export function readValue<K extends Kind>(tree: Tree, path: string, kind: K, notices: Notices): Kinds[K] | undefined {
  if (tree.kind === "leaf" && (tree.value === null || tree.missing)) return undefined;
  const read: (tree: Tree) => Kinds[K] | Wrong = readers[kind];
  const value = read(tree);
  if (!(value instanceof Wrong)) return value;
  notices.error(tree, path, `${value.expected}, and this is ${shown(tree)}.`, value.remedy);
  return undefined;
}

class Wrong {
  readonly expected: string;
  readonly remedy: string | undefined;
  constructor(expected: string, remedy?: string) {
    this.expected = expected;
    this.remedy = remedy;
  }
}

const readers: { readonly [K in Kind]: (tree: Tree) => Kinds[K] | Wrong } = {
  text: (tree) => text(tree) ?? new Wrong("A text is needed", "Write it on one line, in quotes."),
  secret: (tree) => {
    const found = text(tree);
    return found === undefined ? new Wrong("A text is needed", "Write os.environ/NAME.") : new Secret(found);
  },
  amount: (tree) => number(tree) ?? new Wrong("A number from 0 up is needed"),
  count: (tree) => {
    const found = number(tree);
    return found !== undefined && Number.isSafeInteger(found) ? found : new Wrong("A whole number from 0 up is needed");
  },
  seconds: (tree) => number(tree) ?? duration(tree) ?? new Wrong("Seconds are needed", 'Write 30, or "30s".'),
  flag: (tree) => flag(tree) ?? new Wrong("true or false is needed", "Write true or false."),
  texts: (tree) => texts(tree) ?? new Wrong("A list of texts is needed", "Write - before each."),
  map: (tree) => (tree.kind === "map" ? tree : new Wrong("A mapping is needed", "Write `key: value` lines below it.")),
  list: (tree) => (tree.kind === "list" ? tree.items : new Wrong("A list is needed", "Write - before each entry.")),
  any: (tree) => tree,
};

const text = (tree: Tree): string | undefined => {
  if (tree.kind !== "leaf") return undefined;
  return typeof tree.value === "string" ? tree.value : tree.value === null ? undefined : String(tree.value);
};

/** Numbers may be quoted: what comes from the environment always is a text. */
function number(tree: Tree): number | undefined {
  if (tree.kind !== "leaf") return undefined;
  const { value } = tree;
  const found = typeof value === "string" && /^[+-]?(\d|\.\d)/.test(value) ? Number(value) : value;
  return typeof found === "number" && Number.isFinite(found) && found >= 0 ? found : undefined;
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800, mo: 2_592_000 };

function duration(tree: Tree): number | undefined {
  const [, amount, unit] = /^(\d{1,9})(s|min|m|h|d|w|mo)$/.exec(text(tree) ?? "") ?? [];
  return amount === undefined || unit === undefined ? undefined : Number(amount) * (units[unit] ?? 1);
}

/** The older YAML's words for yes and no are understood, as operators are used to them. */
function flag(tree: Tree): boolean | undefined {
  const word = text(tree)?.toLowerCase();
  if (word === "true" || word === "yes" || word === "on" || word === "1") return true;
  return word === "false" || word === "no" || word === "off" || word === "0" ? false : undefined;
}

function texts(tree: Tree): readonly string[] | undefined {
  if (tree.kind === "leaf") return typeof tree.value === "string" ? [tree.value] : undefined;
  if (tree.kind === "map") return undefined;
  const found = tree.items.filter((item) => !isMissing(item)).map(text);
  return found.every((item) => item !== undefined) ? found : undefined;
}

const isMissing = (tree: Tree): boolean => tree.kind === "leaf" && tree.missing === true;

/** What stands there, in few words and without giving a secret away. */
function shown(tree: Tree): string {
  if (tree.kind === "list") return "a list";
  if (tree.kind === "map") return "a mapping";
  return typeof tree.value === "string" ? textShown(tree) : String(tree.value);
}

const textShown = (leaf: Leaf): string => {
  const value = String(leaf.value);
  return leaf.reference !== undefined || value.length > 20 ? "a text" : JSON.stringify(value);
};
