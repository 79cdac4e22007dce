/** The kinds of guardrails. A new one is a file beside this one and a word in the list. */

import { contentFilter } from "./content-filter.ts";
import type { GuardrailKind } from "./guardrail.ts";

export const guardrailKinds: readonly GuardrailKind[] = [contentFilter];
