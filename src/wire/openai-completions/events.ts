/** The answer as it streams. Chat's decoder and skimmer read these chunks too; only writing them differs. */

import type { ChatEvent } from "../../canonical/chat.ts";
import type { EventCodec, EventEncoder, Frame, Occasion } from "../format.ts";
import { chunkDecoder } from "../openai-chat/decoder.ts";
import { error } from "../openai-chat/error.ts";
import { answerId, encodeFinish } from "../openai-chat/response.ts";
import { chunkSkimmer } from "../openai-chat/skimmer.ts";
import { encodeUsage } from "../openai-chat/usage.ts";
import { encodeLogprobs } from "./logprobs.ts";

export const events: EventCodec<"chat"> = { decoder: chunkDecoder, encoder, skim: chunkSkimmer };

const noFrames: readonly Frame[] = [];

function encoder(occasion: Occasion<"chat">): EventEncoder<"chat"> {
  /** By choice: whether the open part is said in this language. */
  const speaks: boolean[] = [];
  let head = "";

  const chunk = (choice: number, text: string, logprobs: unknown, finish: string): Frame => ({
    data: `${head},"choices":[{"text":${JSON.stringify(text)},"index":${choice},"logprobs":${
      logprobs === undefined ? "null" : JSON.stringify(encodeLogprobs(logprobs))
    },"finish_reason":${finish}}]}`,
  });

  const finale = ({ usage }: Extract<ChatEvent, { type: "end" }>): readonly Frame[] => {
    const done: Frame = { data: "[DONE]" };
    if (!usage || occasion.request?.streamUsage !== true) return [done];
    return [{ data: `${head},"choices":[],"usage":${JSON.stringify(encodeUsage(usage))}}` }, done];
  };

  return {
    push(event) {
      switch (event.type) {
        case "start": {
          const id = JSON.stringify(answerId(event.id, occasion.id));
          head = `{"id":${id},"object":"text_completion","created":${event.created ?? occasion.now},"model":${JSON.stringify(event.model)}`;
          return noFrames;
        }
        case "part-start":
          speaks[event.choice] = event.part.type === "text" || event.part.type === "refusal";
          return noFrames;
        case "part-delta":
          return speaks[event.choice] ? [chunk(event.choice, event.text, event.logprobs, "null")] : noFrames;
        case "finish":
          return [chunk(event.choice, "", undefined, `"${encodeFinish(event.finish)}"`)];
        case "end":
          return finale(event);
        default:
          return noFrames;
      }
    },
    end: () => noFrames,
    fail: (failure) => [{ data: JSON.stringify(error.encode(failure)) }],
  };
}
