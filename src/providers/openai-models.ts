/** Which family of OpenAI's an OpenAI model belongs to, and what each family takes. https://developers.openai.com/api/docs/guides/reasoning */

import type { Body } from "../wire/format.ts";
import { type Adjust, all, atMost, rename } from "./adjustments.ts";
import { developerAsSystem, eachMessage, plainImages, systemAsUser } from "./message-adjustments.ts";
import type { Parameters, Settings } from "./provider.ts";

export type Family = "plain" | "instruct" | "o-series" | "first-o" | "gpt-5" | "gpt-5-flexible" | "search";

/** By name; `base` is the name of the model behind a deployment with a name of its own. */
export function familyOf(model: string): Family {
  const name = model.slice(model.lastIndexOf("/") + 1).replace(/^ft:/, "");
  if (/^(?:gpt-3\.5-turbo-instruct|davinci-002|babbage-002|text-davinci)/.test(name)) return "instruct";
  if (/^o1-(?:mini|preview)/.test(name)) return "first-o";
  if (/^o[1-9]\d?(?:-|$)/.test(name)) return "o-series";
  const version = /^gpt-(\d{1,2})(?:\.(\d{1,2}))?(?=-|$)/.exec(name);
  if (!version || Number(version[1]) < 5 || name.startsWith("gpt-5-chat")) return "plain";
  if (name.includes("search")) return "search";
  return Number(version[1]) > 5 || version[2] !== undefined ? "gpt-5-flexible" : "gpt-5";
}

/** A deployment's name may say nothing of its model: the configured base model does, or a word put before the name. */
export function familyOfDeployment(model: string, settings: Settings): Family {
  const said = settings["base_model"];
  if (typeof said === "string") return familyOf(said);
  if (model.startsWith("o_series/")) return "o-series";
  if (model.startsWith("gpt5_series/")) return "gpt-5";
  const family = familyOf(model);
  if (family !== "plain") return family;
  if (/(?:^|[-_./])o[134](?:$|[-_.])/.test(model)) return "o-series";
  return /gpt-?5(?!\d)/.test(model) && !/gpt-?5-chat/.test(model) ? "gpt-5" : "plain";
}

const penalties = ["presence_penalty", "frequency_penalty"];
const probabilities = ["logprobs", "top_logprobs"];

/** Models that think have one temperature. */
const fixedTemperature = (body: Body): readonly string[] =>
  typeof body["temperature"] === "number" && body["temperature"] !== 1 ? ["temperature"] : [];

/** Some think only when told to; while they do, sampling is theirs. */
const fixedWhileThinking = (body: Body): readonly string[] => {
  const effort = body["reasoning_effort"] ?? undefined;
  if (effort === undefined || effort === "none") return [];
  const wrong = [...fixedTemperature(body)];
  for (const name of ["top_p", ...probabilities]) if ((body[name] ?? undefined) !== undefined) wrong.push(name);
  return wrong;
};

const noEffortNone = (body: Body): readonly string[] =>
  body["reasoning_effort"] === "none" || body["reasoning_effort"] === "xhigh" ? ["reasoning_effort"] : [];

const gpt5Never = [
  ...penalties,
  "stop",
  "logit_bias",
  "modalities",
  "prediction",
  "audio",
  "web_search_options",
  "thinking",
];

const parametersOf: Readonly<Record<Family, Parameters>> = {
  plain: {
    never: new Set(["thinking"]),
    needs: { reasoning_effort: "reasoning", verbosity: "verbosity" },
  },
  instruct: {},
  "o-series": {
    never: new Set([...penalties, ...probabilities, "top_p", "logit_bias", "thinking", "verbosity"]),
    refuses: fixedTemperature,
  },
  "first-o": {
    never: new Set([
      ...penalties,
      ...probabilities,
      "top_p",
      "logit_bias",
      "thinking",
      "verbosity",
      "tools",
      "tool_choice",
      "parallel_tool_calls",
      "functions",
      "function_call",
      "response_format",
    ]),
    refuses: fixedTemperature,
  },
  "gpt-5": {
    never: new Set([...gpt5Never, ...probabilities, "top_p"]),
    refuses: (body) => [...fixedTemperature(body), ...noEffortNone(body)],
  },
  "gpt-5-flexible": { never: new Set(gpt5Never), refuses: fixedWhileThinking },
  search: {
    only: new Set([
      "max_tokens",
      "max_completion_tokens",
      "stream",
      "stream_options",
      "web_search_options",
      "service_tier",
      "safety_identifier",
      "response_format",
      "user",
      "store",
      "metadata",
      "verbosity",
    ]),
  },
};

export const familyParameters = (family: Family): Parameters => parametersOf[family];

const newName = rename("max_tokens", "max_completion_tokens");
const stops = atMost("stop", 4);

const adjustments: Readonly<Record<Family, Adjust>> = {
  plain: all(eachMessage(developerAsSystem, plainImages), stops),
  instruct: stops,
  "o-series": all(newName, eachMessage(plainImages), stops),
  "first-o": all(newName, eachMessage(systemAsUser, plainImages)),
  "gpt-5": all(newName, eachMessage(plainImages)),
  "gpt-5-flexible": all(newName, eachMessage(plainImages)),
  search: all(newName, eachMessage(plainImages)),
};

export const familyAdjust = (family: Family): Adjust => adjustments[family];
