/** A vendor that speaks OpenAI, in one line: what differs from OpenAI's own servers, and nothing else. */

import { openaiChat } from "../wire/openai-chat/index.ts";
import { openaiCompletions } from "../wire/openai-completions/index.ts";
import { openaiEmbeddings } from "../wire/openai-embeddings/index.ts";
import { openaiResponses } from "../wire/openai-responses/index.ts";
import { outputByTool } from "../wire/output-by-tool.ts";
import { type Adjust, all, rename } from "./adjustments.ts";
import { mendChat, mendResponses } from "./mend.ts";
import { developerAsSystem, eachMessage, flattenText } from "./message-adjustments.ts";
import {
  type Auth,
  bearer,
  type EnvironmentSettings,
  optionalBearer,
  type Parameters,
  type Provider,
  type Route,
} from "./provider.ts";

export interface Row {
  /** Environment names of the base URL. */
  readonly bases?: readonly string[];
  /** Settings that the environment may fill. */
  readonly settings?: readonly EnvironmentSettings[];
  /** Offers text completions, at /completions. */
  readonly completions?: boolean;
  readonly embeddings?: boolean;
  /** Offers the Responses API, at /responses. */
  readonly responses?: boolean;
  /** Knows max_tokens only, not its newer name. */
  readonly maxTokens?: boolean;
  /** Wants text as one string. */
  readonly flatten?: boolean;
  /** May be called without a key. */
  readonly keyless?: boolean;
  /** What goes before the paths. */
  readonly prefix?: string;
  readonly auth?: Auth;
  readonly asksUsage?: boolean;
  readonly parameters?: Parameters;
  readonly embeddingParameters?: Parameters;
  readonly adjust?: Adjust;
  /** More of the provider, or other than derived. */
  readonly more?: Partial<Provider>;
}

/** Whoever thinks takes the settings of it. Models that nobody knows are given the benefit. */
export const ifKnown: Parameters = {
  needs: { reasoning_effort: "reasoning", thinking: "reasoning", verbosity: "verbosity" },
};

/** On the Responses API the same settings stand under another name. */
export const ifKnownResponses: Parameters = { needs: { reasoning: "reasoning" } };

export function row(
  id: string,
  name: string,
  baseUrl: string | undefined,
  key: string | readonly string[],
  row: Row = {},
): Provider {
  return {
    id,
    name,
    ...(baseUrl !== undefined && { baseUrl }),
    env: {
      key: typeof key === "string" ? [key] : key,
      ...(row.bases && { base: row.bases }),
      ...(row.settings && { settings: row.settings }),
    },
    auth: row.auth ?? (row.keyless ? optionalBearer : bearer),
    ...hostsOf(baseUrl),
    serves: {
      chat: chatRoute(row),
      ...(row.embeddings && { embed: embedRoute(row) }),
    },
    ...row.more,
  };
}

export function chatRoute(row: Row): Route<"chat"> {
  const { prefix = "", asksUsage } = row;
  const asking = asksUsage === undefined ? {} : { asksUsage };
  const also: Route<"chat">[] = [];
  if (row.completions) also.push({ format: openaiCompletions, path: `${prefix}/completions`, ...asking });
  if (row.responses)
    also.push({
      format: openaiResponses,
      path: `${prefix}/responses`,
      parameters: ifKnownResponses,
      mend: mendResponses,
    });
  return {
    format: openaiChat,
    path: `${prefix}/chat/completions`,
    parameters: row.parameters ?? ifKnown,
    adjust: adjustOf(row),
    mend: mendChat,
    ...asking,
    ...(also.length > 0 && { also }),
  };
}

export const embedRoute = ({ prefix = "", embeddingParameters }: Row): Route<"embed"> => ({
  format: openaiEmbeddings,
  path: `${prefix}/embeddings`,
  ...(embeddingParameters && { parameters: embeddingParameters }),
});

function adjustOf({ maxTokens, flatten, adjust }: Row): Adjust {
  const steps: Adjust[] = [];
  if (maxTokens) steps.push(rename("max_completion_tokens", "max_tokens"));
  steps.push(flatten ? eachMessage(developerAsSystem, flattenText) : eachMessage(developerAsSystem));
  if (adjust) steps.push(adjust);
  return all(...steps);
}

/** The host of the base tells the vendor, unless it is this machine or depends on the deployment. */
function hostsOf(baseUrl: string | undefined): { readonly hosts?: readonly string[] } {
  if (baseUrl === undefined || !baseUrl.startsWith("https://") || baseUrl.includes("{")) return {};
  return { hosts: [new URL(baseUrl).host] };
}

/** The same vendor, some of whose models cannot be held to a schema. */
export function schemaByTool(provider: Provider, unable: (model: string) => boolean): Provider {
  const { chat } = provider.serves;
  if (chat === undefined || typeof chat === "function") return provider;
  const withTool: Route<"chat"> = { ...chat, forSchema: { ...chat, format: chatByTool } };
  return { ...provider, serves: { ...provider.serves, chat: (model) => (unable(model) ? withTool : chat) } };
}

const chatByTool = outputByTool(openaiChat);

/** The same vendor, whose models take different parameters. */
export function byModel(provider: Provider, parameters: (model: string) => Parameters): Provider {
  const { chat } = provider.serves;
  if (chat === undefined || typeof chat === "function") return provider;
  return { ...provider, serves: { ...provider.serves, chat: (model) => ({ ...chat, parameters: parameters(model) }) } };
}
