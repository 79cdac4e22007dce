/** A vendor that is not there: the gateway answers by itself, to try things out without a key. */

import { openaiChat } from "../wire/openai-chat/index.ts";
import { openaiEmbeddings } from "../wire/openai-embeddings/index.ts";
import type { Provider } from "./provider.ts";

export const mock: Provider = {
  id: "mock",
  name: "Built-in mock",
  /** Not an address: whoever sends looks for this scheme first. */
  baseUrl: "mock://gateway",
  env: { key: [] },
  auth: { scheme: "none" },
  serves: {
    chat: { format: openaiChat, path: "/chat/completions" },
    embed: { format: openaiEmbeddings, path: "/embeddings" },
  },
};
