/** What a caller may ask for: the models of its key. */

import { type Caller, type ModelAccess, modelBehind } from "../canonical/caller.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Stage } from "../exchange.ts";

/** What the operator's configuration says of a model: the groups of access that it belongs to, the name behind an alias. */
export interface ModelNames {
  readonly group: string;
  readonly accessGroups: readonly string[];
}

export const authorize =
  (namesOf: (model: string) => ModelNames | undefined): Stage =>
  (exchange, next) => {
    const { caller, controls, request } = exchange;
    if (!caller.access.all) {
      refuse(caller, request.value.model, namesOf);
      // A fallback that the client names is a model that the client asks for.
      for (const model of controls.fallbacks ?? []) refuse(caller, model, namesOf);
    }
    return next(exchange);
  };

function refuse(caller: Caller, asked: string, namesOf: (model: string) => ModelNames | undefined): void {
  const model = modelBehind(caller, asked);
  if (mayUse(caller.access, model, namesOf)) return;
  const allowed = [...caller.access.names, ...caller.access.patterns].slice(0, 50).join(", ");
  throw new GatewayError(
    "forbidden",
    "gateway",
    `key not allowed to access model. This key can only access models=[${allowed}]. Tried to access ${asked.slice(0, 200)}`,
    { type: "key_model_access_denied", param: "model", code: "403" },
  );
}

/** Whether the model is among those allowed: by name, by the group it stands for, by a group of access, or by a pattern. */
export function mayUse(
  access: ModelAccess,
  model: string,
  namesOf: (model: string) => ModelNames | undefined,
): boolean {
  if (access.all || access.names.has(model)) return true;
  const names = namesOf(model);
  if (names && (access.names.has(names.group) || names.accessGroups.some((group) => access.names.has(group))))
    return true;
  return access.patterns.some((pattern) => fits(pattern, model));
}

/** "vendor/*": a pattern ends in its only star, or is one. */
const fits = (pattern: string, model: string): boolean =>
  pattern.endsWith("*") ? model.startsWith(pattern.slice(0, -1)) : pattern === model;
