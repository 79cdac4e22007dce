/** Who may call, by address. */
import { describe, expect, it } from "vitest";
import { plainAddress } from "../canonical/address.ts";
import { createAddressRule } from "./addresses.ts";

describe("a list of addresses", () => {
  it("lets in those that it names and those of its ranges, and nobody else", () => {
    const admits = createAddressRule(["192.0.2.7", "10.0.0.0/8", "2001:db8::/32"]);
    for (const address of [
      "192.0.2.7",
      "::ffff:192.0.2.7",
      "10.200.3.4",
      "2001:db8::5",
      "[2001:db8::5]:443",
      "10.1.1.1:80",
    ])
      expect([address, admits?.(address)]).toEqual([address, true]);
    for (const address of ["192.0.2.8", "11.0.0.1", "2001:db9::5", "", "unknown", undefined, "10.0.0.1, 192.0.2.7"])
      expect([address, admits?.(address)]).toEqual([address, false]);
  });

  it("is no rule where there is none, and lets nobody in where it is empty", () => {
    expect(createAddressRule(undefined)).toBeUndefined();
    expect(createAddressRule([])?.("127.0.0.1")).toBe(false);
  });

  it("knows an address in whatever clothes it comes", () => {
    expect(plainAddress(" ::ffff:192.0.2.7 ")).toBe("192.0.2.7");
    for (const odd of ["2001:db8::1", "[2001:db8::1", "::1", ""]) expect(plainAddress(odd)).toBe(odd);
  });
});
