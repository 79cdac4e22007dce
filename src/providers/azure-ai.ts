/** Azure AI Foundry: models of many makers behind OpenAI's language, Claude behind its own. https://learn.microsoft.com/azure/ai-foundry */

import { all } from "./adjustments.ts";
import { hostedClaude } from "./anthropic.ts";
import { entraClient, entraSettings } from "./azure-entra.ts";
import { eachMessage, flattenText } from "./message-adjustments.ts";
import { familyAdjust, familyOf, familyParameters } from "./openai-models.ts";
import type { Provider, Route, Settings } from "./provider.ts";
import { chatRoute, embedRoute, ifKnown } from "./row.ts";

/** A resource of Foundry has its models below /models; a serverless endpoint is the model. */
function prefixOf({ api_base: base }: Settings): string {
  return typeof base === "string" && base.includes(".services.ai.azure.com") && !base.includes("/models")
    ? "/models"
    : "";
}

const query = ({ api_version: version }: Settings): string =>
  typeof version === "string" && version !== "" ? `?api-version=${encodeURIComponent(version)}` : "";

const router = "model_router/";

function chat(model: string, settings: Settings): Route<"chat"> {
  if (model.startsWith("claude-")) return hostedClaude(model, "/anthropic/v1/messages");
  const name = model.startsWith(router) ? model.slice(router.length) : model;
  const family = familyOf(name);
  const route = chatRoute({ prefix: prefixOf(settings), adjust: eachMessage(flattenText) });
  const { adjust = (body) => body } = route;
  return {
    ...route,
    path: route.path + query(settings),
    parameters: family === "plain" ? ifKnown : familyParameters(family),
    adjust: all(
      (body) => (name === model ? body : { ...body, model: name }),
      family === "plain" ? adjust : familyAdjust(family),
    ),
  };
}

export const azureAi: Provider = {
  id: "azure_ai",
  name: "Azure AI Foundry",
  env: { key: ["AZURE_AI_API_KEY"], base: ["AZURE_AI_API_BASE"], settings: entraSettings },
  auth: entraClient({ scheme: "header", name: "api-key", at: [".services.ai.azure.com", ".openai.azure.com"] }),
  tokens: ["azure_ad_token"],
  serves: {
    chat,
    embed: (_, settings) => {
      const route = embedRoute({ prefix: prefixOf(settings) });
      return { ...route, path: route.path + query(settings) };
    },
  },
  docs: "https://learn.microsoft.com/azure/ai-foundry/model-inference/reference",
};
