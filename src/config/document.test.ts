/** YAML as it should not be: what is refused, how fast, and where it points. */
import { describe, expect, it } from "vitest";
import { documentLimits, readDocument } from "./document.ts";
import { createNotices } from "./notices.ts";
import { plain } from "./tree.ts";

const read = (text: string) => {
  const notices = createNotices();
  const tree = readDocument(text, "a.yaml", notices);
  return { value: plain(tree), tree, notices: notices.all() };
};

const within = (milliseconds: number, work: () => void): void => {
  const start = performance.now();
  work();
  expect(performance.now() - start).toBeLessThan(milliseconds);
};

describe("a document", () => {
  it("keeps the place of every value", () => {
    const { tree } = read("a: 1\nb:\n  - {c: [2, 3]}\n  - &x\n    d: 4\ne: *x\n");
    const b = tree.entries.get("b");
    expect(b).toMatchObject({ line: 2, column: 1 });
    expect(b?.value.kind === "list" && b.value.items[0]).toMatchObject({ kind: "map", line: 3, column: 5 });
  });

  it("keeps the place of what stands in braces among plain lines", () => {
    const { tree } = read('a: 1\nb: {c: "x", d: [1, 2]}\n');
    const b = tree.entries.get("b")?.value;
    expect(b?.kind === "map" && b.entries.get("d")).toMatchObject({ line: 2, column: 13 });
  });

  it("may be JSON", () => {
    expect(read('{"a": [1, {"b": null}], "c": "d"}').value).toEqual({ a: [1, { b: null }], c: "d" });
  });

  it("merges keys, and what stands there itself wins", () => {
    const { value } = read("base: &base {a: 1, b: 2}\nnext:\n  <<: *base\n  b: 3\n");
    expect(value).toMatchObject({ next: { a: 1, b: 3 } });
  });

  it("is nothing when it is empty", () => {
    for (const text of ["", "\n\n", "# only a comment\n", "~"])
      expect(read(text)).toMatchObject({ value: {}, notices: [] });
  });

  it("must be a mapping", () => {
    for (const text of ["- a\n", "text", "3"])
      expect(read(text).notices).toMatchObject([{ severity: "error", line: 1 }]);
  });

  it("shows the line of a syntax error, with a caret below the place", () => {
    const { notices } = read("model_list:\n  - model_name: [a\ngeneral_settings: {}\n");
    expect(notices[0]).toMatchObject({ severity: "error", file: "a.yaml", line: 3 });
    const lines = notices[0]?.message.split("\n") ?? [];
    expect(lines[1]).toBe("    general_settings: {}");
    expect(lines[2]?.trim()).toBe("^");
  });

  it("says where a tab stands in place of blanks", () => {
    expect(read("a:\n\tb: 1\n").notices).toMatchObject([{ severity: "error", line: 2 }]);
  });

  it("tells of a key that stands twice, and takes the last", () => {
    const { value, notices } = read("a: 1\nb: 2\na: 3\n");
    expect(value).toEqual({ a: 3, b: 2 });
    expect(notices).toMatchObject([{ severity: "warning", path: "a", line: 3 }]);
  });

  it("holds one document", () => {
    expect(read("a: 1\n---\nb: 2\n").notices[0]).toMatchObject({ severity: "error" });
  });

  it("knows no key that reaches for the prototype", () => {
    const { value } = read("__proto__:\n  polluted: true\n");
    expect(Object.hasOwn(value as object, "__proto__")).toBe(true);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("says that an alias leads nowhere", () => {
    expect(read("a: *nowhere\n").notices[0]).toMatchObject({ severity: "error", line: 1 });
  });

  it("refuses an alias to itself", () => {
    expect(read("a: &a\n  b: *a\n").notices[0]).toMatchObject({ severity: "error" });
  });
});

describe("a bomb is refused at once:", () => {
  it("aliases that unfold to billions", () => {
    const lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"];
    for (let level = 1; level < 12; level += 1)
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
    within(5_000, () => {
      const { notices } = read(lines.join("\n"));
      expect(notices[0]?.message).toContain("aliases are unfolded");
      expect(notices[0]?.line).toBeGreaterThan(3);
    });
  });

  it.each([
    ["brackets", `a: ${"[".repeat(100_000)}`],
    ["braces", "{a: ".repeat(100_000)],
    ["dashes", `${"- ".repeat(100_000)}a`],
    ["indents", Array.from({ length: 1_500 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join("")],
  ])("%s nested without end", (_, text) => {
    within(10_000, () => {
      expect(read(text).notices[0]).toMatchObject({ severity: "error" });
    });
  });

  it("more bytes than are read", () => {
    within(3_000, () => {
      const { notices } = read("a: b\n".repeat(documentLimits.bytes / 4));
      expect(notices).toMatchObject([{ severity: "error", remedy: expect.stringContaining("include") }]);
    });
  });
});
