/** OpenAI's chat completions, the language that most hosts of models speak. */

import type { Format } from "../format.ts";
import { error } from "./error.ts";
import { events } from "./events.ts";
import { formatId } from "./parts.ts";
import { request } from "./request.ts";
import { response } from "./response.ts";

export const openaiChat: Format<"chat"> = { id: formatId, operation: "chat", request, response, events, error };
