/** Records of calls for tests of what is done with them. */

import type { CallRecord } from "../src/canonical/call-record.ts";

/** A call that was answered, and cost nothing. */
export const callRecord = (more: Partial<CallRecord> = {}): CallRecord => ({
  id: "1",
  began: 0,
  ended: 1,
  outcome: "answered",
  status: 200,
  route: "/v1/chat/completions",
  operation: "chat",
  stream: false,
  model: "m",
  cost: 0,
  costInput: 0,
  costOutput: 0,
  costTools: 0,
  cacheHit: false,
  tags: [],
  retries: 0,
  fallbacks: 0,
  attempts: [],
  scopes: [],
  ...more,
});
