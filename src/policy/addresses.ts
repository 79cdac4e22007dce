/** Which addresses may call, where the operator confines them. */

import { BlockList, isIP } from "node:net";
import { plainAddress } from "../canonical/address.ts";

/** Undefined: everybody may. Addresses and ranges are checked where the configuration is read. */
export function createAddressRule(
  allowed: readonly string[] | undefined,
): ((address: string | undefined) => boolean) | undefined {
  if (!allowed) return undefined;
  const list = new BlockList();
  for (const one of allowed) {
    const [address = "", bits] = one.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (given) => {
    const address = given === undefined ? "" : plainAddress(given);
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
  };
}
