/** The request of the Messages API: https://docs.anthropic.com/en/api/messages. */

import type { RequestCodec } from "../format.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequest, mostOutput } from "./encode-request.ts";
import { reach } from "./reach.ts";
import { unsaid } from "./unsaid.ts";

export const request: RequestCodec<"chat"> = {
  decode: (body) => decodeRequest(body, { maxTokens: true }),
  encode: encodeRequest,
  mostOutput,
  held: ["compaction", "thread"],
  reach,
  unsaid,
  fields: { model: "model", stream: "stream", maxTokens: "max_tokens", needsMaxTokens: true },
};
