/** Says what is wrong with a configuration: as text for people, as JSON for programs, and as the exit code of `check`. */

import type { Notice } from "./config.ts";

/** By file and line; what stands in no file comes last. */
function sorted(notices: readonly Notice[]): readonly Notice[] {
  return [...notices].sort(
    (a, b) =>
      compare(a.file ?? "\uffff", b.file ?? "\uffff") ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      compare(a.path, b.path),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function reportText(notices: readonly Notice[]): string {
  const lines = sorted(notices).map(noticeText);
  return [...lines, summary(notices)].join("\n");
}

/** One notice as `check` and the start of the gateway print it. */
export function noticeText({ severity, file, line, column, path, message, remedy }: Notice): string {
  const place = file === undefined ? "" : `${file}:${line ?? 1}:${column ?? 1} `;
  const [first = "", ...more] = message.split("\n");
  const head = `${place}${severity} ${path === "" ? "" : `${path}: `}${first}`;
  return [
    head + (more.length === 0 && remedy ? ` ${remedy}` : ""),
    ...more,
    ...(more.length > 0 && remedy ? [`    ${remedy}`] : []),
  ].join("\n");
}

export function reportJson(notices: readonly Notice[]): string {
  return JSON.stringify({ ok: exitCode(notices) === 0, ...counts(notices), notices: sorted(notices) }, null, 2);
}

/** 1 when something is wrong. Warnings and notes are no failure. */
export const exitCode = (notices: readonly Notice[]): 0 | 1 =>
  notices.some(({ severity }) => severity === "error") ? 1 : 0;

const counts = (notices: readonly Notice[]) => {
  const count = (wanted: Notice["severity"]): number => notices.filter(({ severity }) => severity === wanted).length;
  return { errors: count("error"), warnings: count("warning"), notes: count("note") };
};

function summary(notices: readonly Notice[]): string {
  const { errors, warnings, notes } = counts(notices);
  const many = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;
  return `${many(errors, "error")}, ${many(warnings, "warning")}, ${many(notes, "note")}.`;
}
