/** Blocks or masks words and patterns by itself, without asking anybody: the guardrail that costs nothing. */

import { z } from "zod";
import { blockedWordsIn } from "./blocked-words.ts";
import {
  define,
  type Edit,
  type Guardrail,
  type GuardrailDeps,
  type Scoped,
  type Subject,
  type Verdict,
} from "./guardrail.ts";
import { anyOf, byKeyword, folded, type Matcher } from "./matcher.ts";
import { patterns } from "./patterns.ts";
import { plainly } from "./plain-sight.ts";
import { userPattern } from "./user-pattern.ts";

const mostRules = 10_000;

const action = z
  .string()
  .transform((word) => word.toLowerCase())
  .pipe(z.enum(["block", "mask"]));
const blockedWord = z.object({
  keyword: z.string().trim().min(1).max(200),
  action: action.default("block"),
  description: z.string().nullish(),
});

const options = z.looseObject({
  patterns: z
    .array(
      z.object({
        patternType: z.enum(["prebuilt", "regex"]),
        patternName: z.string().nullish(),
        pattern: z.string().nullish(),
        name: z.string().nullish(),
        action: action.default("block"),
      }),
    )
    .max(mostRules)
    .nullish(),
  blockedWords: z.array(blockedWord).max(mostRules).nullish(),
  blockedWordsFile: z.string().nullish(),
  /** "{pattern_name}" stands for the pattern's name in capitals. */
  patternRedactionFormat: z.string().max(200).nullish(),
  keywordRedactionTag: z.string().max(200).nullish(),
});

type Options = z.infer<typeof options>;

interface Rule {
  readonly matcher: Matcher;
  readonly blocks: boolean;
  /** What the client is told. */
  readonly reason: string;
  readonly mask: string;
}

export const contentFilter = define({
  id: "content-filter",
  options,
  create(given, deps) {
    const rules = [...patternRules(given, deps), ...wordRules(given, deps)];
    tellUnserved(given, deps);
    if (rules.length === 0)
      deps.complain({
        severity: "error",
        path: "",
        message: "It has no patterns and no blocked words.",
        remedy: "Give `patterns`, `blocked_words` or `blocked_words_file`.",
      });
    if (deps.when.includes("beside") && rules.some(({ blocks }) => !blocks))
      deps.complain({
        severity: "warning",
        path: "",
        message: "With `during_call` nothing can be masked: the request has already been sent.",
        remedy: "Use `pre_call` where something is to be masked.",
      });
    return filterBy(rules);
  },
});

function patternRules({ patterns: list, patternRedactionFormat }: Options, deps: GuardrailDeps): Rule[] {
  const format = patternRedactionFormat ?? "[{pattern_name}_REDACTED]";
  return (list ?? []).flatMap((one, index) => {
    const named = one.patternType === "prebuilt" ? one.patternName : (one.name ?? one.patternName);
    const name = named ?? "pattern";
    const matcher = one.patternType === "prebuilt" ? prebuilt(name, index, deps) : own(one.pattern, index, deps);
    if (!matcher) return [];
    const mask = format.replaceAll("{pattern_name}", name.toUpperCase());
    return [{ matcher, blocks: one.action === "block", reason: `${name} pattern detected`, mask }];
  });
}

function prebuilt(name: string, index: number, { complain }: GuardrailDeps): Matcher | undefined {
  const matcher = patterns.get(name);
  if (!matcher)
    complain({
      severity: "error",
      path: `patterns[${index}].pattern_name`,
      message: `There is no prebuilt pattern named "${name}".`,
      remedy: `There are ${[...patterns.keys()].join(", ")}. Others can be written with \`pattern_type: regex\`.`,
    });
  return matcher;
}

function own(pattern: string | null | undefined, index: number, { complain }: GuardrailDeps): Matcher | undefined {
  try {
    if (!pattern) throw new RangeError("is missing");
    return userPattern(pattern);
  } catch (cause) {
    complain({
      severity: "error",
      path: `patterns[${index}].pattern`,
      message: `The pattern ${cause instanceof Error ? cause.message : "is none"}.`,
      remedy: "Patterns are RE2's: no look-ahead, no look-behind, no back-references.",
    });
    return undefined;
  }
}

function wordRules({ blockedWords, blockedWordsFile, keywordRedactionTag }: Options, deps: GuardrailDeps): Rule[] {
  const mask = keywordRedactionTag ?? "[KEYWORD_REDACTED]";
  const words = [...(blockedWords ?? []), ...(blockedWordsFile ? fromFile(blockedWordsFile, deps) : [])];
  return words.map(({ keyword, action: does, description }) => ({
    matcher: keywordMatcher(keyword),
    blocks: does === "block",
    reason: description ? `keyword detected (${description})` : "keyword detected",
    mask,
  }));
}

