/** The gate that every connection passes: which addresses may be reached, decided on the very address that is then connected to. */

import { lookup as resolve } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { GatewayError } from "../canonical/error.ts";

/** https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 sister: what is not the public internet. */
const special: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
  // Only 2000::/3 is given out: everything else is private, of old forms of IPv4, or nobody's.
  ["::", 3],
  ["4000::", 2],
  ["8000::", 1],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

/** Answers whether an address is on the public internet. */
export function publicAddresses(): (address: string) => boolean {
  // Two lists: to one, ::/3 would be all of IPv4, too.
  const closed = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const [network, prefix] of special) {
    const family = network.includes(":") ? "ipv6" : "ipv4";
    closed[family].addSubnet(network, prefix, family);
  }
  return (address) => {
    const family = isIP(address);
    if (family === 4) return !closed.ipv4.check(address, "ipv4");
    if (family !== 6) return false;
    const mapped = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i.exec(address);
    if (!mapped) return !closed.ipv6.check(address, "ipv6");
    const [, dotted, high = "0", low = "0"] = mapped;
    return !closed.ipv4.check(dotted ?? fromHex(high, low), "ipv4");
  };
}

function fromHex(high: string, low: string): string {
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return bits.flatMap((word) => [word >> 8, word & 255]).join(".");
}

/** A name look-up that yields only addresses that may be reached, so that a name cannot change its address after the check. */
export function guardedLookup(allowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "");
      const open = addresses.filter(({ address }) => allowed(address));
      const [first] = open;
      if (!first) return callback(refused(hostname), "");
      return options.all ? callback(null, open) : callback(null, first.address, first.family);
    });
  };
}

/** Judges an address before anything is opened: scheme, credentials in it, and literal addresses, which no look-up would see. */
export function checkUrl(url: URL, egress: "configured" | "public", isPublic: (address: string) => boolean): void {
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new GatewayError("forbidden", "gateway", `only http and https addresses may be called, not ${url.protocol}`);
  if (egress === "configured") return;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !isPublic(host)) throw refused(host);
  if (url.username !== "" || url.password !== "")
    throw new GatewayError("forbidden", "gateway", "an address must not contain a user name or password");
}

const refused = (host: string): GatewayError =>
  new GatewayError(
    "forbidden",
    "gateway",
    `${host} is not a public address; only the operator's configuration may name private ones`,
  );
