/** Events as a stream: named frames, numbered without a gap, every item and part announced, told and closed. https://platform.openai.com/docs/api-reference/responses-streaming */

import type { ChatEvent, FinishReason } from "../../canonical/chat.ts";
import type { EventEncoder, Occasion } from "../format.ts";
import { numberOf, textOf } from "../reader.ts";
import type { Words } from "../words.ts";
import { type Head, opening, whole } from "./echo.ts";
import { encodeFailure } from "./error.ts";
import { responseId } from "./item-id.ts";
import { createItemWriter } from "./item-writer.ts";
import { createTape } from "./tape.ts";
import { membersOf } from "./tools.ts";
import { formatId } from "./types.ts";

export function encoder({ now, id: fresh, request }: Occasion<"chat">): EventEncoder<"chat"> {
  const tape = createTape();
  let head: Head = { id: responseId("", fresh), model: request?.model ?? "", created: now };
  const items = createItemWriter(tape, membersOf(request?.tools));
  let begun = false;
  let finish: FinishReason = "stop";

  const begin = (): void => {
    if (begun) return;
    begun = true;
    items.name(head.id);
    const response = opening(head, request, "in_progress");
    tape.say("response.created", { response });
    tape.say("response.in_progress", { response });
  };

  const end = (event: Extract<ChatEvent, { type: "end" }>): void => {
    begin();
    items.close(finish);
    const { usage, serviceTier } = event;
    const response: Words = whole(head, request, { output: items.done, finish, usage, serviceTier });
    tape.say(response["status"] === "incomplete" ? "response.incomplete" : "response.completed", { response });
  };

  return {
    push(event) {
      switch (event.type) {
        case "start":
          head = { id: responseId(event.id, fresh), model: event.model, created: event.created ?? now };
          begin();
          break;
        case "end":
          end(event);
          break;
        case "finish":
          if (event.choice === 0) finish = event.finish;
          break;
        default:
          begin();
          // This language knows one answer to a question.
          if (event.choice === 0) items.push(event);
      }
      return tape.cut();
    },
    end: () => [],
    fail(failure) {
      const { answer } = failure.details;
      const told = answer?.format === formatId ? answer.words : undefined;
      if (told && !begun)
        head = {
          ...head,
          id: responseId(textOf(told["id"]) ?? "", fresh),
          created: numberOf(told["created_at"]) ?? now,
        };
      begin();
      const response = told
        ? { ...told, id: head.id, model: head.model }
        : { ...opening(head, request, "failed"), error: encodeFailure(failure) };
      tape.say("response.failed", { response });
      return tape.cut();
    },
  };
}
