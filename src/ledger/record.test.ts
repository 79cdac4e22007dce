/** One record for every exchange, however it ends. */
import { describe, expect, it } from "vitest";
import { chatOf, heard, refusalOf } from "../../test/house.ts";
import type { CallRecord } from "../canonical/call-record.ts";
import { Cancel } from "../canonical/cancel.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Exchange, Handler, Reply } from "../exchange.ts";
import { record } from "./record.ts";

function recorded() {
  const records: CallRecord[] = [];
  const stage = record({ write: (one) => void records.push(one), now: () => 5 });
  const ask = (exchange: Exchange<"chat">, next: (exchange: Exchange<"chat">) => Promise<Reply<"chat">>) =>
    stage(exchange, next as Handler);
  return { records, ask };
}
const streamOf = (end?: Error): Reply<"chat"> => ({
  kind: "stream",
  batches: (async function* () {
    yield [{ value: [] }];
    yield [{ value: [] }];
    if (end) throw end;
  })(),
});
const whole = { kind: "whole", response: { value: { choices: [] } } } as unknown as Reply<"chat">;

describe("one record is written", () => {
  it("of a whole answer, before the client has it", async () => {
    const { records, ask } = recorded();
    await ask(chatOf(), async () => whole);
    expect(records).toMatchObject([{ outcome: "answered", ended: 5 }]);
  });

  it("of a stream when it has been read, and not before", async () => {
    const { records, ask } = recorded();
    const reply = await ask(chatOf({ stream: true }), async () => streamOf());
    expect(records).toEqual([]);
    await heard(reply);
    expect(records).toMatchObject([{ outcome: "answered", status: 200 }]);
  });

  it("of a stream that nobody began to read, or that was left", async () => {
    for (const turns of [0, 1]) {
      const { records, ask } = recorded();
      const reply = await ask(chatOf(), async () => streamOf());
      if (reply.kind !== "stream") throw new Error("it streams");
      const iterator = reply.batches[Symbol.asyncIterator]();
      for (let turn = 0; turn < turns; turn++) await iterator.next();
      await iterator.return?.();
      await iterator.return?.();
      expect(records).toMatchObject([{ outcome: "abandoned", status: 499 }]);
    }
  });

  it("of a stream that broke, or that told its own failure", async () => {
    const error = new GatewayError("bad-gateway", "upstream", "cut");
    const broken = recorded();
    await refusalOf(broken.ask(chatOf(), async () => streamOf(error)).then(heard));
    expect(broken.records).toMatchObject([{ outcome: "failed", status: 502 }]);
    const told = recorded();
    const exchange = chatOf();
    exchange.notes.error = error;
    await heard(await told.ask(exchange, async () => streamOf()));
    expect(told.records).toMatchObject([{ outcome: "failed", status: 502 }]);
  });

  it("of a refusal, a vendor's failure, a mistake of ours, and a client that left", async () => {
    const left = new Cancel();
    left.cancel("client-closed");
    for (const [error, cancel, outcome, status] of [
      [new GatewayError("rate-limited", "gateway", "x"), undefined, "refused", 429],
      [new GatewayError("rate-limited", "upstream", "x"), undefined, "failed", 429],
      [new TypeError("ours"), undefined, "failed", 500],
      [new GatewayError("client-closed", "client", "x"), left, "abandoned", 499],
    ] as const) {
      const { records, ask } = recorded();
      await expect(ask(chatOf(cancel && { cancel }), () => Promise.reject(error))).rejects.toBe(error);
      expect(records).toMatchObject([{ outcome, status }]);
    }
  });

  it("that tells nothing of our own mistakes", async () => {
    const { records, ask } = recorded();
    await ask(chatOf(), () => Promise.reject(new TypeError("secret of ours"))).catch(() => undefined);
    expect(JSON.stringify(records)).not.toContain("secret of ours");
  });
});
