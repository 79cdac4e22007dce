/** The files of a journal: named so that they sort by age and no two gateways ever use one name. */

import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";

const form = /^(\d{15})-[0-9a-f]{16}-(\d{8})\.ndjson$/;

/** Oldest first. */
export const segmentsIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => form.test(name))
    .sort();

/** Names for one process; they sort after everything that lies in the folder, whatever the clock says. */
export function namer(existing: readonly string[], now: number): () => string {
  const newest = Number(form.exec(existing.at(-1) ?? "")?.[1] ?? 0);
  const stamp = String(Math.max(now, newest + 1)).padStart(15, "0");
  const own = randomBytes(8).toString("hex");
  let count = 0;
  return () => `${stamp}-${own}-${String(++count).padStart(8, "0")}.ndjson`;
}
