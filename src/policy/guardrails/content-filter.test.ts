/** What the content filter finds, and what its options mean. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentFilter } from "./content-filter.ts";
import type { Complaint, Guardrail, Verdict } from "./guardrail.ts";

function make(options: unknown, more: { readText?: (path: string) => string; when?: ("request" | "beside")[] } = {}) {
  const complaints: Complaint[] = [];
  const guardrail = contentFilter.make(options, {
    name: "filter",
    when: more.when ?? ["request"],
    readText:
      more.readText ??
      (() => {
        throw new Error("no file");
      }),
    complain: (complaint) => complaints.push(complaint),
  });
  return { guardrail, complaints };
}

function judge(guardrail: Guardrail | undefined, text: string): Verdict {
  if (!guardrail) throw new Error("not made");
  const verdict = guardrail.judge([{ text, scope: "user", path: "messages.0" }], {
    side: "request",
    id: "1",
    model: "m",
  });
  if (verdict instanceof Promise) throw new Error("asked too much");
  return verdict;
}

const masked = (guardrail: Guardrail | undefined, text: string): string => {
  const verdict = judge(guardrail, text);
  return verdict.kind === "rewrite" ? (verdict.texts[0] ?? "") : verdict.kind === "block" ? "blocked" : text;
};

const prebuilt = (patternName: string) =>
  make({ patterns: [{ patternType: "prebuilt", patternName, action: "MASK" }] }).guardrail;

describe("a word is found", () => {
  const { guardrail } = make({
    blockedWords: [
      { keyword: "project nightingale", action: "MASK" },
      { keyword: "nai\u0308ve", action: "MASK" },
      { keyword: "cop", action: "MASK" },
      { keyword: "ano", action: "MASK" },
    ],
  });

  it.each([
    "prоjеct nightingale",
    "prοject nightingale",
    "p\u0336r\u0336o\u0336ject nightingale",
    "\u{1d429}\u{1d42b}oject nightingale",
    "ⓟⓡⓞⓙⓔⓒⓣ nightingale",
    "ᵖroject nightingale",
    "pro\u200bject nightingale",
    "PROJECT NİGHTINGALE",
    "project\nnightingale",
    "project \t\r\n nightingale",
    "ｐｒｏｊｅｃｔ\u3000nightingale",
    "naïve",
    "nai\u0308ve",
  ])("in %j", (text) => expect(masked(guardrail, `a ${text} b`)).toBe("a [KEYWORD_REDACTED] b"));

  // Words of other languages that look like it, or are spelt otherwise.
  it.each(["сор", "el año pasado", "naive", "project-nightingale", "हिन्दी में", "สวัสดี", "👩‍👩‍👧"])(
    "and not in %j",
    (text) => expect(masked(guardrail, `a ${text} b`)).toBe(`a ${text} b`),
  );
});

describe("a prebuilt pattern finds", () => {
  it.each([
    ["email", "write to jane.doe+x@mail.example.co.uk, now", "write to [EMAIL_REDACTED], now"],
    ["us_ssn", "it is 123-45-6789.", "it is [US_SSN_REDACTED]."],
    ["credit_card", "pay 4111 1111 1111 1111 today", "pay [CREDIT_CARD_REDACTED] today"],
    ["credit_card", "no 12 4111-1111-1111-1111 34", "no 12 [CREDIT_CARD_REDACTED] 34"],
    ["credit_card", '{"card":378282246310005}', '{"card":[CREDIT_CARD_REDACTED]}'],
    ["amex", "378282246310005", "[AMEX_REDACTED]"],
    ["phone", "call (212) 555-0123 or +49 30 1234567", "call [PHONE_REDACTED] or [PHONE_REDACTED]"],
    ["ip", "from 192.168.1.254 and 2001:db8::ff00:42:8329.", "from [IP_REDACTED] and [IP_REDACTED]."],
    ["ip", "loop ::1 and fe80::1", "loop [IP_REDACTED] and [IP_REDACTED]"],
    ["iban", "to DE89 3704 0044 0532 0130 00 AND more", "to [IBAN_REDACTED] AND more"],
    ["iban", "gb82west12345698765432", "[IBAN_REDACTED]"],
    ["openai_api_key", `key sk-proj-${"aB3".repeat(12)}.`, "key [OPENAI_API_KEY_REDACTED]."],
    ["anthropic_api_key", `sk-ant-api03-${"x9_".repeat(30)} `, "[ANTHROPIC_API_KEY_REDACTED] "],
    ["aws_access_key", "AKIAIOSFODNN7EXAMPLE", "[AWS_ACCESS_KEY_REDACTED]"],
    [
      "aws_secret_key",
      `aws_secret_access_key = ${"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}`,
      "[AWS_SECRET_KEY_REDACTED]",
    ],
    ["github_token", `ghp_${"a1B2".repeat(9)}`, "[GITHUB_TOKEN_REDACTED]"],
    ["api_key", `x sk-${"q".repeat(40)} y AKIAIOSFODNN7EXAMPLE`, "x [API_KEY_REDACTED] y [API_KEY_REDACTED]"],
    [
      "private_key",
      "a -----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY----- b",
      "a [PRIVATE_KEY_REDACTED] b",
    ],
  ])("%s in %j", (name, text, expected) => {
    expect(masked(prebuilt(name), text)).toBe(expected);
  });

  it.each([
    ["credit_card", "order 4111 1111 1111 1112 is no card"],
    ["us_ssn", "000-12-3456 and 666-12-3456 are nobody's"],
    ["iban", "DE89 3704 0044 0532 0130 01 does not check out"],
    ["ip", "version 1.2.3.4.5, at 10:30:00, std::vector"],
    ["phone", "from 2024-05-06 to 2025"],
    ["openai_api_key", "sk-short"],
  ])("%s not in %j", (name, text) => {
    expect(judge(prebuilt(name), text)).toEqual({ kind: "allow" });
  });

  it("everything in time that grows with the text alone", () => {
    const { guardrail } = make({
      patterns: ["email", "credit_card", "phone", "ip", "iban", "api_key", "private_key", "us_ssn"].map(
        (patternName) => ({
          patternType: "prebuilt",
          patternName,
        }),
      ),
    });
    for (const text of ["a@", "1 ", "a.", "1:", ":", "-----BEGIN ", "aws_secret", "DE12 ", "+1(", "sk-", "4", "aws "]) {
      const began = performance.now();
      judge(guardrail, text.repeat(Math.floor(60_000 / text.length)));
      expect(performance.now() - began, text).toBeLessThan(3000);
    }
  });
});

it("blocks by default, tells no more than the kind of thing, and blocks before it masks", () => {
  const { guardrail } = make({
    patterns: [{ patternType: "prebuilt", patternName: "email", action: "MASK" }],
    blockedWords: [{ keyword: "Falcon", description: "a project" }],
  });
  expect(judge(guardrail, "a@b.com flies a FALCONS jet")).toEqual({
    kind: "block",
    reason: "keyword detected (a project)",
  });
});

it("uses the formats of masks that the operator gave", () => {
  const { guardrail } = make({
    patterns: [{ patternType: "regex", pattern: "acc-\\d+", name: "account", action: "mask" }],
    blockedWords: [{ keyword: "secret", action: "MASK" }],
    patternRedactionFormat: "<{pattern_name}>",
    keywordRedactionTag: "***",
  });
  expect(masked(guardrail, "the SECRET ACC-12")).toBe("the *** <ACCOUNT>");
});

it("finds words in letters whose other case is longer", () => {
  const { guardrail } = make({ blockedWords: [{ keyword: "geheim", action: "mask" }] });
  expect(masked(guardrail, "İİİ GEHEIM ß")).toBe("İİİ [KEYWORD_REDACTED] ß");
});

it("covers what overlaps with one mask", () => {
  const { guardrail } = make({
    blockedWords: [
      { keyword: "abc", action: "mask" },
      { keyword: "bcd", action: "mask" },
    ],
  });
  expect(masked(guardrail, "xabcdx")).toBe("x[KEYWORD_REDACTED]x");
});

it("reads words from a file beside the configuration", () => {
  const { guardrail } = make(
    { blockedWordsFile: "words.yaml" },
    { readText: (path) => (path === "words.yaml" ? "blocked_words:\n  - keyword: kestrel\n    action: MASK\n" : "") },
  );
  expect(masked(guardrail, "a kestrel")).toBe("a [KEYWORD_REDACTED]");
});

it.each([
  [{ patterns: [{ patternType: "prebuilt", patternName: "shoe_size" }] }, "patterns[0].pattern_name"],
  [{ patterns: [{ patternType: "regex", pattern: "(?=a)b" }] }, "patterns[0].pattern"],
  [{ patterns: [{ patternType: "regex", pattern: "a*" }] }, "patterns[0].pattern"],
  [{ patterns: [{ patternType: "regex", pattern: "a".repeat(2000) }] }, "patterns[0].pattern"],
  [{ patterns: [{ patternType: "regex", pattern: "((a{100}){100}){100}" }] }, "patterns[0].pattern"],
  [{ patterns: [{ patternType: "guess" }] }, "patterns.0.patternType"],
  [{ blockedWords: [{ keyword: "" }] }, "blockedWords.0.keyword"],
  [{ blockedWords: [{ keyword: "x", action: "SHOUT" }] }, "blockedWords.0.action"],
  [{ blockedWordsFile: "/etc/passwd" }, "blocked_words_file"],
  [{}, ""],
])("is not made of %j, and says where the fault lies", (options, path) => {
  const { guardrail, complaints } = make(options);
  expect(guardrail).toBeUndefined();
  expect(complaints.filter(({ severity }) => severity === "error").map((one) => one.path)).toContain(path);
});

it("says which options it does not serve, and that nothing is masked beside a call", () => {
  const { guardrail, complaints } = make(
    { blockedWords: [{ keyword: "x", action: "mask" }], categories: [{ category: "harm" }], imageModel: null },
    { when: ["beside"] },
  );
  expect(guardrail).toBeDefined();
  expect(complaints.map(({ severity, path }) => [severity, path])).toEqual([
    ["warning", "categories"],
    ["warning", ""],
  ]);
});

it("judges long texts in pieces as it would judge them whole", async () => {
  const { guardrail } = make({ blockedWords: [{ keyword: "forbidden", action: "mask" }] });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: -12, max: 12 }), async (shift) => {
      const text = `${"x".repeat(128 * 1024 + shift)}forbidden${"y".repeat(128 * 1024)}`;
      const verdict = await guardrail?.judge([{ text, scope: "user", path: "" }], {
        side: "request",
        id: "",
        model: "",
      });
      if (verdict?.kind !== "rewrite") throw new Error("nothing found");
      expect(verdict.texts[0]).toBe(text.replace("forbidden", "[KEYWORD_REDACTED]"));
    }),
    { numRuns: 20 },
  );
});

describe("many texts are judged so that others are served in between", () => {
  const { guardrail } = make({ blockedWords: Array.from({ length: 100 }, (_, word) => ({ keyword: `word ${word}` })) });
  const many = (text: string, count: number) =>
    Array.from({ length: count }, () => ({ text, scope: "user" as const, path: "messages" }));
  const about = { side: "request", id: "1", model: "m" } as const;

  it.each<[string, string, number]>([
    ["long ones", "x".repeat(100_000), 20],
    ["short ones, which cost a look for every word", "x", 20_000],
  ])("%s", async (_, text, count) => {
    let turns = 0;
    let judging = true;
    const turn = (): void => {
      turns++;
      if (judging) setImmediate(turn);
    };
    setImmediate(turn);
    await guardrail?.judge(many(text, count), about);
    judging = false;
    expect(turns).toBeGreaterThan(5);
  });

  it("and not at all once nobody waits for the verdict", async () => {
    await expect(guardrail?.judge(many("x".repeat(100_000), 20), { ...about, isOver: () => true })).rejects.toThrow(
      "nobody waits",
    );
  });
});
