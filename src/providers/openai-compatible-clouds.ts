/** Clouds and accounts that host models behind OpenAI's language, at addresses and with keys of their own kind. */

import type { Body } from "../wire/format.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { openaiEmbeddings } from "../wire/openai-embeddings/index.ts";
import { openaiResponses } from "../wire/openai-responses/index.ts";
import { type Adjust, all, drop, isList, isRecord, rename, replace, setDefault } from "./adjustments.ts";
import { hostedClaude } from "./anthropic.ts";
import { awsSettings, awsSigned } from "./aws.ts";
import {
  cacheMarkOnLastPart,
  developerAsSystem,
  eachMessage,
  eachTool,
  nameOnUsersOnly,
  systemAsAssistant,
  withoutSchemaKeys,
  withoutStrict,
} from "./message-adjustments.ts";
import { type Auth, bearer, type Headers, type Provider, type Route, type Settings } from "./provider.ts";
import { chatRoute, ifKnown, ifKnownResponses, row } from "./row.ts";

/** Budgets in place of efforts, for Claude. */
const budgets: Readonly<Record<string, number>> = { minimal: 1024, low: 1024, medium: 2048, high: 4096 };
const budgetForEffort: Adjust = (body) => {
  const { reasoning_effort: effort, ...rest } = body;
  const budget = typeof effort === "string" && Object.hasOwn(budgets, effort) ? budgets[effort] : undefined;
  if (budget === undefined) return body;
  return rest["thinking"] === undefined ? { ...rest, thinking: { type: "enabled", budget_tokens: budget } } : rest;
};

/** https://docs.databricks.com/aws/en/machine-learning/foundation-model-apis/api-reference */
function databricksChat(model: string): Route<"chat"> {
  const claude = model.includes("claude");
  return {
    ...chatRoute({
      parameters: claude ? { needs: { verbosity: "verbosity" } } : ifKnown,
      adjust: claude
        ? all(budgetForEffort, eachMessage(nameOnUsersOnly, cacheMarkOnLastPart))
        : eachMessage(nameOnUsersOnly),
    }),
    ...(model.includes("gpt") && {
      also: [{ format: openaiResponses, path: "/responses", parameters: ifKnownResponses }],
    }),
  };
}

/** https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m: the workspace itself gives tokens to service principals. */
const databricksClient: Auth = {
  scheme: "client-credentials",
  id: "client_id",
  secret: "client_secret",
  at: { path: "/oidc/v1/token" },
  scope: "all-apis",
  basic: true,
  first: true,
  key: bearer,
};

/** https://cloud.ibm.com/apidocs/watsonx-ai#text-chat: the model and whose project it is are told in fields of their own. */
const watsonxVersion = "2024-03-13";
function watsonxChat(model: string, { api_version: version }: Settings): Route<"chat"> {
  const query = `?version=${encodeURIComponent(typeof version === "string" ? version : watsonxVersion)}`;
  const deployment = model.startsWith("deployment/") ? model.slice("deployment/".length) : undefined;
  const place = deployment === undefined ? "/ml/v1/text" : `/ml/v1/deployments/${encodeURIComponent(deployment)}/text`;
  return {
    format: openaiChat,
    path: `${place}/chat${query}`,
    streamPath: `${place}/chat_stream${query}`,
    parameters: ifKnown,
    asksUsage: false,
    adjust: all(
      eachMessage(developerAsSystem),
      eachTool(withoutStrict, withoutSchemaKeys("strict", "additionalProperties")),
      rename("max_completion_tokens", "max_tokens"),
      drop("stream", "stream_options"),
      watsonxBody,
    ),
  };
}

const watsonxBody: Adjust = (body, { model, settings }) => {
  const { model: _, tool_choice: choice, ...rest } = body;
  const { project_id: project, space_id: space } = settings;
  return {
    ...rest,
    ...(typeof choice === "string" ? { tool_choice_option: choice } : choice !== undefined && { tool_choice: choice }),
    ...(!model.startsWith("deployment/") && { model_id: model }),
    ...(typeof project === "string" && { project_id: project }),
    ...(typeof space === "string" && { space_id: space }),
  };
};

/** https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api */
const snowflakeChat = (model: string): Route<"chat"> =>
  model.startsWith("claude")
    ? hostedClaude(model, "/cortex/v1/messages")
    : chatRoute({ prefix: "/cortex/v1", adjust: rename("max_tokens", "max_completion_tokens") });

/** https://huggingface.co/docs/inference-providers: "provider/org/model" is said as "org/model:provider" there. */
const routedModel: Adjust = (body, { settings }) => {
  const { model } = body;
  if (typeof model !== "string" || typeof settings["api_base"] === "string") return body;
  const [provider, ...rest] = model.split("/");
  return rest.length < 2 ? body : { ...body, model: `${rest.join("/")}:${provider}` };
};

/** https://docs.github.com/copilot: an editor speaks to it; who began the turn, and whether there are pictures, is told by header. */
const editor = {
  "editor-version": "vscode/1.104.1",
  "editor-plugin-version": "copilot-chat/0.26.7",
  "copilot-integration-id": "vscode-chat",
};
function copilotHeaders(headers: Headers, { messages }: Body): Headers {
  if (!isList(messages)) return headers;
  const agent = messages.some(
    (message) => isRecord(message) && (message["role"] === "tool" || message["role"] === "assistant"),
  );
  const pictures = messages.some(hasPicture);
  return { ...headers, "x-initiator": agent ? "agent" : "user", ...(pictures && { "copilot-vision-request": "true" }) };
}
const hasPicture = (message: unknown): boolean =>
  isRecord(message) &&
  isList(message["content"]) &&
  message["content"].some((part) => isRecord(part) && part["type"] === "image_url");

