/** The version of this program, as the package that it was shipped in says. */

import { readFileSync } from "node:fs";

export function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}
