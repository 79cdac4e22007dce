/** OpenAI's Responses API: https://platform.openai.com/docs/api-reference/responses */

import type { Format } from "../format.ts";
import { error } from "./error.ts";
import { events } from "./events.ts";
import { request } from "./request.ts";
import { response } from "./response.ts";
import { formatId } from "./types.ts";

export const openaiResponses: Format<"chat"> = { id: formatId, operation: "chat", request, response, events, error };
