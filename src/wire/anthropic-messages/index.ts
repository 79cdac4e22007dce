/** Anthropic's Messages API, as its clients speak it and as those answer who host its models: https://docs.anthropic.com/en/api/messages. */

import type { Format } from "../format.ts";
import { error } from "./error.ts";
import { events } from "./events.ts";
import { request } from "./request.ts";
import { response } from "./response.ts";
import { format } from "./types.ts";

export const anthropicMessages: Format<"chat"> = { id: format, operation: "chat", request, response, events, error };
