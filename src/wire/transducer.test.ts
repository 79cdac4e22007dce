/** Steps of streams: one after another, to the end, and left early. */
import { expect, it } from "vitest";
import { compose, pump, run, type Transducer } from "./transducer.ts";

const doubling: Transducer<number, number> = { push: (one) => [one, one], end: () => [0] };
const adding = (): Transducer<number, string> => {
  let sum = 0;
  return {
    push: (one) => {
      sum += one;
      return one > 2 ? [] : [`+${one}`];
    },
    end: () => [`=${sum}`],
  };
};

it("runs one step after another, and both to their ends", () => {
  expect(run(compose(doubling, adding()), [1, 2, 3])).toEqual(["+1", "+1", "+2", "+2", "+0", "=12"]);
});

it("pumps a batch for each input that yields any, and one for the end", async () => {
  async function* source() {
    yield* [1, 3, 2];
  }
  const batches: (readonly string[])[] = [];
  for await (const batch of pump(source(), adding())) batches.push(batch);
  expect(batches).toEqual([["+1"], ["+2"], ["=6"]]);
});

it("stops the source when nobody reads on", async () => {
  let stopped = false;
  async function* source() {
    try {
      for (;;) yield 1;
    } finally {
      stopped = true;
    }
  }
  for await (const _ of pump(source(), adding())) break;
  expect(stopped).toBe(true);
});

it("passes the source's failure on, without the end that never came", async () => {
  async function* source() {
    yield 1;
    throw new Error("cut");
  }
  const batches: (readonly string[])[] = [];
  const reading = async () => {
    for await (const batch of pump(source(), adding())) batches.push(batch);
  };
  await expect(reading()).rejects.toThrow("cut");
  expect(batches).toEqual([["+1"]]);
});
