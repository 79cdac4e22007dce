/** Reads `model_info`: what is known of a model. What no table knows is kept, and told to whoever asks for the model. */

import type { Notices } from "../notices.ts";
import { readSection, readValue, type Values } from "../section.ts";
import type { Mapping } from "../tree.ts";
import { infoKeys, isPrice } from "./keys/model.ts";
import { withoutSecrets } from "./params.ts";

export interface Info {
  readonly known: Values<typeof infoKeys>;
  readonly stages?: readonly string[];
  readonly shown: Readonly<Record<string, unknown>>;
}

export function readInfo(map: Mapping | undefined, path: string, notices: Notices): Info {
  if (!map) return { known: {}, shown: {} };
  const known = readSection(map, path, infoKeys, notices, {
    unknown: (name, value, here) => {
      if (isPrice(name) && value.kind === "leaf") readValue(value, here, "amount", notices);
    },
  });
  const stages = known.supported_environments;
  return { known, ...(stages ? { stages } : {}), shown: withoutSecrets(map) as Record<string, unknown> };
}
