/** Says what is wrong with an input in the shape that FastAPI made known: {"detail": [{"type", "loc", "msg"}]}. The input itself is not repeated: it may hold a key. */

import type { z } from "zod";

export interface Detail {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
}

const most = 50;

export const detailOf = (error: z.ZodError, from: "query" | "body"): readonly Detail[] =>
  error.issues.slice(0, most).map((issue) => ({
    type: typeOf(issue),
    loc: [from, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))],
    msg: issue.message,
  }));

const types: Readonly<Record<string, string>> = {
  string: "string_type",
  number: "float_type",
  int: "int_type",
  boolean: "bool_type",
  array: "list_type",
  record: "dict_type",
  object: "model_attributes_type",
};

function typeOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.message === missing ? "missing" : (types[issue.expected] ?? "type_error");
    case "too_small":
      return issue.origin === "string" ? "string_too_short" : "greater_than_equal";
    case "too_big":
      return issue.origin === "string" ? "string_too_long" : issue.origin === "array" ? "too_long" : "less_than_equal";
    case "invalid_value":
      return "enum";
    default:
      // The rest are checks of our own.
      return "value_error";
  }
}

/** What a field that has to be there says when it is not. */
export const missing = "Field required";
