/** OpenAI's models at Azure: the deployment's name stands in the path, the version of the API in the query. */

import { openaiChat } from "../wire/openai-chat/index.ts";
import { openaiCompletions } from "../wire/openai-completions/index.ts";
import { openaiEmbeddings } from "../wire/openai-embeddings/index.ts";
import { openaiResponses } from "../wire/openai-responses/index.ts";
import { type Adjust, all } from "./adjustments.ts";
import { hostedClaude } from "./anthropic.ts";
import { entraClient, entraSettings } from "./azure-entra.ts";
import { mendChat } from "./mend.ts";
import { familyAdjust, familyOfDeployment, familyParameters } from "./openai-models.ts";
import { header, type Provider, type Route, type Settings } from "./provider.ts";
import { ifKnownResponses } from "./row.ts";

const defaultVersion = "2025-02-01-preview";
/** Versions that mean the newer addresses, where the model stands in the body: https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle */
const unversioned: ReadonlySet<string> = new Set(["v1", "preview", "latest"]);
/** Words before the deployment's name that say what is behind it. */
const words = ["o_series/", "gpt5_series/", "responses/"];

const auth = entraClient(header("api-key"));

const deploymentOf = (model: string): string => {
  const word = words.find((prefix) => model.startsWith(prefix));
  return word === undefined ? model : model.slice(word.length);
};

const versionOf = ({ api_version: version }: Settings): string =>
  typeof version === "string" && version !== "" ? version : defaultVersion;

function address(model: string, settings: Settings, operation: string): string {
  const version = versionOf(settings);
  if (unversioned.has(version)) return `/openai/v1/${operation}${version === "v1" ? "" : `?api-version=${version}`}`;
  const query = `?api-version=${encodeURIComponent(version)}`;
  return `/openai/deployments/${encodeURIComponent(deploymentOf(model))}/${operation}${query}`;
}

/** The Responses API has no deployment in its path, whatever the version. */
function responses(settings: Settings): Route<"chat"> {
  const version = versionOf(settings);
  const path = unversioned.has(version)
    ? address("", settings, "responses")
    : `/openai/responses?api-version=${encodeURIComponent(version)}`;
  return { format: openaiResponses, path, parameters: ifKnownResponses, adjust: nameAlone };
}

const nameAlone: Adjust = (body) => {
  const { model } = body;
  if (typeof model !== "string") return body;
  const name = deploymentOf(model);
  return name === model ? body : { ...body, model: name };
};

function chat(model: string, settings: Settings): Route<"chat"> {
  if (model.startsWith("responses/")) return responses(settings);
  if (model.startsWith("claude-")) return hostedClaude(model, "/anthropic/v1/messages");
  const family = familyOfDeployment(model, settings);
  if (family === "instruct") return completions(model, settings);
  return {
    format: openaiChat,
    path: address(model, settings, "chat/completions"),
    parameters: familyParameters(family),
    adjust: all(nameAlone, familyAdjust(family)),
    mend: mendChat,
    also: [responses(settings)],
  };
}

const completions = (model: string, settings: Settings): Route<"chat"> => ({
  format: openaiCompletions,
  path: address(model, settings, "completions"),
  adjust: nameAlone,
});

const tokens = ["azure_ad_token"];

export const azure: Provider = {
  id: "azure",
  name: "Azure OpenAI",
  env: {
    key: ["AZURE_API_KEY", "AZURE_OPENAI_API_KEY"],
    base: ["AZURE_API_BASE", "AZURE_OPENAI_API_BASE"],
    settings: entraSettings,
  },
  auth,
  tokens,
  serves: {
    chat,
    embed: (model, settings) => ({
      format: openaiEmbeddings,
      path: address(model, settings, "embeddings"),
      adjust: nameAlone,
    }),
  },
  docs: "https://learn.microsoft.com/azure/ai-foundry/openai/reference",
};

export const azureText: Provider = {
  id: "azure_text",
  name: "Azure OpenAI, text completions",
  env: { key: ["AZURE_API_KEY"], base: ["AZURE_API_BASE"], settings: entraSettings },
  auth,
  tokens,
  serves: { chat: completions },
  docs: "https://learn.microsoft.com/azure/ai-foundry/openai/reference",
};
