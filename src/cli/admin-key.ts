/** The admin key of a gateway that was given none: made once, shown once, and kept only as a hash. */

import { hash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface OwnKey {
  /** SHA-256 in hex. */
  readonly hash: string;
  /** The key itself, at the start that made it. */
  readonly made?: string;
  /** When it was made and shown, as text for people. */
  readonly since: string;
  readonly file: string;
}

export function ownAdminKey(dataDir: string): OwnKey {
  const file = join(dataDir, "admin-key.sha256");
  if (existsSync(file))
    return { hash: readFileSync(file, "utf8").trim(), since: statSync(file).mtime.toISOString(), file };
  const made = `sk-${randomBytes(24).toString("base64url")}`;
  const digest = hash("sha256", made);
  writeFileSync(file, `${digest}\n`, { mode: 0o600, flag: "wx" });
  return { hash: digest, made, since: new Date().toISOString(), file };
}
