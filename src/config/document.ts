/** Reads one YAML (or JSON) text into a tree with places; bounded in size, depth and what its aliases unfold to. */

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
} from "yaml";
import { createNotices, type Notices } from "./notices.ts";
import { type ReadInline, readPlainYaml } from "./plain-yaml.ts";
import { type Entry, emptyMapping, type Mapping, type Place, type Tree } from "./tree.ts";

export const documentLimits = {
  bytes: 8 * 1024 * 1024,
  depth: 64,
  /** Values, those counted again that an alias repeats. */
  values: 1_000_000,
} as const;

/** The mapping that the text holds. What is wrong with it is told to `notices`; nothing readable is thrown away. */
export function readDocument(text: string, file: string, notices: Notices): Mapping {
  if (!fits(text, file, notices)) return emptyMapping(file);
  const inline: ReadInline = (part, line, column) => readInline(part, { file, line, column });
  const plain = readPlainYaml(text, file, inline, documentLimits.depth);
  const tree = plain ?? readWhole(text, file, notices);
  if (tree === undefined || (tree.kind === "leaf" && tree.value === null)) return emptyMapping(file);
  if (tree.kind === "map") return tree;
  notices.error(tree, "", "A configuration is a mapping of sections, and this is none.", "Start with `model_list:`.");
  return emptyMapping(file);
}

const options = { uniqueKeys: false, prettyErrors: false, logLevel: "error", strict: true } as const;

/** Reads with the whole language. Undefined: there is nothing, or it is wrong, and that was told. */
function readWhole(text: string, file: string, notices: Notices): Tree | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...options, lineCounter: lines });
  for (const error of document.errors)
    notices.error(placeOf(error, file, lines), "", syntaxMessage(error, text, lines));
  for (const warning of document.warnings)
    notices.warning(placeOf(warning, file, lines), "", sentence(warning.message));
  if (document.errors.length > 0 || document.contents === null) return undefined;
  try {
    return createReader({ file, line: 1, column: 1 }, lines, notices)(document.contents);
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    notices.error(error.at, "", error.message, error.remedy);
    return undefined;
  }
}

/** Undefined: it is no whole value. */
function readInline(text: string, from: Place): Tree | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...options, lineCounter: lines });
  if (document.errors.length > 0 || document.warnings.length > 0 || document.contents === null) return undefined;
  const notices = createNotices();
  const tree = createReader(from, lines, notices)(document.contents);
  return notices.all().length > 0 ? undefined : tree;
}

function fits(text: string, file: string, notices: Notices): boolean {
  const start = { file, line: 1, column: 1 };
  if (text.length > documentLimits.bytes) {
    notices.error(start, "", tooLong(text.length), "Split it with `include:`.");
    return false;
  }
  const deepest = indentDepth(text);
  if (deepest.depth > documentLimits.depth) {
    notices.error({ file, line: deepest.line, column: 1 }, "", tooDeep);
    return false;
  }
  return true;
}

const tooLong = (bytes: number): string =>
  `The file has ${(bytes / 1_048_576).toFixed(1)} MB; at most ${documentLimits.bytes / 1_048_576} MB are read.`;

const tooMany = `The file holds more than ${documentLimits.values} values once its aliases are unfolded.`;
const tooDeep = `The values are nested more than ${documentLimits.depth} deep.`;

/** An upper bound of the nesting of brackets, so that no recursive parser is ever led down a pit. Brackets in texts count: they are few. */
function indentDepth(text: string): { depth: number; line: number } {
  let open = 0;
  let deepest = { depth: 0, line: 1 };
  let line = 1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10) line += 1;
    else if (code === 91 || code === 123) open += 1;
    else if ((code === 93 || code === 125) && open > 0) open -= 1;
    if (open > deepest.depth) deepest = { depth: open, line };
  }
  const dashes = /^[ \t]*(?:[-?] ){60,}/m.exec(text);
  if (dashes) return { depth: dashes[0].length / 2, line: text.slice(0, dashes.index).split("\n").length };
  return deepest;
}

class TooMuch extends Error {
  readonly at: Place;
  readonly remedy: string | undefined;
  constructor(at: Place, message: string, remedy?: string) {
    super(message);
    this.at = at;
    this.remedy = remedy;
  }
}

interface Sized {
  readonly tree: Tree;
  readonly size: number;
}

