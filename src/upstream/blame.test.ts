/** Which failures are a deployment's, and which a client can bring about alone. */
import { describe, expect, it } from "vitest";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";
import { openaiChat } from "../wire/openai-chat/index.ts";
import { isDeployments } from "./blame.ts";

const openai = (status: number, error: unknown) => openaiChat.error.decode(status, error);
const anthropic = (status: number, type: string, message: string) =>
  anthropicMessages.error.decode(status, { type: "error", error: { type, message } });
const said = (message: string, more: object = {}) => openai(404, { error: { message, ...more } });

describe("a 404", () => {
  it.each([
    said("The model `gpt-9` does not exist or you do not have access to it.", { code: "model_not_found" }),
    said("The API deployment for this resource does not exist.", { code: "DeploymentNotFound" }),
    said("The model `m` does not exist.", { type: "NotFoundError", param: "model", code: 404 }),
    said('model "llama9" not found, try pulling it first'),
    said("models/gemini-9 is not found for API version v1beta"),
    said("No endpoints found for x/y."),
    said("Invalid URL (POST /v2/chat/completions)"),
    openai(404, { detail: "Not Found" }),
    openai(404, "<html><h1>404 Not Found</h1></html>"),
    openai(404, undefined),
    openai(404, {}),
    anthropic(404, "not_found_error", "model: claude-9"),
    anthropic(404, "not_found_error", "Not found"),
  ])("of the model or the address is the deployment's: %s", (error) => expect(isDeployments(error)).toBe(true));

  it.each([
    said("No such File object: file-123"),
    said("No such File object: model gpt-4o not found"),
    said("Item with id 'rs_1' not found. Items are not persisted when `store` is set to false.", { param: "input" }),
    said("Previous response with id 'resp_1' not found.", {
      param: "previous_response_id",
      code: "previous_response_not_found",
    }),
    said("The model `made-up` does not exist", { param: "tools[0].model", code: "model_not_found" }),
    said("Vector store with id 'vs_1' not found."),
    said("Prompt with id 'model' not found."),
    anthropic(404, "not_found_error", "File not found: file_011"),
    anthropic(404, "not_found_error", "Container not found"),
  ])("of what the request names is the client's: %s", (error) => expect(isDeployments(error)).toBe(false));
});

it("a request that is too large for any limit is the client's, a limit that is reached is everybody's", () => {
  const limit = (message: string) => openai(429, { error: { message, code: "rate_limit_exceeded", type: "tokens" } });
  expect(isDeployments(limit("Rate limit reached for gpt-4o on requests per min."))).toBe(true);
  expect(isDeployments(limit("Request too large for gpt-4o on tokens per min: Limit 30000, Requested 50000."))).toBe(
    false,
  );
  expect(isDeployments(anthropic(429, "rate_limit_error", "This request would exceed your rate limit"))).toBe(true);
  expect(isDeployments(anthropic(429, "rate_limit_error", "Extra usage is required for long context requests."))).toBe(
    false,
  );
});

it("of the others, what every caller would meet is the deployment's", () => {
  const statuses = [400, 401, 402, 403, 405, 408, 409, 413, 415, 422, 424, 500, 502, 503, 504, 529];
  const theirs = statuses.filter((status) => isDeployments(openai(status, { error: { message: "no" } })));
  expect(theirs).toEqual([401, 408, 500, 502, 503, 504, 529]);
});
