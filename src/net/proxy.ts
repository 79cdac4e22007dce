/** The operator's proxy for outgoing calls, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY have it. */

import { BlockList, isIP, isIPv4 } from "node:net";
import type { Dispatcher } from "undici";
import { GatewayError } from "../canonical/error.ts";

export type DispatcherFor = (url: URL) => Dispatcher | undefined;

type Env = Readonly<Record<string, string | undefined>>;

/** Undefined where no proxy is named: nearly everywhere. */
export async function proxiesIn(env: Env): Promise<DispatcherFor | undefined> {
  const of = (name: string) => env[name.toLowerCase()] || env[name] || undefined;
  const secure = proxyIn(of, "HTTPS_PROXY");
  const plain = proxyIn(of, "HTTP_PROXY");
  if (secure === undefined && plain === undefined) return undefined;
  const { ProxyAgent } = await import("undici");
  const isExempt = exemptionsIn(of("NO_PROXY") ?? "");
  return (url) => {
    const proxy = url.protocol === "https:" ? secure : plain;
    return proxy === undefined || isExempt(url) ? undefined : new ProxyAgent({ uri: proxy });
  };
}

/** With or without a scheme, as curl takes it. What is no address is told at the start, and not to each client. */
function proxyIn(of: (name: string) => string | undefined, name: string): string | undefined {
  const said = of(name)?.trim();
  if (said === undefined || said === "") return undefined;
  const address = said.includes("://") ? said : `http://${said}`;
  // It may hold a password: it is not repeated.
  if (!URL.canParse(address) || !/^https?:/i.test(address))
    throw new GatewayError(
      "invalid-request",
      "gateway",
      `${name} must be the address of an HTTP proxy, as http://host:port`,
    );
  return address;
}

/** Names with all below them, names with a port, addresses and ranges of them (10.0.0.0/8). */
function exemptionsIn(list: string): (url: URL) => boolean {
  const names = new Set<string>();
  const ranges = new BlockList();
  // Who lends keys to machines answers nobody else.
  ranges.addSubnet("169.254.0.0", 16);
  for (const word of list.toLowerCase().split(/[\s,]+/)) {
    const name = word.replace(/^\*?\./, "");
    const [network = "", prefix = ""] = name.split("/");
    const most = isIPv4(network) ? 32 : 128;
    if (isIP(network) !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= most)
      ranges.addSubnet(network, Number(prefix), most === 32 ? "ipv4" : "ipv6");
    else if (name !== "") names.add(name);
  }
  return ({ hostname, port }) => {
    if (names.has("*") || hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]") return true;
    const bare = hostname.replace(/^\[|\]$/g, "");
    const family = isIP(bare);
    if (family !== 0 && ranges.check(bare, family === 4 ? "ipv4" : "ipv6")) return true;
    return family !== 0 ? isNamed(bare, port, names) || isNamed(hostname, port, names) : isBelow(hostname, port, names);
  };
}

const isNamed = (host: string, port: string, names: ReadonlySet<string>): boolean =>
  names.has(host) || (port !== "" && names.has(`${host}:${port}`));

function isBelow(host: string, port: string, names: ReadonlySet<string>): boolean {
  for (let rest = host; ; rest = rest.slice(rest.indexOf(".") + 1)) {
    if (isNamed(rest, port, names)) return true;
    if (!rest.includes(".")) return false;
  }
}
