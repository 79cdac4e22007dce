/** The outermost stage: one record for every exchange, however it ends. */

import type { CallRecord } from "../canonical/call-record.ts";
import { asGatewayError, GatewayError } from "../canonical/error.ts";
import { type Ending, type Exchange, type Stage, watch } from "../exchange.ts";
import { fold } from "./fold.ts";

export interface RecordParts {
  /** Keeps the record. When it is done, the record outlives the process. */
  readonly write: (record: CallRecord) => void | Promise<void>;
  readonly now: () => number;
}

export const record =
  ({ write, now }: RecordParts): Stage =>
  async (exchange, next) => {
    const close: Close = (outcome, error) => {
      const reason = error === undefined ? {} : { error: asGatewayError(error) };
      return write(
        fold(exchange.notes, { id: exchange.id, operation: exchange.operation, ended: now(), outcome, ...reason }),
      );
    };
    try {
      const reply = await next(exchange);
      if (reply.kind === "whole") {
        await close("answered");
        return reply;
      }
      return { ...reply, batches: watch(reply.batches, (ending) => closeStream(exchange, ending, close)) };
    } catch (error) {
      await close(outcomeOf(error, exchange), error);
      throw error;
    }
  };

type Close = (outcome: CallRecord["outcome"], error?: unknown) => void | Promise<void>;

function closeStream({ notes, cancel }: Exchange, ending: Ending, close: Close): void | Promise<void> {
  if (ending.kind === "failed") return close(cancel.reason === undefined ? "failed" : "abandoned", ending.error);
  if (ending.kind === "left") return close("abandoned");
  return close(notes.error ? "failed" : "answered");
}

function outcomeOf(error: unknown, { cancel }: Pick<Exchange, "cancel">): CallRecord["outcome"] {
  if (cancel.reason !== undefined) return "abandoned";
  return error instanceof GatewayError && error.source !== "upstream" && error.kind !== "internal"
    ? "refused"
    : "failed";
}
