/** What `check` prints. */
import { expect, it } from "vitest";
import { exitCode, reportJson, reportText } from "./report.ts";

const error = {
  severity: "error",
  path: "a.b",
  message: "It is wrong.",
  remedy: "Right it.",
  file: "c.yaml",
  line: 9,
  column: 3,
} as const;
const note = { severity: "note", path: "PORT", message: "It is so." } as const;
const syntax = {
  severity: "warning",
  path: "",
  message: "Odd.\n    a: [\n       ^",
  file: "c.yaml",
  line: 2,
  column: 4,
} as const;

it("prints file, line and remedy, in the order of the file, and a sum", () => {
  expect(reportText([note, error, syntax])).toBe(`c.yaml:2:4 warning Odd.
    a: [
       ^
c.yaml:9:3 error a.b: It is wrong. Right it.
note PORT: It is so.
1 error, 1 warning, 1 note.`);
});

it("says the same to programs", () => {
  expect(JSON.parse(reportJson([note, error]))).toEqual({
    ok: false,
    errors: 1,
    warnings: 0,
    notes: 1,
    notices: [error, note],
  });
});

it("fails for errors only", () => {
  expect([exitCode([note, syntax]), exitCode([note, error])]).toEqual([0, 1]);
});
