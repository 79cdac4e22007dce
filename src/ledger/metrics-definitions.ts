/** The metrics that calls are counted in: their names, without the prefix that the exposition puts before them, and their labels. */

import { errorClass } from "./error-class.ts";
import type { Histogram, Labels, Series, Times } from "./metrics-series.ts";

/** A label's name and value; "@" stands for the prefix. */
export type Label = readonly [name: string, read: (labels: Labels) => string];

export type Definition = {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
} & (
  | { readonly type: "counter"; readonly read: (series: Series) => number }
  | { readonly type: "histogram"; readonly read: (times: Times) => Histogram }
);

const nobody = (): string => "";

const key: readonly Label[] = [
  ["hashed_api_key", ({ keyId }) => keyId],
  ["api_key_alias", ({ keyAlias }) => keyAlias],
];
const team: readonly Label[] = [
  ["team", ({ teamId }) => teamId],
  ["team_alias", nobody],
];
// Clients choose the names of their end users: as a label they would have no bound.
const endUser: Label = ["end_user", nobody];
const user: Label = ["user", ({ userId }) => userId];
const email: Label = ["user_email", nobody];
const model: Label = ["model", ({ vendorModel }) => vendorModel];
const requested: Label = ["requested_model", (labels) => labels.model];
const modelId: Label = ["model_id", ({ deployment }) => deployment];
const route: Label = ["route", (labels) => labels.route];
const deployment: readonly Label[] = [
  ["@model_name", ({ vendorModel }) => vendorModel],
  modelId,
  ["api_base", ({ apiBase }) => apiBase],
  ["api_provider", ({ provider }) => provider],
];
const exception: readonly Label[] = [
  ["exception_status", ({ status, error }) => (error === "" ? "" : status)],
  ["exception_class", ({ error }) => (error === "" ? "" : errorClass(error))],
];

const nano = 1e9;
const isAnswered = ({ labels }: Series): boolean => labels.outcome === "answered";
const byUser = [endUser, ...key, model, ...team, user];
const tokens = [endUser, ...key, requested, ...team, user, model];
const fallback: readonly Label[] = [requested, ["fallback_model", ({ group }) => group], ...key, ...team, ...exception];

export const definitions: readonly Definition[] = [
  {
    name: "proxy_total_requests_metric",
    help: "Requests to the gateway.",
    type: "counter",
    labels: [endUser, ...key, requested, ...team, user, ["status_code", ({ status }) => status], email, route, modelId],
    read: ({ requests }) => requests,
  },
  {
    name: "proxy_failed_requests_metric",
    help: "Requests that ended in an error, or that the client left.",
    type: "counter",
    labels: [endUser, ...key, requested, ...team, user, email, ...exception, route, modelId],
    read: (series) => (isAnswered(series) ? 0 : series.requests),
  },
  {
    name: "requests_metric",
    help: "Calls of models.",
    type: "counter",
    labels: [...byUser, email],
    read: (series) => (isAnswered(series) ? series.requests : 0),
  },
  {
    name: "spend_metric",
    help: "What calls cost, in US dollars.",
    type: "counter",
    labels: byUser,
    read: ({ spend }) => spend / nano,
  },
  {
    name: "total_tokens_metric",
    help: "Tokens of input and output.",
    type: "counter",
    labels: tokens,
    read: ({ input, output }) => input + output,
  },
  {
    name: "input_tokens_metric",
    help: "Tokens of input, cached or not.",
    type: "counter",
    labels: tokens,
    read: ({ input }) => input,
  },
  {
    name: "output_tokens_metric",
    help: "Tokens of output, seen or thought.",
    type: "counter",
    labels: tokens,
    read: ({ output }) => output,
  },
  {
    name: "deployment_success_responses",
    help: "Answers of a deployment.",
    type: "counter",
    labels: [requested, ...deployment, ...key, ...team],
    read: (series) => (isAnswered(series) && series.labels.deployment !== "" ? series.requests : 0),
  },
  {
    name: "deployment_successful_fallbacks",
    help: "Requests that another model group answered.",
    type: "counter",
    labels: fallback,
    read: (series) => (isAnswered(series) ? series.fellBack : 0),
  },
  {
    name: "deployment_failed_fallbacks",
    help: "Requests that no other model group could answer either.",
    type: "counter",
    labels: fallback,
    read: (series) => (isAnswered(series) ? 0 : series.fellBack),
  },
  {
    name: "request_total_latency_metric",
    help: "Seconds from the request to the end of its answer.",
    type: "histogram",
    labels: [...tokens, modelId],
    read: ({ total }) => total,
  },
  {
    name: "llm_api_latency_metric",
    help: "Seconds that the vendor took for its answer.",
    type: "histogram",
    labels: [model, ...key, ...team, requested, endUser, user],
    read: ({ vendor }) => vendor,
  },
  {
    name: "llm_api_time_to_first_token_metric",
    help: "Seconds to the first event of a stream.",
    type: "histogram",
    labels: [model, ...key, ...team, requested, endUser, user, modelId],
    read: ({ firstEvent }) => firstEvent,
  },
  {
    name: "overhead_latency_metric",
    help: "Seconds that the gateway added to the vendor's time.",
    type: "histogram",
    labels: [["model_group", ({ group }) => group], ...deployment, ...key],
    read: ({ overhead }) => overhead,
  },
  {
    name: "deployment_latency_per_output_token",
    help: "Seconds of the vendor's time for each token of output.",
    type: "histogram",
    labels: [...deployment, ...key, ...team],
    read: ({ perToken }) => perToken,
  },
];
