/** A text as a reader sees it: without characters that nobody sees, with plain letters for dressed ones and for those of other alphabets that look the same, and plain spaces for others. */

export interface Plain {
  readonly text: string;
  /** Where a piece of it stands in the text as it was written. */
  placeOf(from: number, to: number): { readonly from: number; readonly to: number };
}

/** https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point, which renderers and models pass over. */
const unseen = /\p{Default_Ignorable_Code_Point}/u;
/**
 * Anything but characters that are plain already: ASCII, the letters of most languages of Europe, Chinese, Japanese and
 * Korean with their usual punctuation; and words in two alphabets.
 */
const odd =
  /[^\t-\r -~\u00a1-\u00a9\u00ab\u00ac\u00ae-\u00b9\u00bb-\u012f\u0131-\u0250\u0252-\u0260\u0262-\u02af\u0391-\u03cf\u0400-\u0482\u2013\u2014\u2018-\u201e\u2022\u2026\u20ac\u3001-\u3003\u300a-\u300f\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uac00-\ud7a3\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]|[0-9A-Za-z_][\u0391-\u03cf\u0400-\u0482]|[\u0391-\u03cf\u0400-\u0482][0-9A-Za-z_]/;
const space = /^[\u00a0\u2000-\u200a\u202f\u205f\u3000]$/;
/** A letter with the marks on it. */
const cluster = /\P{M}\p{M}*|\p{M}+/gu;
const mark = /\p{Mn}/gu;
/** In other scripts marks are vowels. */
const plainBase = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}]/u;

/** Undefined: it is plain already. */
export function plainly(text: string): Plain | undefined {
  if (!odd.test(text)) return undefined;
  let plain = "";
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: letter, index } of text.matchAll(cluster)) {
    const seen = seenOf(letter);
    for (let unit = 0; unit < seen.length; unit++) {
      // As many as were written keep their own places.
      const own = seen.length === letter.length;
      starts.push(own ? index + unit : index);
      ends.push(own ? index + unit + 1 : index + letter.length);
    }
    plain += seen;
  }
  const placeOf = (from: number, to: number) => ({
    from: starts[from] ?? text.length,
    to: ends[to - 1] ?? text.length,
  });
  return { text: inOneScript(plain), placeOf };
}

function seenOf(letter: string): string {
  const code = letter.charCodeAt(0);
  if (letter.length === 1 && (code < 0xa0 || isLone(code))) return letter;
  if (space.test(letter)) return " ";
  if (letter === "\u0130") return "I";
  const visible = unseen.test(letter) ? withoutUnseen(letter) : letter;
  // Full-width, mathematical and circled letters, ligatures, and marks that belong to a letter.
  const composed = visible.normalize("NFKC");
  // What is left of marks is no spelling: a line through each letter, or heaps of them.
  return composed.length > 1 && plainBase.test(composed) ? composed.replace(mark, "") : composed;
}

/** Cyrillic, Chinese, Korean: nothing to compose, and there is much of it. */
const isLone = (code: number): boolean =>
  (code >= 0x400 && code <= 0x482) || (code >= 0x3400 && code <= 0x9fff) || (code >= 0xac00 && code <= 0xd7a3);

const withoutUnseen = (letter: string): string => {
  let rest = "";
  for (const one of letter) if (!unseen.test(one)) rest += one;
  return rest;
};

/** https://www.unicode.org/Public/security/latest/confusables.txt: the letters of Cyrillic and Greek that look like Latin ones. */
const lookalikes: ReadonlyMap<string, string> = new Map(
  [
    ["аɑα", "a"],
    ["ԁ", "d"],
    ["еҽε", "e"],
    ["ɡ", "g"],
    ["һ", "h"],
    ["іι", "i"],
    ["јϳ", "j"],
    ["кκ", "k"],
    ["ӏ", "l"],
    ["мμ", "m"],
    ["пη", "n"],
    ["оοσ", "o"],
    ["рρ", "p"],
    ["ԛ", "q"],
    ["г", "r"],
    ["ѕ", "s"],
    ["тτ", "t"],
    ["υ", "u"],
    ["ѵν", "v"],
    ["ѡω", "w"],
    ["хχ", "x"],
    ["уγ", "y"],
    ["сϲ", "c"],
    ["ЬВΒ", "B"],
    ["АΑ", "A"],
    ["СϹ", "C"],
    ["ЕΕ", "E"],
    ["НΗ", "H"],
    ["ІΙӀ", "I"],
    ["Ј", "J"],
    ["КΚ", "K"],
    ["МΜ", "M"],
    ["Ν", "N"],
    ["ОΟ", "O"],
    ["РΡ", "P"],
    ["Ѕ", "S"],
    ["ТΤ", "T"],
    ["ХΧ", "X"],
    ["УΥ", "Y"],
    ["Ζ", "Z"],
  ].flatMap(([from = "", to = ""]) => Array.from(from, (letter) => [letter, to] as const)),
);
const foreign = /[\u0251\u0261\u0370-\u052f]/;
const word = /[\p{L}\p{N}_]+/gu;
const latin = /[A-Za-z]/;

/** Only in words that mix alphabets: a word of Russian or Greek is what it is. Lengths stay. */
function inOneScript(text: string): string {
  if (!foreign.test(text)) return text;
  return text.replace(word, (said) =>
    latin.test(said) && foreign.test(said) ? said.replace(/./gu, (letter) => lookalikes.get(letter) ?? letter) : said,
  );
}
