/** What happens to a parameter that a vendor's model does not take: dropped, forced through, or refused by name. Pure. */

import type { ChatRequest } from "../canonical/chat.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Body } from "../wire/format.ts";
import { omit } from "./adjustments.ts";
import { openaiParameters, openaiValueOf } from "./openai-parameters.ts";
import { withoutPaths } from "./parameter-paths.ts";
import type { Parameters } from "./provider.ts";

export interface ParameterOccasion {
  readonly deployment: {
    readonly provider: string;
    readonly model: string;
    readonly dropParams?: boolean;
    readonly additionalDropParams: readonly string[];
    readonly allowedParams: readonly string[];
    readonly facts?: { readonly supports?: readonly string[] };
  };
  readonly route: { readonly format: { readonly id: string }; readonly parameters?: Parameters };
  readonly clientFormat: string;
  /** What the operator wants of every call. */
  readonly dropParams: boolean;
  /** What the client wants of this one. */
  readonly controls: {
    readonly dropParams?: boolean;
    readonly additionalDropParams?: readonly string[];
    readonly allowedParams?: readonly string[];
  };
  /** What was asked, for routes in a language that is not OpenAI's. */
  readonly request: object;
  /** What the model can, where the deployment's own facts do not say it all. */
  readonly supports?: readonly string[];
}

/**
 * The body without what is to be dropped. The same object where there is nothing to do.
 * Throws "unsupported-parameter", naming the fields and both remedies, where something is neither taken nor to be dropped.
 */
export function parameterPolicy(body: Body, occasion: ParameterOccasion): Body {
  const { deployment, route, controls } = occasion;
  const { parameters } = route;
  let result = without(body, deployment.additionalDropParams, parameters?.names);
  if (controls.additionalDropParams) result = without(result, controls.additionalDropParams, parameters?.names);
  if (!parameters) return result;
  return speaksOpenai(route.format.id)
    ? checkedBody(result, parameters, occasion)
    : checkedRequest(result, parameters, occasion);
}

/** The parameters of OpenAI's chat that a model takes, in the order of OpenAI's list. */
export function supportedParameters(
  parameters: Parameters | undefined,
  supports: readonly string[] | undefined,
): readonly string[] {
  if (!parameters) return openaiParameters;
  return openaiParameters.filter((name) => takes(name, parameters, supports));
}

const speaksOpenai = (format: string): boolean => format.startsWith("openai-");

const speaksChat = (format: string): boolean => format === "openai-chat" || format === "openai-completions";

/** Never refused: where a vendor does not take them, nothing is lost that anybody would miss. */
const harmless: ReadonlySet<string> = new Set(["user", "stream", "stream_options", "metadata"]);
/** What the other languages say of themselves on every call, and nobody asked OpenAI's chat for. */
const hints: ReadonlySet<string> = new Set([
  "store",
  "service_tier",
  "safety_identifier",
  "prompt_cache_key",
  "prompt_cache_retention",
]);
const known: ReadonlySet<string> = new Set(openaiParameters);

function takes(name: string, { only, never, needs }: Parameters, supports: readonly string[] | undefined): boolean {
  if (never?.has(name)) return false;
  const need = needs?.[name];
  if (need !== undefined && supports !== undefined && !supports.includes(need)) return false;
  return only === undefined || only.has(name) || !known.has(name);
}

function checkedBody(body: Body, parameters: Parameters, occasion: ParameterOccasion): Body {
  const supports = supportsOf(occasion);
  const wrong = new Set<string>(parameters.refuses?.(body));
  for (const name of Object.keys(body)) {
    const value = body[name];
    if (value === undefined || value === null || takes(name, parameters, supports)) continue;
    if (!isDefault(name, value)) wrong.add(name);
  }
  if (wrong.size === 0) return body;
  const dropped = [...wrong].filter((name) => !isAllowed(name, occasion));
  refuse(dropped, occasion);
  return omit(body, ...dropped);
}

/** On a route in another language what is not taken has no place in the body: it is already left out, unless forced. */
function checkedRequest(body: Body, parameters: Parameters, occasion: ParameterOccasion): Body {
  const { request, clientFormat } = occasion;
  if (!speaksOpenai(clientFormat) || !isChat(request)) return body;
  const supports = supportsOf(occasion);
  const forced: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const name of openaiParameters) {
    if (takes(name, parameters, supports)) continue;
    const value = openaiValueOf(name, request);
    if (value === undefined || isDefault(name, value)) continue;
    if (!isAllowed(name, occasion)) wrong.push(name);
    else if (body[name] === undefined) forced[name] = value;
  }
  refuse(wrong, occasion);
  const kept = without(body, wrong, parameters.names);
  return Object.keys(forced).length > 0 ? { ...kept, ...forced } : kept;
}

const supportsOf = ({ supports, deployment }: ParameterOccasion): readonly string[] | undefined =>
  supports ?? deployment.facts?.supports;

/** One answer is what everybody gives. */
const isDefault = (name: string, value: unknown): boolean => name === "n" && value === 1;

const isChat = (request: object): request is ChatRequest => "messages" in request;

const isAllowed = (name: string, { deployment, controls }: ParameterOccasion): boolean =>
  deployment.allowedParams.includes(name) || controls.allowedParams?.includes(name) === true;

/** The client's word counts before the deployment's, and that before the operator's for all. */
function refuse(names: readonly string[], occasion: ParameterOccasion): void {
  const { deployment, controls, dropParams, clientFormat } = occasion;
  if (names.length === 0 || (controls.dropParams ?? deployment.dropParams ?? dropParams)) return;
  const asked = speaksChat(clientFormat);
  const missed = names.filter((name) => !harmless.has(name) && (asked || !hints.has(name)));
  const [first] = missed;
  if (first === undefined) return;
  throw new GatewayError(
    "unsupported-parameter",
    "client",
    `${deployment.provider}/${deployment.model} does not take ${missed.join(", ")} as given. ` +
      `Leave it out, set drop_params to have it left out for you, or list it in allowed_openai_params to send it all the same.`,
    { param: first, provider: deployment.provider },
  );
}

function without(body: Body, names: readonly string[], vendor: Parameters["names"]): Body {
  if (names.length === 0) return body;
  return withoutPaths(body, vendor ? names.flatMap((name) => [name, vendor[name] ?? name]) : names);
}
