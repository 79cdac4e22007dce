/** What vendors really send, read whole and as a stream. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { collect } from "../../canonical/collect.ts";
import { GatewayError } from "../../canonical/error.ts";
import type { Part } from "../../canonical/part.ts";
import { sseDecoder, sseText } from "../framing/sse.ts";
import { compose, run } from "../transducer.ts";
import { anthropicMessages } from "./index.ts";

const { request, response, events, error } = anthropicMessages;
const root = fileURLToPath(new URL("../../../fixtures/anthropic-messages/", import.meta.url));
const occasion = { now: 0, id: "fresh" };

const cases = readdirSync(root).map((name) => {
  const read = (file: string): string | undefined =>
    existsSync(`${root}${name}/${file}`) ? readFileSync(`${root}${name}/${file}`, "utf8") : undefined;
  const json = (file: string): any => JSON.parse(read(file) ?? "null");
  return {
    name,
    asked: json("request.json"),
    answered: json("response.json"),
    meta: json("meta.json"),
    sse: read("stream.sse"),
  };
});
const chats = cases.filter(({ name }) => name !== "count-tokens");
const answers = chats.filter(({ answered }) => answered?.type === "message");
const streams = chats.filter(({ sse }) => sse !== undefined);
const whole = answers.filter(({ sse }) => sse !== undefined);

/** The spelling of a call's input is the model's own; only its meaning is told by both. */
const plainParts = (parts: readonly Part[]): unknown[] =>
  parts.map((part) => (part.type === "tool-call" ? { ...part, input: JSON.parse(part.input) } : part));

const framesOf = (text: string) => run(sseDecoder(), [text]);

describe("requests", () => {
  it.each(chats.map(({ name, asked }) => [name, asked]))("%s: says again what it understood", (_, asked) => {
    const understood = request.decode(asked);
    const again = request.encode(understood);
    expect(request.decode(again)).toEqual(understood);
  });
});

describe("answers", () => {
  it.each(answers.map(({ name, answered }) => [name, answered]))(
    "%s: keeps what Anthropic's clients read",
    (_, answered) => {
      const again = response.encode(response.decode(answered), occasion);
      expect(again).toMatchObject({ id: answered.id, role: "assistant", content: answered.content });
      expect(response.decode(again).choices).toEqual(response.decode(answered).choices);
      expect(response.decode(again).usage).toEqual(response.decode(answered).usage);
    },
  );

  it.each(whole.map(({ name, answered, sse }) => [name, answered, sse]))(
    "%s: streams what it answers",
    (_, answered, sse) => {
      const told = collect(run(compose(sseDecoder(), events!.decoder()), [sse as string]));
      const meant = response.decode(answered);
      expect(told.id).toBe(meant.id);
      expect(told.usage).toEqual(meant.usage);
      expect(told.serviceTier).toEqual(meant.serviceTier);
      expect(told.choices[0]?.finish).toBe(meant.choices[0]?.finish);
      expect(told.choices[0]?.stopSequence).toBe(meant.choices[0]?.stopSequence);
      expect(plainParts(told.choices[0]!.parts)).toEqual(plainParts(meant.choices[0]!.parts));
    },
  );
});

describe("streams", () => {
  const broken = new Set(["cut-stream", "error-mid-stream"]);

  it.each(streams.map(({ name, sse }) => [name, sse as string]))(
    "%s: reads the same however the bytes are cut",
    (name, sse) => {
      if (name === "error-mid-stream") return;
      const once = run(compose(sseDecoder(), events!.decoder()), [sse]);
      for (const text of [sse, sse.replaceAll("\n", "\r\n")])
        for (const size of [1, 2, 3, 7, 64]) {
          const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
          expect(run(compose(sseDecoder(), events!.decoder()), pieces)).toEqual(once);
        }
      expect(once.some(({ type }) => type === "end")).toBe(!broken.has(name));
    },
  );

  it.each(streams.map(({ name, sse }) => [name, sse as string]))("%s: no stream that was cut has an end", (_, sse) => {
    const frames = framesOf(sse).filter(({ event }) => event !== "error" && event !== "message_stop");
    for (let cut = 0; cut <= frames.length; cut++)
      expect(run(events!.decoder(), frames.slice(0, cut)).some(({ type }) => type === "end")).toBe(false);
  });

  it.each(streams.map(({ name, sse }) => [name, sse as string]))(
    "%s: passes word for word and is understood on the way",
    (name, sse) => {
      const skimmer = events!.skim!({ model: undefined, usage: true });
      const passed = framesOf(sse).map((frame) => skimmer.push(frame));
      expect(passed.map((frame) => sseText(frame!)).join("")).toBe(sse);
      if (broken.has(name)) {
        expect(skimmer.seen.ended).toBe(false);
        return;
      }
      const decoded = collect(run(compose(sseDecoder(), events!.decoder()), [sse]));
      expect(skimmer.seen).toMatchObject({ ended: true, usage: decoded.usage });
      expect(skimmer.seen.finish).toBe(decoded.choices[0]?.finish);
    },
  );

  it.each(streams.map(({ name, sse }) => [name, sse as string]))(
    "%s: is renamed in its first event alone",
    (_, sse) => {
      const skimmer = events!.skim!({ model: "public-name", usage: true });
      const frames = framesOf(sse);
      const passed = frames.map((frame) => skimmer.push(frame)!);
      expect(JSON.parse(passed[0]!.data)).toEqual({
        type: "message_start",
        message: { ...JSON.parse(frames[0]!.data).message, model: "public-name" },
      });
      expect(passed.slice(1)).toEqual(frames.slice(1));
    },
  );

  it.each(whole.map(({ name, answered }) => [name, answered]))("%s: is said again as it was meant", (_, answered) => {
    const meant = run(compose(sseDecoder(), events!.decoder()), [whole.find((one) => one.answered === answered)!.sse!]);
    const frames = run(events!.encoder(occasion), meant);
    expect(collect(run(events!.decoder(), frames))).toEqual(collect(meant));
  });
});

describe("errors", () => {
  it.each(chats.filter(({ meta }) => meta?.status >= 400).map(({ name, answered, meta }) => [name, answered, meta]))(
    "%s: keeps its words for a client of the same language",
    (_, answered, meta) => {
      const failure = error.decode(meta.status, answered);
      expect(failure.status).toBe(meta.status);
      expect(failure.source).toBe("upstream");
      expect(error.encode(failure)).toEqual(answered);
    },
  );

  it("an error in mid-stream is thrown with the status its type stands for", () => {
    const sse = streams.find(({ name }) => name === "error-mid-stream")!.sse!;
    const read = () => run(compose(sseDecoder(), events!.decoder()), [sse]);
    expect(read).toThrow(GatewayError);
    expect(read).toThrow(expect.objectContaining({ kind: "overloaded", status: 529, source: "upstream" }));
    const skimmer = events!.skim!({ model: undefined, usage: true });
    for (const frame of framesOf(sse)) skimmer.push(frame);
    expect(skimmer.seen.error?.kind).toBe("overloaded");
  });
});
