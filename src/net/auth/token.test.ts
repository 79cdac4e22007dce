/** A fetched credential is fetched once, is at hand while it holds, and is renewed before its end. */

import { expect, it } from "vitest";
import { keepToken } from "./token.ts";

interface Kept {
  now: number;
  fetched: number;
  failing: boolean;
}

function kept(lifetime = 3_600_000) {
  const state: Kept = { now: 0, fetched: 0, failing: false };
  const source = keepToken(
    async () => {
      state.fetched++;
      await Promise.resolve();
      if (state.failing) throw new Error("no");
      return { value: `t${state.fetched}`, lifetime };
    },
    () => state.now,
  );
  return { state, source };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it("is fetched once for all who wait, and is at hand for who comes after", async () => {
  const { state, source } = kept();
  const all = await Promise.all(Array.from({ length: 100 }, async () => await source.get()));
  expect(new Set(all)).toEqual(new Set(["t1"]));
  expect(state.fetched).toBe(1);
  expect(source.get()).toBe("t1");
});

it("is renewed in the background before its end, while the old one is used on", async () => {
  const { state, source } = kept();
  await source.get();
  state.now = 3_600_000 - 299_000;
  expect(source.get()).toBe("t1");
  expect(source.get()).toBe("t1");
  await settled();
  expect(state.fetched).toBe(2);
  expect(source.get()).toBe("t2");
});

it("is used to its end where it cannot be renewed, asked for now and then, and then the failure is told", async () => {
  const { state, source } = kept();
  await source.get();
  state.failing = true;
  state.now = 3_600_000 - 200_000;
  for (let asked = 0; asked < 10; asked++) {
    expect(source.get()).toBe("t1");
    await settled();
  }
  expect(state.fetched).toBe(2);
  state.now += 31_000;
  expect(source.get()).toBe("t1");
  await settled();
  expect(state.fetched).toBe(3);
  state.now = 3_600_000 - 9_000;
  await expect(source.get()).rejects.toThrow("no");
  state.failing = false;
  expect(await source.get()).toBe("t5");
});

it("is not used in its last seconds", async () => {
  const { state, source } = kept();
  await source.get();
  state.now = 3_600_000 - 9_000;
  expect(await source.get()).toBe("t2");
});

it("is fetched anew each time where it holds for no time at all", async () => {
  const { source } = kept(0);
  expect(await source.get()).toBe("t1");
  expect(await source.get()).toBe("t2");
});

it("is forgotten when it is refused, unless it is quite new", async () => {
  const { state, source } = kept();
  await source.get();
  expect(source.forget("t1")).toBe(false);
  state.now = 11_000;
  expect(source.forget("t1")).toBe(true);
  expect(await source.get()).toBe("t2");
  // Whoever was refused with the old one tries the new one, which stays.
  expect(source.forget("t1")).toBe(true);
  expect(source.get()).toBe("t2");
  expect(source.held()).toBe("t2");
});
