/** Where secrets can be kept. A new store is a file beside this one and a word in the list. */

import { environment } from "./environment.ts";
import { file } from "./file.ts";
import type { SecretStoreKind } from "./store.ts";

export const secretStores: readonly SecretStoreKind[] = [environment, file];
