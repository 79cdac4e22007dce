/** What models there are, as clients and tools ask for it. */

import { type Caller, modelBehind } from "../canonical/caller.ts";
import { GatewayError } from "../canonical/error.ts";
import type { ModelFacts } from "../config/config.ts";
import type { Deployment, Gateway, Group } from "../gateway.ts";
import { sendJson } from "./answers.ts";
import { modelIdQuery, modelOwner, paramsField } from "./compat.ts";
import type { Route } from "./incoming.ts";

/** OpenAI's list wants a date; the day of the first model list will do for all. */
const created = 1_677_610_602;

/** As OpenAI lists a model, and beside it what clients ask of one before they use it. */
function modelObject(id: string, gateway: Gateway, caller: Caller) {
  const { mode, maxInput, maxOutput }: ModelFacts = factsOf(id, gateway, caller) ?? {};
  return {
    id,
    object: "model",
    created,
    owned_by: modelOwner,
    ...(mode !== undefined && { mode }),
    ...(maxInput !== undefined && { max_input_tokens: maxInput }),
    ...(maxOutput !== undefined && { max_output_tokens: maxOutput }),
  };
}

/** Of a pattern, nothing is known. */
const factsOf = (id: string, { directory }: Gateway, caller: Caller): ModelFacts | undefined =>
  id.includes("*") ? undefined : directory.find(modelBehind(caller, id))?.pools[0]?.deployments[0]?.model;

/** The names a caller may use: of plain groups as they are, of patterns as many as the catalogue knows. */
function visible(gateway: Gateway, caller: Caller): string[] {
  const names = gateway.directory.names.flatMap((name) => (name.includes("*") ? gateway.expand(name) : [name]));
  return [...new Set([...Object.keys(caller.aliases), ...names])].filter((name) => gateway.mayUse(caller, name));
}

const list: Route["run"] = async (incoming, caller) => {
  const { gateway, request } = incoming;
  const names = visible(gateway, caller);
  // Anthropic's SDKs read the same list, and want these beside it.
  const extra =
    request.headers["anthropic-version"] === undefined
      ? {}
      : { has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null };
  sendJson(incoming, { object: "list", data: names.map((name) => modelObject(name, gateway, caller)), ...extra });
};

const one: Route["run"] = async (incoming, caller) => {
  const { gateway, param = "" } = incoming;
  if (!gateway.mayUse(caller, param) || !gateway.directory.find(modelBehind(caller, param))) throw unknown(param);
  sendJson(incoming, modelObject(param, gateway, caller));
};

const unknown = (name: string): GatewayError =>
  new GatewayError(
    "not-found",
    "client",
    `The model '${name.slice(0, 200)}' does not exist or you do not have access to it.`,
    {
      param: "model",
      code: "model_not_found",
    },
  );

const info: Route["run"] = async (incoming, caller) => {
  const { gateway, query } = incoming;
  const wanted = query.get(modelIdQuery);
  const data = gateway.directory.deployments
    .filter(({ group, id }) => gateway.mayUse(caller, group) && (wanted === null || id === wanted))
    .map((deployment) => deploymentInfo(deployment, gateway.parametersOf(deployment.group)));
  sendJson(incoming, { data });
};

function deploymentInfo({ id, group, config, model }: Deployment, parameters: readonly string[] | undefined) {
  return {
    model_name: group,
    [paramsField]: config.params,
    model_info: {
      ...model.entry,
      ...config.info,
      id,
      db_model: false,
      key: config.model,
      supported_openai_params: parameters ?? null,
    },
  };
}

const groupInfo: Route["run"] = async (incoming, caller) => {
  const { gateway, query } = incoming;
  const wanted = query.get("model_group");
  const data = gateway.directory.names
    .filter((name) => gateway.mayUse(caller, name) && (wanted === null || name === wanted))
    .flatMap((name) => {
      const group = gateway.directory.group(name);
      return group ? [aboutGroup(name, group, gateway.parametersOf(name))] : [];
    });
  sendJson(incoming, { data });
};

function aboutGroup(name: string, group: Group, parameters: readonly string[] | undefined) {
  const members = group.pools.flatMap(({ deployments }) => deployments);
  const supports = new Set(members.flatMap(({ model }) => model.supports ?? []));
  const sum = (of: (deployment: Deployment) => number | undefined) =>
    members.some((one) => of(one) !== undefined) ? members.reduce((total, one) => total + (of(one) ?? 0), 0) : null;
  return {
    model_group: name,
    providers: [...new Set(members.map(({ provider }) => provider.id))],
    max_input_tokens: group.maxInput ?? null,
    max_output_tokens: members.some(({ model }) => model.maxOutput !== undefined) ? group.maxOutput : null,
    input_cost_per_token: group.dearest.input / 1e9,
    output_cost_per_token: group.dearest.output / 1e9,
    mode: members[0]?.model.mode ?? "chat",
    tpm: sum(({ config }) => config.tokensPerMinute),
    rpm: sum(({ config }) => config.requestsPerMinute),
    supports_parallel_function_calling: supports.has("parallel_function_calling"),
    supports_vision: supports.has("vision"),
    supports_web_search: supports.has("web_search"),
    supports_url_context: supports.has("url_context"),
    supports_reasoning: supports.has("reasoning"),
    supports_function_calling: supports.has("function_calling"),
    supported_openai_params: parameters ?? null,
    is_public_model_group: false,
  };
}

const run = (paths: readonly string[], handler: Route["run"]): Route => ({
  method: "GET",
  paths,
  access: "key",
  family: "info",
  run: handler,
});

export const modelRoutes: readonly Route[] = [
  run(["/v1/models", "/models", "/openai/v1/models", "/openai/models"], list),
  run(["/v1/models/{model*}", "/models/{model*}"], one),
  run(["/model/info", "/v1/model/info", "/v2/model/info"], info),
  run(["/model_group/info"], groupInfo),
];
