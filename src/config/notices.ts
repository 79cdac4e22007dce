/** Collects what a configuration has to be told about, each with its place, and folds what repeats itself. */

import type { Notice } from "./config.ts";
import type { Place } from "./tree.ts";

export interface Notices {
  error(at: Place | undefined, path: string, message: string, remedy?: string): void;
  warning(at: Place | undefined, path: string, message: string, remedy?: string): void;
  note(at: Place | undefined, path: string, message: string, remedy?: string): void;
  /** A rule that was set and is not kept: an error, unless the operator said that it may be done without. */
  broken(at: Place | undefined, path: string, message: string, remedy: string): void;
  /** Whole paths at which a setting of this name is known. */
  placesOf(name: string): readonly string[];
  readonly errors: number;
  /** Errors below one head of a path ("model_list[3]"). */
  errorsIn(head: string): number;
  all(): readonly Notice[];
}

/** A configuration that cannot be served. `notices` says why, in full. */
export class ConfigError extends Error {
  readonly notices: readonly Notice[];
  /** The files that were read. */
  readonly files: readonly string[];

  constructor(notices: readonly Notice[], files: readonly string[] = []) {
    const errors = notices.filter(({ severity }) => severity === "error");
    const first = errors[0];
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
    super(first ? `${first.path ? `${first.path}: ` : ""}${first.message}${more}` : "The configuration has errors.");
    this.name = "ConfigError";
    this.notices = notices;
    this.files = files;
  }
}

interface Told {
  readonly notice: Notice;
  times: number;
}

/** Notices that differ only in a list index are told this often; the last one counts the rest. */
const sameAtMost = 5;
const errorsAtMost = 200;

/** The variable that names the rules which the gateway may start without. */
export const withoutVariable = "GATEHOUSE_START_WITHOUT";

/** `locate` finds the place of a path for those who know no better. `without`: rules that may be broken, by their key or their whole path. */
export function createNotices(
  locate: (path: string) => Place | undefined = () => undefined,
  without: ReadonlySet<string> = new Set(),
  placesOf: Notices["placesOf"] = () => [],
): Notices {
  const told: Told[] = [];
  const kinds = new Map<string, Told[]>();
  const heads = new Map<string, number>();
  let errors = 0;

  const countError = (path: string): void => {
    const head = path.split(".", 1)[0] ?? "";
    heads.set(head, (heads.get(head) ?? 0) + 1);
    errors += 1;
  };

  const keep = (notice: Notice): void => {
    const isError = notice.severity === "error";
    const kind = `${notice.severity} ${notice.path.replace(/\[\d+\]/g, "[]")} ${isError ? "" : notice.message}`;
    const same = kinds.get(kind) ?? [];
    const last = same.at(-1);
    if (last && same.length >= (isError ? errorsAtMost : sameAtMost)) {
      last.times += 1;
      return;
    }
    const entry: Told = { notice, times: 1 };
    told.push(entry);
    same.push(entry);
    kinds.set(kind, same);
  };

  const tell = (
    severity: Notice["severity"],
    at: Place | undefined,
    path: string,
    message: string,
    remedy?: string,
  ) => {
    if (severity === "error") countError(path);
    const found = at ?? locate(path);
    const place = found ? { file: found.file, line: found.line, column: found.column } : {};
    keep({ severity, path, message, ...(remedy === undefined ? {} : { remedy }), ...place });
  };

  return {
    error: (at, path, message, remedy) => tell("error", at, path, message, remedy),
    warning: (at, path, message, remedy) => tell("warning", at, path, message, remedy),
    note: (at, path, message, remedy) => tell("note", at, path, message, remedy),
    broken(at, path, message, remedy) {
      const [, key = path] = /([^.]+)$/.exec(path.replace(/\[\d+\]/g, "")) ?? [];
      if (without.has(key) || without.has(path) || without.has(path.replace(/\[\d+\]/g, "[]")))
        tell("warning", at, path, message, `It is done without, as ${withoutVariable} says.`);
      else
        tell(
          "error",
          at,
          path,
          message,
          `${remedy} To do without the rule, set ${withoutVariable}=${key} (several: with commas).`,
        );
    },
    placesOf,
    get errors() {
      return errors;
    },
    errorsIn: (head) => heads.get(head) ?? 0,
    all: () =>
      told.map(({ notice, times }) =>
        times === 1 ? notice : { ...notice, message: `${notice.message} The same in ${times - 1} more places.` },
      ),
  };
}