/** Aliases share the tree of their anchor and are paid for by its size, so a bomb costs nothing before it is refused. */
function createReader(from: Place, lines: LineCounter, notices: Notices): (node: unknown) => Tree {
  const anchors = new Map<string, Sized>();

  const place = (node: unknown): Place => {
    const range = isNode(node) ? node.range : undefined;
    const { line, col } = lines.linePos(range?.[0] ?? 0);
    return {
      file: from.file,
      line: from.line + Math.max(line, 1) - 1,
      column: Math.max(col, 1) + (line > 1 ? 0 : from.column - 1),
    };
  };

  const read = (node: unknown, depth: number): Sized => {
    if (depth > documentLimits.depth) throw new TooMuch(place(node), tooDeep);
    if (isAlias(node)) return aliased(node.source, place(node));
    const sized = readFresh(node, depth);
    if (sized.size > documentLimits.values) throw new TooMuch(place(node), tooMany);
    const anchor = isNode(node) && "anchor" in node ? node.anchor : undefined;
    if (typeof anchor === "string") anchors.set(anchor, sized);
    return sized;
  };

  const readFresh = (node: unknown, depth: number): Sized => {
    if (isMap(node)) return mapping(node, depth);
    return isSeq(node) ? list(node, depth) : leaf(node);
  };

  const aliased = (name: string, at: Place): Sized => {
    const found = anchors.get(name);
    if (!found) throw new TooMuch(at, `The alias *${name} names no anchor that stands before it.`);
    return found;
  };

  const leaf = (node: unknown): Sized => {
    const value = isScalar(node) ? node.value : null;
    const simple = typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
    const kept = typeof value === "bigint" ? Number(value) : simple;
    return { tree: { kind: "leaf", value: kept, ...place(node) }, size: 1 };
  };

  const list = (node: { items: readonly unknown[] }, depth: number): Sized => {
    const items: Tree[] = [];
    let size = 1;
    for (const item of node.items) {
      const sized = read(item, depth + 1);
      items.push(sized.tree);
      size += sized.size;
    }
    return { tree: { kind: "list", items, ...place(node) }, size };
  };

  const mapping = (node: { items: readonly Pair[] }, depth: number): Sized => {
    const entries = new Map<string, Entry>();
    const merged: Tree[] = [];
    let size = 1;
    for (const { key, value } of node.items) {
      const at = place(key);
      const sized = read(value, depth + 1);
      size += sized.size;
      const name = keyName(key);
      if (name === undefined) notices.error(at, "", "A key must be a text.", "Put it in quotes.");
      else if (name === "<<" && isScalar(key) && key.type === "PLAIN") merged.push(...sources(sized.tree));
      else {
        if (entries.has(name)) notices.warning(at, name, `"${name}" stands twice here; the last one counts.`);
        entries.set(name, { value: sized.tree, line: at.line, column: at.column });
      }
    }
    for (const source of merged) addMissing(entries, source);
    return { tree: { kind: "map", entries, ...place(node) }, size };
  };

  const sources = (tree: Tree): readonly Tree[] => (tree.kind === "list" ? tree.items : [tree]);

  const addMissing = (entries: Map<string, Entry>, source: Tree): void => {
    if (source.kind !== "map") notices.error(source, "<<", "Only mappings can be merged in.");
    else for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
  };

  return (node) => read(node, 0).tree;
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "range" in value;

function keyName(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  const { value } = key;
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? (key.source ?? String(value)) : undefined;
}

const placeOf = (error: YAMLError, file: string, lines: LineCounter): Place => {
  const { line, col } = lines.linePos(error.pos[0]);
  return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
};

/** The parser's words, the line and a caret below the place. */
function syntaxMessage(error: YAMLError, text: string, lines: LineCounter): string {
  const { line, col } = lines.linePos(error.pos[0]);
  const start = lines.lineStarts[line - 1] ?? 0;
  const end = text.indexOf("\n", start);
  const whole = text.slice(start, end < 0 ? undefined : end).replaceAll("\t", " ");
  const from = Math.max(0, col - 61);
  const shown = whole.slice(from, from + 120).trimEnd();
  return `${sentence(error.message)}\n    ${shown}\n    ${" ".repeat(Math.max(0, col - 1 - from))}^`;
}

const sentence = (message: string): string => `${message.split("\n", 1)[0]?.replace(/[.:]?$/, "") ?? ""}.`;