/** As it is written and as it reads: a text is looked at in both ways, too. */
function keywordMatcher(keyword: string): Matcher {
  const plain = plainly(keyword)?.text.trim() ?? "";
  return plain === "" || plain === keyword ? byKeyword(keyword) : anyOf([byKeyword(keyword), byKeyword(plain)]);
}

function fromFile(path: string, { readText, complain }: GuardrailDeps): readonly z.infer<typeof blockedWord>[] {
  try {
    return z
      .array(blockedWord)
      .max(mostRules)
      .parse(blockedWordsIn(readText(path)));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : cause instanceof Error ? cause.message : "";
    complain({ severity: "error", path: "blocked_words_file", message: `It cannot be used: ${why}` });
    return [];
  }
}

const served = new Set(Object.keys(options.shape));

function tellUnserved(given: Options, { complain }: GuardrailDeps): void {
  for (const name of Object.keys(given)) {
    if (served.has(name)) continue;
    const value = given[name];
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    const path = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    complain({ severity: "warning", path, message: "Not supported yet: it checks nothing." });
  }
}

/** Longer texts are judged piece by piece, so that others are served in between. */
const piece = 128 * 1024;
/** Characters that nobody sees, and that a finding across two pieces may be stretched by. */
const stretch = 4096;

function filterBy(rules: readonly Rule[]): Guardrail {
  const reach = Math.max(1, ...rules.map(({ matcher }) => matcher.reach));
  return {
    id: "content-filter",
    reach,
    judge(texts, { isOver }) {
      // To look at a short text once for every rule takes time, too.
      let work = texts.length * rules.length;
      for (const { text } of texts) work += text.length;
      if (work > piece) return judgeLong(texts, rules, { reach, isOver });
      const found: (readonly Edit[])[] = [];
      for (const { text } of texts) {
        const edits = findIn(text, rules);
        if (typeof edits === "string") return { kind: "block", reason: edits };
        found.push(edits);
      }
      return verdictOf(texts, found);
    },
  };
}

const clean: readonly Edit[] = [];

/** What to mask, or the reason to block: as it is written, and as it reads. */
function findIn(text: string, rules: readonly Rule[]): readonly Edit[] | string {
  const written = findAsWritten(text, rules);
  const plain = typeof written === "string" ? undefined : plainly(text);
  if (typeof written === "string" || !plain) return written;
  const read = findAsWritten(plain.text, rules);
  if (typeof read === "string") return read;
  return apart([...written, ...read.map((edit) => ({ ...edit, ...plain.placeOf(edit.from, edit.to) }))]);
}

function findAsWritten(text: string, rules: readonly Rule[]): readonly Edit[] | string {
  let edits: Edit[] | undefined;
  const lower = folded(text);
  for (const { matcher, blocks, reason, mask } of rules) {
    const spans = matcher.find(text, lower);
    if (spans.length === 0) continue;
    if (blocks) return reason;
    edits ??= [];
    for (const { from, to } of spans) edits.push({ from, to, text: mask });
  }
  return edits ? apart(edits) : clean;
}

/** Where two findings overlap, one mask covers both. */
function apart(edits: Edit[]): readonly Edit[] {
  edits.sort((a, b) => a.from - b.from || b.to - a.to);
  const kept: Edit[] = [];
  for (const edit of edits) {
    const last = kept.at(-1);
    if (!last || edit.from >= last.to) kept.push(edit);
    else if (edit.to > last.to) kept[kept.length - 1] = { ...last, to: edit.to };
  }
  return kept;
}

interface Long {
  readonly reach: number;
  readonly isOver: Subject["isOver"];
}

async function judgeLong(texts: readonly Scoped[], rules: readonly Rule[], { reach, isOver }: Long): Promise<Verdict> {
  const found: (readonly Edit[])[] = [];
  let work = 0;
  for (const { text } of texts) {
    const edits: Edit[] = [];
    for (let from = 0; from < text.length; from += piece) {
      const start = Math.max(0, from - reach - stretch);
      const part = findIn(text.slice(start, from + piece + reach + stretch), rules);
      if (typeof part === "string") return { kind: "block", reason: part };
      for (const edit of part) edits.push({ from: edit.from + start, to: edit.to + start, text: edit.text });
      work += Math.min(piece, text.length - from) + rules.length;
      if (work < piece) continue;
      work = 0;
      await new Promise(setImmediate);
      if (isOver?.()) throw new Error("nobody waits for the verdict any more");
    }
    found.push(apart(edits));
  }
  return verdictOf(texts, found);
}

function verdictOf(texts: readonly Scoped[], edits: readonly (readonly Edit[])[]): Verdict {
  if (edits.every(({ length }) => length === 0)) return { kind: "allow" };
  return { kind: "rewrite", texts: texts.map(({ text }, index) => edited(text, edits[index] ?? clean)), edits };
}

function edited(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits) {
    result += text.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return at === 0 ? text : result + text.slice(at);
}
