/** Changes to the messages and tools of an OpenAI body that hosts need which take less than OpenAI does. */

import { type Adjust, isList, isRecord, mapList, omit, replace } from "./adjustments.ts";

type Words = Readonly<Record<string, unknown>>;
type ChangeWords = (words: Words) => Words;

/** Every message goes through the changes, in their order; a body whose messages all stay is the same body. */
export const eachMessage = (...changes: readonly ChangeWords[]): Adjust => eachOf("messages", changes);

export const eachTool = (...changes: readonly ChangeWords[]): Adjust => eachOf("tools", changes);

function eachOf(field: string, changes: readonly ChangeWords[]): Adjust {
  const change = (item: unknown): unknown => {
    if (!isRecord(item)) return item;
    let result: Words = item;
    for (const step of changes) result = step(result);
    return result;
  };
  return replace(field, (items) => (isList(items) ? mapList(items, change) : items));
}

/** Hosts other than OpenAI know "system" alone. */
export const developerAsSystem: ChangeWords = (message) =>
  message["role"] === "developer" ? { ...message, role: "system" } : message;

export const systemAsUser: ChangeWords = (message) =>
  message["role"] === "system" || message["role"] === "developer" ? { ...message, role: "user" } : message;

export const systemAsAssistant: ChangeWords = (message) =>
  message["role"] === "system" ? { ...message, role: "assistant" } : message;

/** Text parts become one string, where there are only such. */
export const flattenText: ChangeWords = (message) => {
  const content = message["content"];
  if (!isList(content)) return message;
  let text = "";
  for (const part of content) {
    if (!isRecord(part) || part["type"] !== "text" || typeof part["text"] !== "string") return message;
    text += part["text"];
  }
  return { ...message, content: text };
};

export const flattenTextOf =
  (...roles: readonly string[]): ChangeWords =>
  (message) =>
    typeof message["role"] === "string" && roles.includes(message["role"]) ? flattenText(message) : message;

export const withoutName: ChangeWords = (message) => (message["role"] === "tool" ? message : omit(message, "name"));

export const nameOnUsersOnly: ChangeWords = (message) => (message["role"] === "user" ? message : omit(message, "name"));

/** Marks for a cache that the host does not know, on messages, their parts and tools. */
export const withoutCacheMarks: ChangeWords = (words) => {
  const content = words["content"];
  const bare = omit(words, "cache_control");
  const tool = bare["function"];
  if (isRecord(tool) && "cache_control" in tool) return { ...bare, function: omit(tool, "cache_control") };
  if (!isList(content)) return bare;
  const parts = mapList(content, (part) => (isRecord(part) ? omit(part, "cache_control") : part));
  return parts === content ? bare : { ...bare, content: parts };
};

/** A mark that stands on the message moves to its last part, which is where the vendor looks for it. */
export const cacheMarkOnLastPart: ChangeWords = (message) => {
  const mark = message["cache_control"];
  if (mark === undefined) return message;
  const { cache_control: _, ...rest } = message;
  const content = rest["content"];
  if (typeof content === "string") return { ...rest, content: [{ type: "text", text: content, cache_control: mark }] };
  if (!isList(content) || content.length === 0) return rest;
  const last = content.at(-1);
  return { ...rest, content: [...content.slice(0, -1), isRecord(last) ? { ...last, cache_control: mark } : last] };
};

/** An image given by its bare address becomes an object; the media type that gateways take beside it is not OpenAI's. */
export const plainImages: ChangeWords = (message) => {
  const content = message["content"];
  if (!isList(content)) return message;
  const parts = mapList(content, plainImage);
  return parts === content ? message : { ...message, content: parts };
};

function plainImage(part: unknown): unknown {
  if (!isRecord(part) || part["type"] !== "image_url") return part;
  const image = part["image_url"];
  if (typeof image === "string") return { ...part, image_url: { url: image } };
  return isRecord(image) && "format" in image ? { ...part, image_url: omit(image, "format") } : part;
}

/** Vendors that check their schemas strictly refuse fields that are null. */
export const withoutNulls: ChangeWords = (message) => {
  if (message["role"] !== "assistant") return message;
  const nulls = Object.keys(message).filter((key) => message[key] === null);
  return omit(message, ...nulls);
};

export const emptyTextForNull: ChangeWords = (message) =>
  message["role"] === "assistant" && isList(message["tool_calls"]) && (message["content"] ?? null) === null
    ? { ...message, content: "" }
    : message;

/** Models that think want to see, in every turn of theirs that is sent back, what they thought: at least a blank. */
export const blankThought =
  (always: boolean): ChangeWords =>
  (message) =>
    message["role"] === "assistant" &&
    (always || isList(message["tool_calls"])) &&
    (message["reasoning_content"] ?? null) === null
      ? { ...message, reasoning_content: " " }
      : message;

/** Takes keys out of a tool's schema, at every depth. */
export const withoutSchemaKeys = (...keys: readonly string[]): ChangeWords => {
  const clean = (value: unknown, depth: number): unknown => {
    if (depth > 64) return value;
    if (isList(value)) return mapList(value, (item) => clean(item, depth + 1));
    if (!isRecord(value)) return value;
    let result = omit(value, ...keys);
    for (const key of Object.keys(result)) {
      const next = clean(result[key], depth + 1);
      if (next !== result[key]) result = { ...result, [key]: next };
    }
    return result;
  };
  return (tool) => {
    const called = tool["function"];
    if (!isRecord(called)) return tool;
    const parameters = called["parameters"];
    const cleaned = clean(parameters, 0);
    return cleaned === parameters ? tool : { ...tool, function: { ...called, parameters: cleaned } };
  };
};

export const withoutStrict: ChangeWords = (tool) => {
  const called = tool["function"];
  return isRecord(called) && "strict" in called ? { ...tool, function: omit(called, "strict") } : tool;
};

/** Free-form tools, told as a function of one text. */
export const customAsFunction: ChangeWords = (tool) => {
  const custom = tool["custom"];
  if (tool["type"] !== "custom" || !isRecord(custom)) return tool;
  const { name, description } = custom;
  return {
    type: "function",
    function: {
      name,
      ...(description !== undefined && { description }),
      parameters: { type: "object", properties: { input: { type: "string" } }, required: ["input"] },
    },
  };
};
