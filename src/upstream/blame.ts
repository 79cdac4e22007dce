/** What a failure tells of a deployment: what one client can provoke with a request of its own must not take the deployment from all others. */

import type { GatewayError } from "../canonical/error.ts";

/** Whether everybody who asks now would fare alike. */
export function isDeployments({ source, status, message, details }: GatewayError): boolean {
  if (source !== "upstream") return false;
  if (status >= 500 || status === 401 || status === 408) return true;
  if (status === 429) return !isTooLargeAlone(message);
  return status === 404 && isMissing(message, details);
}

/** A request that no limit would ever let through says nothing of the others. */
const isTooLargeAlone = (message: string): boolean => {
  const text = message.toLowerCase();
  return tooLarge.some((phrase) => text.includes(phrase));
};
const tooLarge = ["request too large", "request is too large", "long context"];

/**
 * A vendor that lacks a file, an earlier answer or whatever else a request names says 404 as well. So it must say that it is the model
 * (or the way to it) that is missing: in a field, or in its first words, since clients have put their own into those that follow.
 */
function isMissing(message: string, { code, param, words }: GatewayError["details"]): boolean {
  if (param !== undefined && param !== "model") return false;
  if (param === "model" || (code !== undefined && codes.has(code))) return true;
  // A page of whatever stands at an address where there is no vendor.
  if (words !== undefined && (typeof words.body !== "object" || words.body === null)) return true;
  const text = message.toLowerCase().trimStart();
  return beginnings.some((phrase) => text.startsWith(phrase));
}

const codes: ReadonlySet<string> = new Set([
  "model_not_found",
  "model_not_available",
  "unknown_model",
  "DeploymentNotFound",
  "deployment_not_found",
]);

const beginnings: readonly string[] = [
  "model",
  "the model",
  "the requested model",
  "no such model",
  "unable to access model",
  "publisher model",
  "the api deployment",
  "deployment",
  "no endpoints found",
  // Of the address itself.
  "invalid url",
  "unknown request url",
  "not found",
  "resource not found",
  "no route",
  "the provider returned status",
];
