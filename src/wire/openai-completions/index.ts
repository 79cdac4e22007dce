/** OpenAI's completions, the API before chat, which base models are still asked by. */

import type { Format } from "../format.ts";
import { error } from "../openai-chat/error.ts";
import { events } from "./events.ts";
import { formatId, request } from "./request.ts";
import { response } from "./response.ts";

export const openaiCompletions: Format<"chat"> = { id: formatId, operation: "chat", request, response, events, error };
