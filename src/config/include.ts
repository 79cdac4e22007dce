/** Reads a configuration file and those that it includes into one tree. */

import { dirname, resolve } from "node:path";
import { documentLimits, readDocument } from "./document.ts";
import type { ReadFile } from "./files.ts";
import type { Notices } from "./notices.ts";
import { readValue } from "./section.ts";
import { emptyMapping, type Mapping, merge, type Place } from "./tree.ts";

const limits = { depth: 8, files: 100, bytes: 4 * documentLimits.bytes } as const;

export interface Files {
  readonly tree: Mapping;
  readonly files: readonly string[];
}

export async function readFiles(path: string, readFile: ReadFile, notices: Notices): Promise<Files> {
  const files: string[] = [];
  let bytes = 0;

  const readOne = async (file: string, above: readonly string[], from: Place | undefined): Promise<Mapping> => {
    const text = await textOf(file, from, readFile, notices);
    bytes += text.length;
    if (bytes > limits.bytes) {
      notices.error(from, "include", `All files together have more than ${limits.bytes / 1_048_576} MB.`);
      return emptyMapping(file);
    }
    files.push(file);
    const own = readDocument(text, file, notices);
    let tree: Mapping = emptyMapping(file);
    const include = own.entries.get("include");
    const names = include ? readValue(include.value, "include", "texts", notices) : undefined;
    for (const name of include ? (names ?? []) : []) {
      const at = include && { file, line: include.line, column: include.column };
      const next = resolve(dirname(file), name);
      if (allowed(next, [...above, file], files.length, at, notices))
        tree = merge(tree, await readOne(next, [...above, file], at));
    }
    return merge(tree, own);
  };

  const tree = await readOne(resolve(path), [], undefined);
  const entries = new Map(tree.entries);
  entries.delete("include");
  return { tree: { ...tree, entries }, files };
}

function allowed(
  next: string,
  above: readonly string[],
  count: number,
  at: Place | undefined,
  notices: Notices,
): boolean {
  if (above.includes(next)) notices.error(at, "include", `${next} includes itself.`, "Remove one of the two.");
  else if (above.length > limits.depth)
    notices.error(at, "include", `Files include each other more than ${limits.depth} deep.`);
  else if (count >= limits.files) notices.error(at, "include", `More than ${limits.files} files are not read.`);
  else return true;
  return false;
}

async function textOf(file: string, from: Place | undefined, readFile: ReadFile, notices: Notices): Promise<string> {
  const path = from ? "include" : "";
  try {
    const text = await readFile(file, documentLimits.bytes);
    // As it is for a moment while it is written anew: nobody's models are to vanish for that.
    if (text === "") notices.error({ file, line: 1, column: 1 }, "", "The file is empty.");
    if (text !== undefined) return text;
    notices.error(from, path, `There is no file ${file}.`, "Correct the path.");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    notices.error(from, path, `${file} cannot be read: ${why}.`);
  }
  return "";
}
