/** Small tools beside the data plane: what a model would count, take or be sent, without asking it. */

import { type Caller, modelBehind } from "../canonical/caller.ts";
import { GatewayError, invalid } from "../canonical/error.ts";
import type { Operation } from "../canonical/operation.ts";
import type { Preview } from "../gateway.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import type { Body, Format } from "../wire/format.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { openaiCompletions } from "../wire/openai-completions/index.ts";
import { openaiEmbeddings } from "../wire/openai-embeddings/index.ts";
import { openaiResponses } from "../wire/openai-responses/index.ts";
import { sendJson } from "./answers.ts";
import { parseJson, readBytes } from "./body.ts";
import { controlsOf } from "./compat.ts";
import type { Incoming, Route } from "./incoming.ts";

const tokenCounter: Route = {
  method: "POST",
  paths: ["/utils/token_counter"],
  access: "key",
  family: "llm",
  async run(incoming, caller) {
    const { gateway } = incoming;
    const { model, prompt, messages } = await bodyOf(incoming);
    if (typeof model !== "string") throw invalid("model", "model must be a string");
    if (!gateway.mayUse(caller, model))
      throw new GatewayError(
        "forbidden",
        "gateway",
        `key not allowed to access model. Tried to access ${model.slice(0, 200)}`,
        { type: "key_model_access_denied", param: "model" },
      );
    if (prompt === undefined && messages === undefined) throw invalid("messages", "send messages or a prompt to count");
    if (prompt !== undefined && typeof prompt !== "string") throw invalid("prompt", "prompt must be a string");
    const total =
      typeof prompt === "string"
        ? await gateway.tokenizer.count([prompt])
        : await gateway.tokenizer.countRequest(openaiChat.request.decode({ model, messages }));
    const group = gateway.directory.find(modelBehind(caller, model));
    sendJson(incoming, {
      total_tokens: total,
      request_model: model,
      model_used: group?.pools[0]?.deployments[0]?.config.model ?? model,
      tokenizer_type: "openai_tokenizer",
      count_source: "local_estimate",
      original_response: null,
      error: false,
      error_message: null,
      status_code: null,
    });
  },
};

type Ask = (incoming: Incoming, caller: Caller, words: Body) => Preview;

/** What may be asked about, by the names that tools call it. */
const callTypes: ReadonlyMap<string, Ask> = new Map<string, Ask>([
  ["completion", asking("chat", openaiChat)],
  ["text_completion", asking("chat", openaiCompletions)],
  ["embedding", asking("embed", openaiEmbeddings)],
  ["anthropic_messages", asking("chat", anthropicMessages)],
  ["responses", asking("chat", openaiResponses)],
]);

const transform: Route = {
  method: "POST",
  paths: ["/utils/transform_request"],
  access: "key",
  family: "llm",
  async run(incoming, caller) {
    const { call_type: type, request_body: body } = await bodyOf(incoming);
    // The word before is for calls that somebody waits for.
    const ask = typeof type === "string" ? callTypes.get(type.replace(/^a(?!nthropic)/, "")) : undefined;
    if (!ask) throw invalid("call_type", `call_type must be one of ${[...callTypes.keys()].join(", ")}`);
    if (typeof body !== "object" || body === null || Array.isArray(body))
      throw invalid("request_body", "request_body must be an object");
    const sent = ask(incoming, caller, body as Body);
    sendJson(incoming, {
      raw_request_api_base: sent.url,
      raw_request_body: sent.body,
      raw_request_headers: sent.headers,
      error: null,
    });
  },
};

function asking<O extends Operation>(operation: O, format: Format<O>): Ask {
  return ({ id, gateway, notes, cancel }, caller, words) => {
    const controls = controlsOf(words, format.id, {});
    const value = format.request.decode(words);
    const request = { value, quote: { format: format.id, words } };
    const exchange = { id, operation, format, request, caller, controls, headers: {}, cancel, decode: false, notes };
    // What a key may not use does not exist for it.
    const sent = gateway.mayUse(caller, value.model) ? gateway.preview(exchange) : undefined;
    if (!sent) throw unknownModel(value.model);
    return sent;
  };
}

const unknownModel = (model: string): GatewayError =>
  new GatewayError("not-found", "client", `the model ${model.slice(0, 200)} is unknown`, {
    param: "model",
    code: "model_not_found",
  });

async function bodyOf({ gateway, request }: Incoming): Promise<Body> {
  const { bodyBytes, jsonDepth } = gateway.config.limits;
  return parseJson(await readBytes(request, bodyBytes), request.headers["content-type"], jsonDepth).words;
}

const supportedParams: Route = {
  method: "GET",
  paths: ["/utils/supported_openai_params"],
  access: "key",
  family: "info",
  async run(incoming, caller) {
    const { gateway } = incoming;
    const model = incoming.query.get("model");
    if (!model) throw invalid("model", "set the model: ?model=…");
    // What a key may not use does not exist for it.
    const supported = gateway.mayUse(caller, model) ? gateway.parametersOf(modelBehind(caller, model)) : undefined;
    if (!supported) throw unknownModel(model);
    sendJson(incoming, { supported_openai_params: supported });
  },
};

export const utilityRoutes: readonly Route[] = [tokenCounter, supportedParams, transform];
