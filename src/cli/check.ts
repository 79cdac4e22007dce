/** `gatehouse check`: reads a configuration as `serve` would, and says what is wrong with it. */

import { dirname } from "node:path";
import { ConfigError } from "../config/notices.ts";
import { exitCode, reportJson, reportText } from "../config/report.ts";
import { catalogueFor, readConfig } from "./compose.ts";
import { dataDirOf } from "./paths.ts";

/** Returns the exit code: 1 when something is wrong. */
export async function check(
  { config, json }: { readonly config?: string; readonly json?: boolean },
  say: (text: string) => void,
): Promise<number> {
  const notices = await noticesOf(config);
  say(json ? reportJson(notices) : reportText(notices));
  return exitCode(notices);
}

async function noticesOf(path: string | undefined) {
  try {
    const { config, files, placeOf } = await readConfig(
      path,
      dataDirOf(undefined, process.env),
      catalogueFor(process.env),
    );
    const { createGuards } = await import("../policy/guards.ts");
    const { sinkNotices } = await import("./sink-notices.ts");
    const [file] = files;
    return [
      ...config.notices,
      ...createGuards(config.guardrails, file === undefined ? undefined : dirname(file)).notices,
      ...sinkNotices(config, placeOf),
    ];
  } catch (error) {
    if (error instanceof ConfigError) return error.notices;
    throw error;
  }
}
