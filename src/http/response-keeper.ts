/** Keeps an answer of the Responses API while it is told: whole, by its last event, or as far as it was begun in the background. */

import type { Exchange } from "../exchange.ts";
import type { ResponseStore, StoredResponse } from "../state/responses/store.ts";
import type { Body, Frame } from "../wire/format.ts";
import { inputItems } from "../wire/openai-responses/chain.ts";
import type { Told } from "./endpoint.ts";

export const statusOf = ({ status }: Body): string => (typeof status === "string" ? status : "completed");

export function keeper(exchange: Exchange<"chat">, responses: ResponseStore, words: Body, created: number): Told {
  const { caller, notes, request } = exchange;
  const keep = (response: unknown): void => {
    const answer = (response ?? {}) as Body;
    const { id } = answer;
    if (typeof id !== "string") return;
    const previous = words["previous_response_id"];
    void responses.put({
      id,
      owner: caller.keyId,
      ...(typeof previous === "string" && { previous }),
      model: request.value.model,
      ...(notes.deployment && { deployment: notes.deployment.id }),
      ...owedFor(exchange),
      created,
      status: statusOf(answer),
      input: inputItems(words["input"], id),
      response: answer,
    });
  };
  let begun: unknown;
  let isKept = false;
  const inBackground = words["background"] === true;
  return {
    whole: keep,
    frame(frame) {
      if (inBackground) begun ??= begunIn(frame);
      isKept = keepLast(frame, keep) || isKept;
    },
    // The vendor goes on with it, and its client may ask for it later.
    over() {
      if (begun !== undefined && !isKept && notes.goesOn) keep(begun);
    },
  };
}

/** What the call was settled with, where that is not the last word. */
const owedFor = ({ id: call, notes: { goesOn } }: Exchange<"chat">): Pick<StoredResponse, "owed"> =>
  goesOn ? { owed: { call, ...goesOn } } : {};

function begunIn({ event, data }: Frame): unknown {
  if (!(event ?? data.slice(0, 60)).includes("response.created")) return undefined;
  return (JSON.parse(data) as { readonly response?: unknown }).response;
}

/** Only the last event of a stream tells the whole answer. */
function keepLast({ event, data }: Frame, keep: (response: unknown) => void): boolean {
  const last = event ?? data.slice(0, 60);
  if (!/response\.(?:completed|incomplete|failed)/.test(last)) return false;
  keep((JSON.parse(data) as { readonly response?: unknown }).response);
  return true;
}
