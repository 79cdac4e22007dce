/** Where the gateway keeps what must last. */

import { homedir } from "node:os";
import { join } from "node:path";

/** What was said, what the environment says, or a folder of the user's own. */
export function dataDirOf(said: string | undefined, env: NodeJS.ProcessEnv): string {
  const given = said ?? env["GATEHOUSE_DATA_DIR"];
  if (given !== undefined && given !== "") return given;
  const base = env["XDG_DATA_HOME"];
  return base !== undefined && base !== "" ? join(base, "gatehouse") : join(homedir(), ".gatehouse");
}
