/** What is known of deployments outlives the reading anew of a configuration, as far as they stay the same. */
import { expect, it } from "vitest";
import { deploymentOf } from "../../test/house.ts";
import { Secret } from "../canonical/secret.ts";
import { createHealthBook } from "./health-book.ts";

const url = "https://vendor.example";
const one = (more: object = {}) => deploymentOf(url, { id: "one", ...more });

it("a deployment that stays as it was keeps its rest, another of the same id does not", () => {
  const book = createHealthBook();
  const health = book.open([one()])(one());
  health.restsUntil = 7;
  health.running = 3;
  expect(book.open([one()])(one())).toBe(health);
  for (const changed of [{ key: new Secret("another-key") }, { weight: 2 }, { headers: { a: new Secret("b") } }])
    expect(book.open([one(changed)])(one(changed)).restsUntil).toBe(0);
});

it("one that was taken out and comes again begins anew", () => {
  const book = createHealthBook();
  book.open([one()])(one()).restsUntil = 7;
  book.open([]);
  expect(book.open([one()])(one()).restsUntil).toBe(0);
});

it("what a pattern stands for is known too, and no more of it than is kept at hand", () => {
  const book = createHealthBook();
  const pattern = one({ group: "x/*", model: "*" });
  const of = book.open([pattern]);
  const named = (model: string) => ({ ...pattern, group: `x/${model}`, model });
  of(named("a")).restsUntil = 7;
  expect(book.open([pattern])(named("a")).restsUntil).toBe(7);
  for (let turn = 0; turn < 2_000; turn++) of(named(`made-up-${turn}`));
  expect(of(named("a")).restsUntil).toBe(0);
});
