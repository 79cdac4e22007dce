/** Small tools beside the data plane: counting tokens without asking a model. */

import { modelBehind } from "../canonical/caller.ts";
import { GatewayError, invalid } from "../canonical/error.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { sendJson } from "./answers.ts";
import { parseJson, readBytes } from "./body.ts";
import type { Route } from "./incoming.ts";

const tokenCounter: Route = {
  method: "POST",
  paths: ["/utils/token_counter"],
  access: "key",
  family: "llm",
  async run(incoming, caller) {
    const { gateway, request } = incoming;
    const { limits } = gateway.config;
    const { words } = parseJson(
      await readBytes(request, limits.bodyBytes),
      request.headers["content-type"],
      limits.jsonDepth,
    );
    const { model, prompt, messages } = words;
    if (typeof model !== "string") throw invalid("model", "model must be a string");
    if (!gateway.mayUse(caller, model))
      throw new GatewayError(
        "forbidden",
        "gateway",
        `key not allowed to access model. Tried to access ${model.slice(0, 200)}`,
        { type: "key_model_access_denied", param: "model" },
      );
    if (prompt === undefined && messages === undefined)
      throw invalid("messages", "send messages or a prompt to be counted");
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

const supportedParams: Route = {
  method: "GET",
  paths: ["/utils/supported_openai_params"],
  access: "key",
  family: "info",
  async run(incoming, caller) {
    const { gateway } = incoming;
    const model = incoming.query.get("model");
    if (!model) throw invalid("model", "say which model: ?model=…");
    // What a key may not use does not exist for it.
    const supported = gateway.mayUse(caller, model) ? gateway.parametersOf(modelBehind(caller, model)) : undefined;
    if (!supported)
      throw new GatewayError("not-found", "client", `the model ${model.slice(0, 200)} is unknown`, {
        param: "model",
        code: "model_not_found",
      });
    sendJson(incoming, { supported_openai_params: supported });
  },
};

export const utilityRoutes: readonly Route[] = [tokenCounter, supportedParams];
