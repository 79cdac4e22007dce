/** What the memory keeps, and what it forgets. */

import { describe, expect, it } from "vitest";
import { memory } from "./memory.ts";

const bytes = (length: number): Uint8Array => new Uint8Array(length);

describe("the cache in memory", () => {
  it("forgets an answer when its time is over", () => {
    let now = 0;
    const cache = memory.create({ maxBytes: 10_000, now: () => now });
    void cache.write("a", bytes(10), 5);
    now = 4999;
    expect(cache.read("a")).toEqual(bytes(10));
    now = 5000;
    expect(cache.read("a")).toBeUndefined();
  });

  it("holds no more than it may, and lets the longest unused go first", () => {
    const cache = memory.create({ maxBytes: 10_000, now: () => 0 });
    for (let index = 0; index < 9; index++) void cache.write(String(index), bytes(900), 60);
    expect(cache.read("0")).toBeDefined();
    void cache.write("new", bytes(900), 60);
    expect(cache.read("1")).toBeUndefined();
    expect(cache.read("0")).toBeDefined();
    for (let index = 0; index < 1000; index++) void cache.write(`more ${index}`, bytes(900), 60);
    const left = Array.from({ length: 1000 }, (_, index) => cache.read(`more ${index}`)).filter(Boolean);
    expect(left).toHaveLength(9);
  });

  it("does not let one answer push out all others, and counts a rewritten one once", () => {
    const cache = memory.create({ maxBytes: 10_000, now: () => 0 });
    void cache.write("small", bytes(10), 60);
    void cache.write("large", bytes(9000), 60);
    expect(cache.read("large")).toBeUndefined();
    for (let index = 0; index < 1000; index++) void cache.write("again", bytes(900), 60);
    expect(cache.read("small")).toBeDefined();
    expect(cache.read("again")).toBeDefined();
  });

  it("keeps nothing that has no time to live", () => {
    const cache = memory.create({ maxBytes: 10_000, now: () => 0 });
    void cache.write("a", bytes(1), 0);
    expect(cache.read("a")).toBeUndefined();
  });
});
