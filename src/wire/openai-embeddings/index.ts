/** OpenAI's embeddings, which most hosts of embedding models speak. */

import type { Format } from "../format.ts";
import { error } from "../openai-chat/error.ts";
import { request } from "./request.ts";
import { response } from "./response.ts";

export const openaiEmbeddings: Format<"embed"> = {
  id: "openai-embeddings",
  operation: "embed",
  request,
  response,
  error,
};
