/** Which admin keys are too easy. */
import { expect, it } from "vitest";
import { weakKey } from "./weak-key.ts";

it.each(["", " ", "sk-1234", "sk-123", "sk-aaaaaaaaaaaaaaaa", "SK-password", "admin", "your-master-key"])(
  "%s is weak",
  (key) => {
    expect(weakKey(key)).toBeTypeOf("string");
  },
);

it.each(["sk-h8Kq2mZr7TnB4vXw", "9f86d081884c7d659a2feaa0c55ad015"])("%s is not", (key) => {
  expect(weakKey(key)).toBeUndefined();
});
