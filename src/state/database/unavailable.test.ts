/** Which failures of a database pass by themselves. */
import { expect, it } from "vitest";
import { isUnavailable } from "./unavailable.ts";

const failure = (more: object, message = "no"): Error => Object.assign(new Error(message), more);

it.each([
  failure({ code: "ECONNREFUSED" }),
  failure({ code: "57P01" }),
  failure({ code: "53100" }),
  failure({ code: "08006" }),
  failure({ code: "ERR_SQLITE_ERROR", errcode: 13 }),
  failure({ code: "ERR_SQLITE_ERROR", errcode: 778 }),
  failure({}, "timeout exceeded when trying to connect"),
  failure({}, "Connection terminated unexpectedly"),
  new AggregateError([failure({ code: "ECONNREFUSED" })]),
])("%s may be over in a moment", (error) => expect(isUnavailable(error)).toBe(true));

it.each([
  failure({ code: "42P01" }),
  failure({ code: "23505" }),
  failure({ code: "ERR_SQLITE_ERROR", errcode: 1 }),
  new TypeError("x is not a function"),
  "a text",
  undefined,
])("%s is a mistake", (error) => expect(isUnavailable(error)).toBe(false));
