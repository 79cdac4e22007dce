/** The browser for the tests of pages: CHROMIUM_PATH, else one on the PATH. */
import { join } from "node:path";
import { folderWith, places } from "./child.ts";
import type { Found } from "./setup.ts";

export const findChromium = (): Found => {
  const given = process.env.CHROMIUM_PATH;
  if (given) return { at: given };
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    const folder = folderWith([name], places(["/usr/bin"]));
    if (folder !== undefined) return { at: join(folder, name) };
  }
  return { missing: "no CHROMIUM_PATH and no chromium on the PATH" };
};
