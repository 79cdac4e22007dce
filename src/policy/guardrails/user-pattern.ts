/** A pattern that the operator wrote: bounded in size, and run by an engine whose time is linear in the text, whatever the pattern. */

import { RE2JS } from "re2js";
import type { Matcher, Span } from "./matcher.ts";

const longestSource = 1000;
/** Instructions of the compiled pattern. */
const largestProgram = 5000;
/** What a match of a pattern with open repetitions is taken to span at most, in streams. */
const openReach = 256;
const longestReach = 4096;

/** Letters match in either case. Throws, saying why, for what is no pattern or too large a one. */
export function userPattern(source: string): Matcher {
  if (source.length > longestSource) throw new RangeError(`is longer than ${longestSource} characters`);
  const compiled = RE2JS.compile(RE2JS.translateRegExp(source), RE2JS.CASE_INSENSITIVE);
  if (compiled.programSize() > largestProgram) throw new RangeError("grows too large when compiled");
  if (compiled.test("")) throw new RangeError("matches the empty text, and so every text");
  return {
    reach: reachOf(source),
    find(text) {
      // Asking whether is many times faster than asking where.
      if (!compiled.test(text)) return [];
      const spans: Span[] = [];
      const matcher = compiled.matcher(text);
      while (matcher.find()) {
        const from = matcher.start();
        const to = matcher.end();
        if (to > from) spans.push({ from, to });
      }
      return spans;
    },
  };
}

/** Each character of a pattern without open repetitions stands for at most one of a match, times the counts in braces. */
function reachOf(source: string): number {
  let times = 1;
  for (const [, least = "", most = ""] of source.matchAll(/\{(\d+)(?:,(\d*))?\}/g))
    times = Math.min(longestReach, times * Math.max(1, Number(most === "" ? least : most)));
  const bounded = Math.min(longestReach, source.length * times);
  return Math.max(openReach, bounded) + 2;
}
