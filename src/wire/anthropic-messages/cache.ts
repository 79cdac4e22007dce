/** Cache marks: "keep the prompt up to here", https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching. */

import type { CacheMark } from "../../canonical/part.ts";
import { type Fields, optionalFields, optionalString } from "../reader.ts";
import type { WireCacheControl } from "./types.ts";

const plain: CacheMark = Object.freeze({});

export function cacheMark(from: Fields, path: string): CacheMark | undefined {
  if (from["cache_control"] === undefined) return undefined;
  const control = optionalFields(from, "cache_control", path);
  if (!control) return undefined;
  const ttl = optionalString(control, "ttl", `${path}.cache_control`);
  return ttl === undefined ? plain : { ttl };
}

export const cacheControl = ({ ttl }: CacheMark): WireCacheControl =>
  ttl === undefined ? { type: "ephemeral" } : { type: "ephemeral", ttl };
