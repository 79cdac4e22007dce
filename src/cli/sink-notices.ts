/** What is wrong with where records are to go: told by `check` with its line, before a start that would go on without. */

import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Config, Notice, SinkConfig } from "../config/config.ts";
import type { Loaded } from "../config/load.ts";
import { metricPrefix } from "../http/compat.ts";
import { sinkKinds } from "../ledger/sinks/index.ts";

export const sinkNotices = ({ sinks }: Config, placeOf: Loaded["placeOf"]): readonly Notice[] =>
  sinks.flatMap((sink) => complaintsOf(sink).map((complaint) => noticeOf(sink, complaint, placeOf)));

interface Complaint {
  /** Below the sink's options. */
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

function complaintsOf({ name, type, options }: SinkConfig): readonly Complaint[] {
  const found: Complaint[] = [];
  const kind = sinkKinds.find(({ id }) => id === type);
  kind?.make(options, { name, version: "0", fieldPrefix: metricPrefix }, ({ path, message }) =>
    found.push({ path, message: `${message}.`, remedy: remedyFor(path) }),
  );
  const { path } = options;
  if (type === "ndjson-file" && typeof path === "string" && found.length === 0) found.push(...ofFile(path));
  return found;
}

function remedyFor(path: string): string {
  if (path === "endpoint") return "Write a whole address, such as https://collector.example/v1/traces.";
  if (path.startsWith("headers")) return "Write a name of letters, digits and hyphens, and a value on one line.";
  return "Correct it, or leave it out to have the default.";
}

function ofFile(path: string): readonly Complaint[] {
  const remedy = "Name a file in a directory that the gateway may write to.";
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    return [{ path: "path", message: `${path} is a directory.`, remedy }];
  // What is missing is made; what is there must let us.
  let there = path;
  while (!exists(there) && dirname(there) !== there) there = dirname(there);
  if (there !== path && !statSync(there).isDirectory())
    return [{ path: "path", message: `${there} is a file, and no directory.`, remedy }];
  try {
    accessSync(there, constants.W_OK);
    return [];
  } catch {
    return [{ path: "path", message: `${there} cannot be written to by this user.`, remedy }];
  }
}

function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Below a file there is nothing.
    return false;
  }
}

function noticeOf({ name }: SinkConfig, { path, message, remedy }: Complaint, placeOf: Loaded["placeOf"]): Notice {
  const written = path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const full = `callback_settings.${name}.${written}`;
  const place = placeOf(full);
  return { severity: "error", path: full, message, remedy, ...place };
}
