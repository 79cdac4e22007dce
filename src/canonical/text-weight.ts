/** How many tokens a text is about, without a tokenizer: by its script, in quarters of a token, so that streams can be added up in whole numbers. */

/**
 * English and code have about four characters to the token. Of letters beyond ASCII that take two bytes (Latin with
 * accents, Greek, Cyrillic, Hebrew, Arabic) about two; of all others (Chinese, Japanese, Korean, the scripts of India)
 * about one, and signs of two units two. Measured: https://openai.com/index/hello-gpt-4o ("Language tokenization").
 */
export function weightOf(text: string, from = 0, to = text.length): number {
  let weight = to - from;
  for (let at = from; at < to; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) weight += unit > 0x7ff ? 3 : 1;
  }
  return weight;
}

export const tokensOfWeight = (weight: number): number => Math.ceil(weight / 4);

/**
 * The newest vocabulary has words of scripts that others spell letter by letter, at up to four times as many tokens: each of
 * their letters counts as one more. https://openai.com/index/hello-gpt-4o ("Language tokenization")
 */
export function rareSigns(text: string): number {
  let signs = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // From Hebrew on, but for the signs that Chinese and Japanese share.
    if (unit >= 0x590 && (unit < 0x3000 || unit > 0x9fff)) signs++;
  }
  return signs;
}
