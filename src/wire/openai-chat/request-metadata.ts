/** The settings that OpenAI's chat and Responses have under the same names: on whose behalf, at which tier, what is kept. */

import type { ChatRequest } from "../../canonical/chat.ts";
import { type Fields, optionalBoolean, optionalFields, optionalString } from "../reader.ts";
import { put, type Words } from "../words.ts";
import { type Draft, set } from "./draft.ts";
import { decodeLabels } from "./settings.ts";

/** OpenAI refuses longer ones; other clients name people at greater length. */
const longestUser = 64;

export function readMetadata(body: Fields, draft: Draft, extra: Words): void {
  // The newer name of `user`. It stays under its own name for vendors of this language.
  const person = optionalString(body, "safety_identifier");
  if (person === undefined && "safety_identifier" in extra) delete extra["safety_identifier"];
  set(draft, "user", optionalString(body, "user") ?? person);
  set(draft, "serviceTier", optionalString(body, "service_tier"));
  set(draft, "cacheKey", optionalString(body, "prompt_cache_key"));
  set(draft, "store", optionalBoolean(body, "store"));
  set(draft, "labels", decodeLabels(optionalFields(body, "metadata")));
}

export function writeMetadata(value: ChatRequest, body: Words): void {
  if (value.user !== value.extra?.["safety_identifier"]) put(body, "user", value.user?.slice(0, longestUser));
  // Another language's word for the usual tier and no better one.
  put(body, "service_tier", value.serviceTier === "standard_only" ? "default" : value.serviceTier);
  put(body, "prompt_cache_key", value.cacheKey);
  put(body, "store", value.store);
  put(body, "metadata", value.labels);
  if (value.stream) body["stream"] = true;
}
