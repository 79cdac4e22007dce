/** The quick reader says what the whole language says, or nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument, stringify } from "yaml";
import { readPlainYaml } from "./plain-yaml.ts";
import { plain } from "./tree.ts";

const read = (text: string) =>
  readPlainYaml(
    text,
    "a.yaml",
    (part, line, column) => {
      const document = parseDocument(part, { logLevel: "silent" });
      if (document.errors.length > 0) return undefined;
      return { kind: "leaf", value: JSON.stringify(document.toJS()), file: "inline", line, column };
    },
    64,
  );

const wholeLanguage = (text: string): unknown => {
  const document = parseDocument(text, { logLevel: "error", uniqueKeys: false, stringKeys: true });
  return document.errors.length > 0 ? new Error("wrong") : document.toJS();
};

describe("the quick reader", () => {
  it("reads what configurations are made of", () => {
    const text = `# a comment
model_list:
  - model_name: gpt   # another
    litellm_params:
      model: openai/gpt-4o
      rpm: 10
      cost: 2.5e-06
      api_base: https://example.com:8080/v1
      quoted: "a: b # c"
      single: 'x'
      on: true
      nothing:
      tilde: ~
  -
    model_name: two
general_settings:
  list:
  - a
  - 1
other: -3
`;
    const tree = read(text);
    expect(tree && plain(tree)).toEqual(wholeLanguage(text));
    expect(tree?.kind === "map" && tree.entries.get("general_settings")).toMatchObject({ line: 16, column: 1 });
  });

  it.each([
    ["anchors", "a: &x 1\nb: *x\n"],
    ["tags", "a: !!str 1\n"],
    ["texts in blocks", "a: |\n  b\n"],
    ["texts that go on", "a: b\n  c\n"],
    ["tabs", "a:\n\tb: 1\n"],
    ["several documents", "a: 1\n---\nb: 2\n"],
    ["keys that stand twice", "a: 1\na: 2\n"],
    ["wrong indents", "a:\n    b: 1\n  c: 2\n"],
    ["colons in texts", "a: b: c\n"],
    ["hexadecimal numbers", "a: 0x1f\n"],
    ["not-a-numbers", "a: .nan\n"],
    ["a bare dash", "a: - b\n"],
    ["lists in lists", "- - a\n"],
    ["carriage returns", "a: 1\r\nb: 2\r\n"],
    ["strange white space", "a: b\u00a0\n"],
    ["keys that are null", "null: 1\n"],
    ["merge keys", "a:\n  <<: {b: 1}\n"],
    ["nothing", "\n# nothing\n"],
  ])("leaves %s to the whole language", (_, text) => {
    expect(read(text)).toBeUndefined();
  });

  it("goes down no pit", () => {
    const text = Array.from({ length: 500 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join("");
    expect(read(text)).toBeUndefined();
  });

  const scalar = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom(
      "os.environ/A",
      "gpt-4",
      "2024-10-21",
      "1.0",
      "-1",
      "a:b",
      "http://x/y?z=1",
      "yes",
      "0o7",
      "1e3",
      "# x",
    ),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small" },
      scalar,
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom("a", "model_name", "x-y", "a.b", "null", "1", "true"), tie("tree"), { maxKeys: 4 }),
    ),
  }));

  it("agrees with the whole language on what the whole language writes", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("a", "b", "c"), tree, { minKeys: 1 }), (value) => {
        const text = stringify(value, { lineWidth: 0 });
        const found = read(text);
        if (found) expect(JSON.stringify(withInline(plain(found)))).toEqual(JSON.stringify(wholeLanguage(text)));
      }),
      { numRuns: 500 },
    );
  });

  /** Quoted texts come back as JSON from the reader above; plain texts never look like it. */
  const withInline = (value: unknown): unknown => {
    if (typeof value === "string" && /^["[{]/.test(value)) {
      try {
        return JSON.parse(value);
      } catch {
        return value;
      }
    }
    if (Array.isArray(value)) return value.map(withInline);
    return typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withInline(part)]))
      : value;
  };

  it("agrees with the whole language on any soup of its pieces, or says nothing", () => {
    const piece = fc.constantFrom(
      "a:",
      "b:",
      "- ",
      "-",
      " ",
      "  ",
      "\n",
      "\n",
      "\n  ",
      "\n    ",
      "x",
      "1",
      "-1",
      ".5",
      "1.5",
      "~",
      "null",
      "true",
      "#",
      " #c",
      "'q'",
      '"q"',
      ":",
      ": ",
      "a: b",
      "- a: 1",
      "...",
      "---",
      "@",
      "`",
      "%",
      "?",
      "|",
      ">",
      "<<: ",
      "/",
      "+",
      ".inf",
      "0x1",
      "é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join("");
        const found = read(text);
        if (found) expect(withInline(plain(found)), JSON.stringify(text)).toEqual(wholeLanguage(text));
      }),
      { numRuns: 5_000 },
    );
  });
});
