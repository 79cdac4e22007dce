/** Reads the plain kind of YAML that nearly every configuration is written in, ten times as fast as the whole language; what is not plain it leaves. */

import type { Entry, Tree } from "./tree.ts";

/** Reads a flow collection or a quoted text that stands on one line, with the whole language. */
export type ReadInline = (text: string, line: number, column: number) => Tree | undefined;

interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly indent: number;
  /** Without indent, comment and white space at the end. Never empty. */
  readonly text: string;
}

/** Thrown where the text leaves the plain kind. */
class NotPlain extends Error {}

/** Undefined: the text is not of the plain kind, or is wrong; the whole language has to be read. */
export function readPlainYaml(text: string, file: string, readInline: ReadInline, depth: number): Tree | undefined {
  if (notPlain.test(text)) return undefined;
  try {
    const cursor = createCursor(linesOf(text), file, readInline, depth);
    const tree = cursor.block(-1, 0);
    return cursor.isAtEnd() ? tree : undefined;
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

/** Tabs, control characters and white space other than blanks; document marks; anchors, aliases, tags and texts in blocks. */
const notPlain =
  /[^\n\x20-\x7e\u00a1-\u167f\u1681-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u2fff\u3001-\ud7ff\ue000-\ufefe\uff00-\ufffd]|^(?:---|\.\.\.|%)|(?:^|[\s[{,:?-])[&*!|>]/m;

function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  let number = 0;
  for (const whole of text.split("\n")) {
    number += 1;
    let indent = 0;
    while (whole.charCodeAt(indent) === 32) indent += 1;
    if (indent === whole.length || whole.charCodeAt(indent) === 35) continue;
    lines.push({ number, indent, text: whole.slice(indent).trimEnd() });
  }
  return lines;
}

/** Keys that need no quotes and no thought. */
const plainKey = /^[A-Za-z0-9_][A-Za-z0-9_./-]*:(?: +|$)/;
/** The first character of a text that is surely nothing else. */
const plainStart = /^(?:[A-Za-z0-9_./$~+]|-[^\s])/;
const number = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const words: ReadonlyMap<string, boolean | null> = new Map([
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["~", "null", "Null", "NULL"].map((word) => [word, null] as const),
]);

function createCursor(lines: readonly Line[], file: string, readInline: ReadInline, maxDepth: number) {
  let at = 0;

  /** What stands deeper than `above`. */
  const block = (above: number, depth: number): Tree => {
    const line = lines[at];
    if (!line || line.indent <= above || depth > maxDepth) throw new NotPlain();
    if (isItem(line.text)) return list(line.indent, depth);
    return mapping(line.indent, line, depth);
  };

  /** `first` may be the rest of a line that began with "- ". */
  const mapping = (indent: number, first: Line, depth: number): Tree => {
    const entries = new Map<string, Entry>();
    let line: Line | undefined = first;
    while (line && line.indent === indent && !isItem(line.text)) {
      const colon = plainKey.test(line.text) ? line.text.indexOf(":") : -1;
      const key = line.text.slice(0, colon);
      if (colon < 0 || entries.has(key) || words.get(key) === null) throw new NotPlain();
      at += 1;
      const value = valueAfter(line, afterColon(line.text, colon), indent, depth, true);
      entries.set(key, { value, line: line.number, column: indent + 1 });
      line = lines[at];
    }
    if (line && line.indent > indent) throw new NotPlain();
    return { kind: "map", entries, file, line: first.number, column: indent + 1 };
  };

  const list = (indent: number, depth: number): Tree => {
    const items: Tree[] = [];
    const start = lines[at];
    let line = start;
    while (line && line.indent === indent && isItem(line.text)) {
      const inner = line.text.slice(1).trimStart();
      const offset = line.text.length - inner.length;
      if (isItem(inner)) throw new NotPlain();
      if (plainKey.test(inner)) {
        const rest = { number: line.number, indent: indent + offset, text: inner };
        items.push(mapping(rest.indent, rest, depth + 1));
      } else {
        at += 1;
        items.push(valueAfter(line, offset, indent, depth, false));
      }
      line = lines[at];
    }
    if (line && line.indent > indent) throw new NotPlain();
    return { kind: "list", items, file, line: start?.number ?? 1, column: indent + 1 };
  };

  /** The value that begins at `offset` of a line, or below it. */
  const valueAfter = (line: Line, offset: number, indent: number, depth: number, inMapping: boolean): Tree => {
    const text = line.text.slice(offset);
    const next = lines[at];
    if (text === "" || text.startsWith("#")) {
      if (next && next.indent > indent) return block(indent, depth + 1);
      if (inMapping && next && next.indent === indent && isItem(next.text)) return list(indent, depth + 1);
      return { kind: "leaf", value: null, file, line: line.number, column: line.indent + offset + 1 };
    }
    // A text that goes on in the next line.
    if (next && next.indent > indent) throw new NotPlain();
    return scalar(text, line.number, line.indent + offset + 1);
  };

  const scalar = (text: string, line: number, column: number): Tree => {
    if (/^["'[{]/.test(text)) {
      const simple = /^"([^"\\]*)"$|^'([^']*)'$/.exec(text);
      if (simple) return { kind: "leaf", value: simple[1] ?? simple[2] ?? "", file, line, column };
      const tree = readInline(text, line, column);
      if (!tree) throw new NotPlain();
      return tree;
    }
    const comment = text.indexOf(" #");
    const bare = comment < 0 ? text : text.slice(0, comment).trimEnd();
    if (!plainStart.test(bare) || bare.includes(": ") || bare.endsWith(":")) throw new NotPlain();
    return { kind: "leaf", value: resolved(bare), file, line, column };
  };

  return { block, isAtEnd: () => at === lines.length };
}

const afterColon = (text: string, colon: number): number => {
  let at = colon + 1;
  while (text.charCodeAt(at) === 32) at += 1;
  return at;
};

const isItem = (text: string): boolean => text === "-" || text.startsWith("- ");

function resolved(text: string): string | number | boolean | null {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (number.test(text)) return Number(text);
  // Other ways to write numbers ("0x1f", ".inf") are rare.
  if (/^[-+]?(?:0[xo]|\.(?:inf|nan))/i.test(text)) throw new NotPlain();
  return text;
}
