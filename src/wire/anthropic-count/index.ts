/** Anthropic's token counter: https://docs.anthropic.com/en/api/messages-count-tokens. It takes a message's request and says how long it is. */

import { GatewayError } from "../../canonical/error.ts";
import { decodeRequest } from "../anthropic-messages/decode-request.ts";
import { encodeRequest } from "../anthropic-messages/encode-request.ts";
import { error } from "../anthropic-messages/error.ts";
import type { Body, Format } from "../format.ts";
import { fieldsOf, numberOf } from "../reader.ts";

/** What only matters for answering: the counter refuses it. */
const uncounted: readonly string[] = [
  "max_tokens",
  "stream",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "metadata",
  "service_tier",
  "inference_geo",
  "container",
];

export const anthropicCount: Format<"count"> = {
  id: "anthropic-count",
  operation: "count",
  request: {
    decode: (body) => decodeRequest(body, { maxTokens: false }),
    encode(request) {
      const body: Record<string, unknown> = { ...encodeRequest(request) };
      for (const field of uncounted) delete body[field];
      return body;
    },
    fields: { model: "model" },
  },
  response: {
    decode(body) {
      const tokens = numberOf(fieldsOf(body)["input_tokens"]);
      if (tokens === undefined || tokens < 0) {
        throw new GatewayError("bad-gateway", "upstream", "the provider's response has no token count");
      }
      return { inputTokens: Math.trunc(tokens), source: "vendor" };
    },
    encode: ({ inputTokens }): Body => ({ input_tokens: inputTokens }),
  },
  error,
};
