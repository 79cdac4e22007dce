/** The doors of the data plane: which paths, which operation, which language. To add one, add a row. */

import { anthropicCount } from "../wire/anthropic-count/index.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { openaiCompletions } from "../wire/openai-completions/index.ts";
import { openaiEmbeddings } from "../wire/openai-embeddings/index.ts";
import { dataRoute } from "./endpoint.ts";
import type { Route } from "./incoming.ts";

export const endpoints: readonly Route[] = [
  dataRoute({ paths: everywhere("chat/completions"), operation: "chat", format: openaiChat }),
  dataRoute({ paths: inPath("chat/completions"), operation: "chat", format: openaiChat, modelInPath: true }),
  dataRoute({ paths: everywhere("completions"), operation: "chat", format: openaiCompletions }),
  dataRoute({ paths: inPath("completions"), operation: "chat", format: openaiCompletions, modelInPath: true }),
  dataRoute({ paths: everywhere("embeddings"), operation: "embed", format: openaiEmbeddings }),
  dataRoute({ paths: inPath("embeddings"), operation: "embed", format: openaiEmbeddings, modelInPath: true }),
  dataRoute({
    paths: ["/v1/messages", "/anthropic/v1/messages", "/messages"],
    operation: "chat",
    format: anthropicMessages,
  }),
  dataRoute({
    paths: ["/v1/messages/count_tokens", "/anthropic/v1/messages/count_tokens", "/messages/count_tokens"],
    operation: "count",
    format: anthropicCount,
  }),
];

/** With and without a version, and below the address that Azure gives its SDKs' newer clients. */
function everywhere(what: string): readonly string[] {
  return [`/v1/${what}`, `/${what}`, `/openai/v1/${what}`];
}

/** Azure's and the old engines' way: the model stands in the path. */
function inPath(what: string): readonly string[] {
  return [`/engines/{model*}/${what}`, `/v1/engines/{model*}/${what}`, `/openai/deployments/{model*}/${what}`];
}
