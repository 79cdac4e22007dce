/** Which usage a vendor can be believed: what is beyond all reason would empty budgets, and no database could hold its price. */

import { inputTokens, outputTokens, type Usage } from "./usage.ts";

/** Ten times the longest context there is. */
const mostTokens = 100_000_000;
const mostCalls = 100_000;

/** Undefined, as if nothing had been told, where it is beyond reason: then it is estimated. */
export function credible(usage: Usage | undefined): Usage | undefined {
  if (!usage || inputTokens(usage) > mostTokens || outputTokens(usage) > mostTokens) return undefined;
  for (const name in usage.serverTools) if ((usage.serverTools[name] ?? 0) > mostCalls) return undefined;
  return usage;
}
