/** Finds every text of a request or an answer, with its scope and path, and puts other text in its place: one walk for both. */

import type { ChatRequest, ChatResponse, Choice, Message, Tool } from "../canonical/chat.ts";
import type { EmbedRequest } from "../canonical/embed.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Operation, RequestOf, ResponseOf } from "../canonical/operation.ts";
import type { Part } from "../canonical/part.ts";
import { mapPart, mapParts } from "./guard-parts.ts";
import { mapJson, mapList, type Sight, unreadable } from "./guard-walk.ts";
import type { Scoped } from "./guardrails/guardrail.ts";

/** A walk over something that has texts; yields the same thing where no text changed. */
export type Walk<T> = (value: T, sight: Sight) => T;

/** Beyond it nothing is a conversation, and to look at each would hold up everybody else. */
const mostTexts = 200_000;

const tooMany = (path: string): GatewayError =>
  new GatewayError(
    "too-large",
    "client",
    `there are more than ${mostTexts} separate texts, which is more than guardrails check; send fewer and longer ones`,
    { param: path },
  );

export function gather<T>(walk: Walk<T>, value: T, how: Omit<Sight, "visit">): Scoped[] {
  const texts: Scoped[] = [];
  walk(value, {
    ...how,
    visit(text, scope, path) {
      if (text !== "") texts.push({ text, scope, path });
      if (texts.length > mostTexts) throw tooMany(path);
      return text;
    },
  });
  return texts;
}

/** `texts`: one for each that `gather` found, in the same order. */
export function rewrite<T>(walk: Walk<T>, value: T, texts: readonly string[], how: Omit<Sight, "visit">): T {
  let at = 0;
  return walk(value, { ...how, visit: (text) => (text === "" ? text : (texts[at++] ?? text)) });
}

export const walkRequest = <O extends Operation>(request: RequestOf<O>, sight: Sight): RequestOf<O> => {
  const value: RequestOf<Operation> = request;
  return "messages" in value ? walkChat(value, sight) : walkEmbed(value, sight);
};

export const walkResponse = <O extends Operation>(response: ResponseOf<O>, sight: Sight): ResponseOf<O> => {
  const value: ResponseOf<Operation> = response;
  return "choices" in value ? walkAnswer(value, sight) : value;
};

function walkChat(request: ChatRequest, sight: Sight): ChatRequest {
  const messages = mapList(request.messages, (message, index) => walkMessage(message, `messages.${index}`, sight));
  const tools = request.tools && mapList(request.tools, (tool, index) => walkTool(tool, `tools.${index}`, sight));
  const output = walkOutput(request.output, sight);
  const toolChoice = walkChoiceOfTool(request.toolChoice, sight);
  const webSearch = walkSearch(request.webSearch, sight);
  const { native, extra, labels } = walkRest(request, sight);
  const same =
    messages === request.messages &&
    tools === request.tools &&
    output === request.output &&
    toolChoice === request.toolChoice &&
    webSearch === request.webSearch &&
    native === request.native &&
    extra === request.extra &&
    labels === request.labels;
  if (same) return request;
  return {
    ...request,
    messages,
    ...(tools && { tools }),
    ...(output && { output }),
    ...(toolChoice && { toolChoice }),
    ...(webSearch && { webSearch }),
    ...(native && { native }),
    ...(extra && { extra }),
    ...(labels && { labels }),
  };
}

function walkRest(
  { native, extra, labels }: ChatRequest,
  sight: Sight,
): Pick<ChatRequest, "native" | "extra" | "labels"> {
  if (sight.opaque === "pass") return { ...(native && { native }), ...(extra && { extra }), ...(labels && { labels }) };
  const fields = native && mapJson(native.fields, sight.visit, "opaque", "");
  return {
    ...(native && fields && { native: fields === native.fields ? native : { ...native, fields } }),
    ...(extra && { extra: mapJson(extra, sight.visit, "opaque", "") }),
    ...(labels && { labels: mapJson(labels, sight.visit, "opaque", "metadata") }),
  };
}

function walkMessage(message: Message, path: string, sight: Sight): Message {
  const { role } = message;
  const system = role === "system" || role === "developer";
  if (system && sight.skipSystem) return message;
  const scope = system ? "system" : role;
  const parts = mapParts(message.parts, scope, `${path}.content`, sight);
  const name = message.name === undefined ? undefined : sight.visit(message.name, scope, `${path}.name`);
  if (parts === message.parts && name === message.name) return message;
  return { ...message, parts, ...(name !== undefined && { name }) };
}

