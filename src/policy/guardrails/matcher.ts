/** Finds all places of one kind of thing in a text: a word, a pattern, a number that checks out. */

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Matcher {
  /** How long a match can be, with the characters on either side that decide about it. */
  readonly reach: number;
  /** In order, not overlapping. `lower`: the text as `folded` gives it. */
  find(text: string, lower: string): readonly Span[];
}

const none: readonly Span[] = [];

/** By a pattern of our own, reviewed to take linear time. `hint`: without it in the text there is no match. */
export const byPattern = (pattern: RegExp, reach: number, hint?: string): Matcher => ({
  reach,
  find(text) {
    if (hint !== undefined && text.indexOf(hint) < 0) return none;
    if (text.search(pattern) < 0) return none;
    const spans: Span[] = [];
    for (const { index, 0: found } of text.matchAll(pattern)) spans.push({ from: index, to: index + found.length });
    return spans;
  },
});

/** Between two words, as many spaces and line breaks as this are one space. */
const longestGap = 8;

/** Wherever the letters stand, in any case, also within longer words. */
export function byKeyword(keyword: string): Matcher {
  const [first = "", ...rest] = folded(keyword)
    .split(/\s+/)
    .filter((word) => word !== "");
  return {
    reach: keyword.length + rest.length * longestGap,
    find(_, all) {
      let at = all.indexOf(first);
      if (at < 0 || first === "") return none;
      const spans: Span[] = [];
      while (at >= 0) {
        const to = endOf(all, at + first.length, rest);
        if (to >= 0) spans.push({ from: at, to });
        at = all.indexOf(first, to < 0 ? at + 1 : to);
      }
      return spans;
    },
  };
}

/** Where the words end that follow at `from`; -1 where they do not. */
function endOf(text: string, from: number, words: readonly string[]): number {
  let at = from;
  for (const word of words) {
    const gap = at;
    while (at - gap < longestGap && isSpace(text.charCodeAt(at))) at++;
    if (at === gap || !text.startsWith(word, at)) return -1;
    at += word.length;
  }
  return at;
}

const isSpace = (code: number): boolean =>
  code === 32 || (code >= 9 && code <= 13) || code === 0x85 || code === 0xa0 || code === 0x2028 || code === 0x2029;

/** Lower case, at the same length: places in it are places in the text. */
export function folded(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  let same = "";
  for (const letter of text) {
    const small = letter.toLowerCase();
    same += small.length === letter.length ? small : letter;
  }
  return same;
}

export const anyOf = (matchers: readonly Matcher[]): Matcher => ({
  reach: Math.max(...matchers.map(({ reach }) => reach)),
  find: (text, lower) => merged(matchers.flatMap((matcher) => matcher.find(text, lower))),
});

function merged(spans: readonly Span[]): readonly Span[] {
  if (spans.length < 2) return spans;
  const ordered = [...spans].sort((a, b) => a.from - b.from || b.to - a.to);
  const apart: Span[] = [];
  for (const span of ordered) {
    const last = apart.at(-1);
    if (!last || span.from >= last.to) apart.push(span);
    else if (span.to > last.to) apart[apart.length - 1] = { from: last.from, to: span.to };
  }
  return apart;
}
