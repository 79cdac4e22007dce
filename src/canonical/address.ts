/** An address without what listeners and proxies put around it. */

/** A listener for both families sees "::ffff:192.0.2.7"; proxies write "[2001:db8::1]:443" and "192.0.2.7:443". */
export function plainAddress(given: string): string {
  const said = given.trim();
  if (said.startsWith("[")) {
    const end = said.indexOf("]");
    return end < 0 ? said : said.slice(1, end);
  }
  const dots = said.includes(".");
  const mapped = dots && said.startsWith("::ffff:") ? said.slice(7) : said;
  const colon = mapped.indexOf(":");
  return dots && colon > 0 && colon === mapped.lastIndexOf(":") ? mapped.slice(0, colon) : mapped;
}
