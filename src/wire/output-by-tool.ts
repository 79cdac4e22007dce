/** The same language for models that cannot be held to a schema: the answer is asked for as the input of a tool, and given back as text. */

import type { ChatEvent, ChatRequest, ChatResponse, Choice, Tool } from "../canonical/chat.ts";
import type { Part } from "../canonical/part.ts";
import type { EventCodec, Format } from "./format.ts";
import { compose, type Transducer } from "./transducer.ts";

/** What no client calls a tool of its own. */
const outputTool = "json_tool_call";

export function outputByTool(format: Format<"chat">): Format<"chat"> {
  const { request, response, events } = format;
  return {
    ...format,
    // Another id, so that words never pass unread.
    id: `${format.id}-output-by-tool`,
    request: { ...request, encode: (value) => request.encode(asking(value)) },
    response: { ...response, decode: (body) => unpacked(response.decode(body)) },
    ...(events && { events: unpacking(events) }),
  };
}

/** The model must use the tool, unless it has others to choose from. */
function asking({ output, ...request }: ChatRequest): ChatRequest {
  if (output?.type !== "json-schema") return output ? { ...request, output } : request;
  const { description, schema } = output;
  const tool: Tool = {
    type: "function",
    name: outputTool,
    ...(description !== undefined && { description }),
    schema,
  };
  const others = request.tools ?? [];
  if (others.length > 0) return { ...request, tools: [...others, tool] };
  return { ...request, tools: [tool], toolChoice: { type: "tool", name: outputTool } };
}

const isOutput = (part: Part): part is Extract<Part, { type: "tool-call" }> =>
  part.type === "tool-call" && part.name === outputTool;

const unpacked = (value: ChatResponse): ChatResponse =>
  value.choices.some(({ parts }) => parts.some(isOutput))
    ? { ...value, choices: value.choices.map(unpackedChoice) }
    : value;

function unpackedChoice(choice: Choice): Choice {
  const parts = choice.parts.map((part): Part => (isOutput(part) ? { type: "text", text: part.input } : part));
  return { ...choice, parts, finish: parts.some(isCall) ? choice.finish : stopped(choice.finish) };
}

const isCall = ({ type }: Part): boolean => type === "tool-call";

const stopped = (finish: Choice["finish"]): Choice["finish"] => (finish === "tool-calls" ? "stop" : finish);

const unpacking = (events: EventCodec<"chat">): EventCodec<"chat"> => ({
  decoder: () => compose(events.decoder(), unpacker()),
  encoder: (occasion) => events.encoder(occasion),
});

function unpacker(): Transducer<ChatEvent, ChatEvent> {
  /** The choices that called a tool of the client's. */
  const calling = new Set<number>();
  const push = (event: ChatEvent): readonly ChatEvent[] => {
    if (event.type === "part-start") {
      const { choice, part } = event;
      if (isOutput(part)) return [{ type: "part-start", choice, part: { type: "text", text: part.input } }];
      if (isCall(part)) calling.add(choice);
    } else if (event.type === "finish" && !calling.has(event.choice)) {
      return [{ ...event, finish: stopped(event.finish) }];
    }
    return [event];
  };
  return { push, end: () => [] };
}