const copilotResponses: Route<"chat"> = { format: openaiResponses, path: "/responses" };
function copilotChat(model: string, settings: Settings): Route<"chat"> {
  if (model.includes("codex")) return copilotResponses;
  const kept = settings["disable_copilot_system_to_assistant"] === true;
  return {
    ...chatRoute({ adjust: kept ? eachMessage(developerAsSystem) : eachMessage(developerAsSystem, systemAsAssistant) }),
    also: [copilotResponses],
    adjustHeaders: copilotHeaders,
  };
}

/** Nobody is signed in from here: what another program was given is taken from its file, or as the key. */
const subscriptions: readonly Provider[] = [
  row("github_copilot", "GitHub Copilot", "https://api.githubcopilot.com", "GITHUB_COPILOT_API_KEY", {
    bases: ["GITHUB_COPILOT_API_BASE"],
    auth: {
      scheme: "github-copilot",
      url: "https://api.github.com/copilot_internal/v2/token",
      urlSetting: "copilot_token_url",
      fileSetting: "copilot_token_file",
      headers: { ...editor, "user-agent": "GitHubCopilotChat/0.26.7" },
    },
    settings: [{ names: { copilot_token_url: ["GITHUB_COPILOT_API_KEY_URL"] } }],
    more: { headers: editor, serves: { chat: copilotChat, embed: { format: openaiEmbeddings, path: "/embeddings" } } },
  }),
  row("chatgpt", "ChatGPT subscription", "https://chatgpt.com/backend-api/codex", "CHATGPT_ACCESS_TOKEN", {
    bases: ["CHATGPT_API_BASE", "OPENAI_CHATGPT_API_BASE"],
    more: {
      serves: {
        chat: {
          format: openaiResponses,
          path: "/responses",
          wholes: false,
          adjust: all(
            drop("max_output_tokens", "metadata", "user"),
            replace("store", () => false),
            setDefault("store", false),
            setDefault("instructions", ""),
          ),
        },
      },
    },
  }),
];

export const openaiCompatibleClouds: readonly Provider[] = [
  ...subscriptions,
  row("databricks", "Databricks Model Serving", undefined, "DATABRICKS_API_KEY", {
    bases: ["DATABRICKS_API_BASE"],
    auth: databricksClient,
    settings: [
      {
        credential: true,
        first: true,
        whole: true,
        names: { client_id: ["DATABRICKS_CLIENT_ID"], client_secret: ["DATABRICKS_CLIENT_SECRET"] },
      },
    ],
    embeddings: true,
    more: {
      serves: { chat: databricksChat, embed: { format: openaiEmbeddings, path: "/embeddings" } },
    },
  }),
  row(
    "datarobot",
    "DataRobot",
    "https://app.datarobot.com/api/v2/genai/llmgw",
    ["DATAROBOT_API_TOKEN", "DATAROBOT_API_KEY"],
    {
      bases: ["DATAROBOT_ENDPOINT", "DATAROBOT_API_BASE"],
    },
  ),
  row("gradient_ai", "DigitalOcean Gradient", "https://inference.do-ai.run", "GRADIENT_AI_API_KEY", {
    bases: ["GRADIENT_AI_AGENT_ENDPOINT"],
    prefix: "/v1",
  }),
  row("huggingface", "Hugging Face", "https://router.huggingface.co/v1", ["HF_TOKEN", "HUGGINGFACE_API_KEY"], {
    bases: ["HF_API_BASE", "HUGGINGFACE_API_BASE"],
    asksUsage: true,
    adjust: routedModel,
  }),
  row("sagemaker_chat", "SageMaker, messages", "https://runtime.sagemaker.{aws_region_name}.amazonaws.com", [], {
    auth: awsSigned("sagemaker", "aws_region_name"),
    settings: awsSettings("aws_region_name", "us-west-2"),
    more: {
      serves: {
        chat: { format: openaiChat, path: "/endpoints/{model}/invocations", parameters: ifKnown, streams: false },
      },
    },
  }),
  row("snowflake", "Snowflake Cortex", "https://{account_id}.snowflakecomputing.com/api/v2", "SNOWFLAKE_JWT", {
    bases: ["SNOWFLAKE_API_BASE"],
    more: {
      headers: { "x-snowflake-authorization-token-type": "KEYPAIR_JWT" },
      serves: { chat: snowflakeChat },
    },
  }),
  row("watsonx", "IBM watsonx.ai", undefined, ["WATSONX_APIKEY", "WATSONX_API_KEY", "WX_API_KEY"], {
    bases: ["WATSONX_URL", "WATSONX_API_BASE", "WX_URL"],
    auth: {
      scheme: "ibm-iam",
      url: "https://iam.cloud.ibm.com/identity/token",
      urlSetting: "watsonx_iam_url",
      zenSetting: "zen_api_key",
    },
    settings: [
      {
        credential: true,
        first: true,
        whole: true,
        unless: ["zen_api_key", "watsonx_token"],
        names: { token: ["WATSONX_TOKEN"] },
      },
      {
        credential: true,
        first: true,
        whole: true,
        unless: ["token", "watsonx_token"],
        names: { zen_api_key: ["WATSONX_ZENAPIKEY"] },
      },
      {
        names: {
          watsonx_iam_url: ["WATSONX_IAM_URL"],
          project_id: ["WATSONX_PROJECT_ID", "WX_PROJECT_ID"],
          space_id: ["WATSONX_DEPLOYMENT_SPACE_ID", "WATSONX_SPACE_ID", "WX_SPACE_ID"],
        },
      },
    ],
    more: { tokens: ["token", "watsonx_token"], serves: { chat: watsonxChat } },
  }),
];
