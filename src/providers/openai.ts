/** OpenAI, and every server that calls itself compatible and is given by its address. */

import { openaiChat } from "../wire/openai-chat/index.ts";
import { openaiCompletions } from "../wire/openai-completions/index.ts";
import { openaiEmbeddings } from "../wire/openai-embeddings/index.ts";
import { openaiResponses } from "../wire/openai-responses/index.ts";
import { type Adjust, all, clamp, setDefault } from "./adjustments.ts";
import { mendChat, mendResponses } from "./mend.ts";
import { familyAdjust, familyOf, familyParameters } from "./openai-models.ts";
import { bearer, type Provider, type Route, type Settings } from "./provider.ts";
import { ifKnownResponses, row } from "./row.ts";

const baseUrl = "https://api.openai.com/v1";
const bases = ["OPENAI_BASE_URL", "OPENAI_API_BASE"];

const completions: Route<"chat"> = { format: openaiCompletions, path: "/completions" };

/** A word before the model's name asks for one of the two APIs; the vendor does not know it. */
const asked = ["responses/", "chat_completions/"];

const withoutWord: Adjust = (body) => {
  const { model } = body;
  const word = typeof model === "string" ? asked.find((prefix) => model.startsWith(prefix)) : undefined;
  return word === undefined || typeof model !== "string" ? body : { ...body, model: model.slice(word.length) };
};

const responses: Route<"chat"> = {
  format: openaiResponses,
  path: "/responses",
  parameters: ifKnownResponses,
  mend: mendResponses,
  // Fewer than 16 tokens of output are refused there, where the older API takes them.
  adjust: all(withoutWord, clamp("max_output_tokens", 16, Number.MAX_SAFE_INTEGER)),
};

/** Anthropic's clients send thoughts back, sealed: the seal has to be asked for. */
const responsesForMessages: Route<"chat"> = {
  ...responses,
  adjust: all(responses.adjust ?? withoutWord, setDefault("include", ["reasoning.encrypted_content"])),
};

/** Models that only the Responses API serves. */
const responsesOnly = /^(?:o\d-pro|o\d(?:-mini)?-deep-research|codex-mini|computer-use|gpt-\d(?:\.\d)?-(?:pro|codex))/;

function chat(model: string, settings: Settings): Route<"chat"> {
  if (model.startsWith("responses/") || responsesOnly.test(model)) return responses;
  const family = familyOf(model);
  if (family === "instruct") return { ...completions, also: [completions] };
  const adjust = familyAdjust(family);
  const plain = settings["use_chat_completions_url_for_anthropic_messages"] === true;
  const forced = model.startsWith("chat_completions/");
  return {
    format: openaiChat,
    path: "/chat/completions",
    parameters: familyParameters(family),
    adjust: forced ? (body, about) => adjust(withoutWord(body, about), about) : adjust,
    mend: mendChat,
    ...(!forced && { also: [responses] }),
    // Thoughts survive on the Responses API only, and Anthropic's clients send them back.
    ...(!plain && !forced && { forClients: { "anthropic-messages": responsesForMessages } }),
  };
}

export const openai: Provider = {
  id: "openai",
  name: "OpenAI",
  baseUrl,
  env: { key: ["OPENAI_API_KEY"], base: bases },
  auth: bearer,
  settingHeaders: { "openai-organization": "organization" },
  serves: { chat, embed: { format: openaiEmbeddings, path: "/embeddings" } },
  hosts: ["api.openai.com", "eu.api.openai.com", "us.api.openai.com"],
  models: [
    "gpt-*",
    "chatgpt-*",
    "o1*",
    "o3*",
    "o4*",
    "ft:gpt-*",
    "text-embedding-3-*",
    "text-embedding-ada-*",
    "codex-*",
    "*",
  ],
  docs: "https://developers.openai.com/api/reference",
};

/** The same servers under other names: one for old completions, and those that hold a server nobody else knows. */
export const openaiLike: readonly Provider[] = [
  {
    id: "text-completion-openai",
    name: "OpenAI, text completions",
    baseUrl,
    env: { key: ["OPENAI_API_KEY"], base: bases },
    auth: bearer,
    serves: { chat: completions },
    docs: "https://developers.openai.com/api/reference/resources/completions",
  },
  row("aiohttp_openai", "OpenAI, by another name", baseUrl, "OPENAI_API_KEY", { bases, more: { hosts: [] } }),
  row("custom_openai", "Any server that speaks OpenAI", undefined, "OPENAI_API_KEY", {
    bases: ["OPENAI_API_BASE"],
    completions: true,
    embeddings: true,
    keyless: true,
  }),
  row("openai_like", "Any server that speaks OpenAI", undefined, "OPENAI_LIKE_API_KEY", {
    bases: ["OPENAI_LIKE_API_BASE"],
    completions: true,
    embeddings: true,
    keyless: true,
  }),
  row(
    "text-completion-inception",
    "Inception Labs, text completions",
    "https://api.inceptionlabs.ai/v1",
    "INCEPTION_API_KEY",
    {
      more: { hosts: [], serves: { chat: completions } },
    },
  ),
];