function named<T extends { readonly name: string; readonly description?: string }>(
  tool: T,
  path: string,
  { visit }: Sight,
) {
  const { description } = tool;
  const name = visit(tool.name, "system", `${path}.name`);
  const said = description === undefined ? undefined : visit(description, "system", `${path}.description`);
  if (name === tool.name && said === description) return tool;
  return { ...tool, name, ...(said !== undefined && { description: said }) };
}

function walkTool(tool: Tool, path: string, sight: Sight): Tool {
  if (tool.type === "hosted") {
    if (sight.opaque === "pass") return tool;
    const words = mapJson(tool.words, sight.visit, "opaque", path);
    return words === tool.words ? tool : { ...tool, words };
  }
  const told = named(tool, path, sight);
  if (told.type === "custom") {
    const grammar = mapJson(told.grammar, sight.visit, "system", `${path}.format`);
    return grammar === told.grammar ? told : { ...told, grammar };
  }
  const schema = mapJson(told.schema, sight.visit, "system", `${path}.parameters`);
  const extra = sight.opaque === "pass" ? told.extra : mapJson(told.extra, sight.visit, "opaque", path);
  if (schema === told.schema && extra === told.extra) return told;
  return { ...told, schema, ...(extra && { extra }) };
}

/** A tool's name is read by the model, and stands here again. */
function walkChoiceOfTool(choice: ChatRequest["toolChoice"], { visit }: Sight): ChatRequest["toolChoice"] {
  if (choice?.type === "tool") {
    const name = visit(choice.name, "system", "tool_choice.name");
    return name === choice.name ? choice : { ...choice, name };
  }
  if (choice?.type !== "allowed") return choice;
  const names = mapList(choice.names, (name) => visit(name, "system", "tool_choice.names"));
  return names === choice.names ? choice : { ...choice, names };
}

/** Where the person is, is told to the model. */
function walkSearch(search: ChatRequest["webSearch"], { visit }: Sight): ChatRequest["webSearch"] {
  if (!search?.location) return search;
  const location = mapJson(search.location, visit, "system", "web_search_options.user_location");
  return location === search.location ? search : { ...search, location };
}

function walkOutput(output: ChatRequest["output"], sight: Sight): ChatRequest["output"] {
  if (output?.type !== "json-schema") return output;
  const said = (word: "name" | "description") =>
    output[word] === undefined ? undefined : sight.visit(output[word], "system", `response_format.${word}`);
  const name = said("name");
  const description = said("description");
  const schema = mapJson(output.schema, sight.visit, "system", "response_format.schema");
  if (schema === output.schema && name === output.name && description === output.description) return output;
  return {
    ...output,
    schema,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
  };
}

function walkEmbed(request: EmbedRequest, sight: Sight): EmbedRequest {
  const inputs = mapList(request.inputs, (input, index) => {
    const path = `input.${index}`;
    if (typeof input === "string") return sight.visit(input, "user", path);
    if (sight.opaque === "refuse") throw unreadable(path, "a list of tokens");
    return input;
  });
  const extra = sight.opaque === "pass" ? request.extra : mapJson(request.extra, sight.visit, "opaque", "");
  if (inputs === request.inputs && extra === request.extra) return request;
  return { ...request, inputs, ...(extra && { extra }) };
}

function walkAnswer(response: ChatResponse, sight: Sight): ChatResponse {
  const choices = mapList(response.choices, (choice, index) => walkChoice(choice, `choices.${index}`, sight));
  const extra = sight.opaque === "pass" ? response.extra : mapJson(response.extra, sight.visit, "opaque", "");
  if (choices === response.choices && extra === response.extra) return response;
  return { ...response, choices, ...(extra && { extra }) };
}

function walkChoice(choice: Choice, path: string, sight: Sight): Choice {
  const parts = mapParts(choice.parts, "assistant", path, sight);
  if (parts === choice.parts) return choice;
  // They spell the text that is no longer there.
  const { logprobs: _, ...rest } = choice;
  return { ...rest, parts };
}

/** One part that came whole. */
export const walkPart: Walk<Part> = (part, sight) => mapPart(part, "assistant", "answer", sight);
