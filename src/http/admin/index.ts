/** The rack of the administration's endpoints. */

import type { AdminEndpoint } from "./endpoint.ts";
import { listOfKeys, tellKey } from "./key-queries.ts";
import { blockKey, changeKey, generateKey, removeKeys, unblockKey } from "./keys.ts";
import { spendLogs } from "./spend.ts";

export const adminEndpoints: readonly AdminEndpoint[] = [
  generateKey,
  tellKey,
  listOfKeys,
  changeKey,
  removeKeys,
  blockKey,
  unblockKey,
  spendLogs,
];
