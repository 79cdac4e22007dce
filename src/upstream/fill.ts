/** Fills "{name}" slots of a URL. Values are percent-encoded, so that a model's name can never reshape the path. */

import { GatewayError } from "../canonical/error.ts";
import { Secret } from "../canonical/secret.ts";
import type { Settings } from "../providers/provider.ts";

export function fill(template: string, settings: Settings): string {
  if (template.indexOf("{") < 0) return template;
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = settings[name];
    if (typeof value === "string" || typeof value === "number") return encodeURIComponent(value);
    if (value instanceof Secret)
      throw new GatewayError("internal", "gateway", `"${name}" is a secret and must not be part of a URL`);
    throw new GatewayError("invalid-request", "gateway", `the deployment has no "${name}"; set it in its parameters`);
  });
}
