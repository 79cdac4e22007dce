/** Makes a value unchangeable, all the way down. */

import { Secret } from "../canonical/secret.ts";

/** Maps and secrets stay as they are: their types offer nothing that changes them. */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map || value instanceof Secret) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
  return value;
}
