/** The operator's proxy for outgoing calls, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY have it. */

import type { Dispatcher } from "undici";

export type DispatcherFor = (url: URL) => Dispatcher | undefined;

type Env = Readonly<Record<string, string | undefined>>;

/** Undefined where no proxy is named: nearly everywhere. */
export async function proxiesIn(env: Env): Promise<DispatcherFor | undefined> {
  const of = (name: string) => env[name.toLowerCase()] || env[name] || undefined;
  const secure = of("HTTPS_PROXY");
  const plain = of("HTTP_PROXY");
  if (secure === undefined && plain === undefined) return undefined;
  const { ProxyAgent } = await import("undici");
  const exempt = (of("NO_PROXY") ?? "")
    .split(",")
    .map((one) => one.trim().replace(/^\*?\./, ""))
    .filter((one) => one !== "");
  return (url) => {
    const proxy = url.protocol === "https:" ? secure : plain;
    return proxy === undefined || isExempt(url.hostname, exempt) ? undefined : new ProxyAgent({ uri: proxy });
  };
}

function isExempt(hostname: string, exempt: readonly string[]): boolean {
  if (hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]") return true;
  return exempt.some((one) => one === "*" || hostname === one || hostname.endsWith(`.${one}`));
}
