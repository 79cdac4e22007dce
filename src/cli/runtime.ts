/** Which versions of Node the gateway runs on, those of `engines` in package.json, and how it is started on another. */

/** Whether it runs on this one. */

export function isServed(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major >= 26 || (major === 24 && minor >= 15);
}

/** What a process is called that stands behind one of an older Node. */
export const startedName = "gatehouse";

/** Such a process ends as soon as the one before it is gone. */
export function endWithStarter(): void {
  if (process.argv0 !== startedName || !process.connected) return;
  process.once("disconnect", () => process.exit(1));
  process.channel?.unref();
}
