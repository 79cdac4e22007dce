/** A text as a reader sees it: without characters that nobody sees, and with plain letters for wide ones and plain spaces for others. */

export interface Plain {
  readonly text: string;
  /** Where a piece of it stands in the text as it was written. */
  placeOf(from: number, to: number): { readonly from: number; readonly to: number };
}

/** https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point, which renderers and models pass over. */
const unseen = /\p{Default_Ignorable_Code_Point}/u;
/** Full-width forms of ASCII, each exactly so far behind its plain letter. */
const wide = { first: 0xff01, last: 0xff5e, offset: 0xfee0 } as const;
const odd = /[\p{Default_Ignorable_Code_Point}\uff01-\uff5e\u00a0\u2000-\u200a\u202f\u205f\u3000]/u;
const space = /[\u00a0\u2000-\u200a\u202f\u205f\u3000]/;

/** Undefined: it is plain already. */
export function plainly(text: string): Plain | undefined {
  if (!odd.test(text)) return undefined;
  let plain = "";
  const places: number[] = [];
  let at = 0;
  for (const letter of text) {
    const seen = seenOf(letter);
    for (let unit = 0; unit < seen.length; unit++) places.push(at + unit);
    plain += seen;
    at += letter.length;
  }
  const placeOf = (from: number, to: number) => ({ from: places[from] ?? at, to: (places[to - 1] ?? at - 1) + 1 });
  return { text: plain, placeOf };
}

function seenOf(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  if (code < 0xa0) return letter;
  if (code >= wide.first && code <= wide.last) return String.fromCharCode(code - wide.offset);
  if (space.test(letter)) return " ";
  return unseen.test(letter) ? "" : letter;
}
