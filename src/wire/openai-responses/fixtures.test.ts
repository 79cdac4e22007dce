/** Every fixture of this format is understood, and its stream tells the same answer as its body. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { ChatResponse } from "../../canonical/chat.ts";
import { collect } from "../../canonical/collect.ts";
import { GatewayError } from "../../canonical/error.ts";
import { sseDecoder, sseText } from "../framing/sse.ts";
import { compose, run } from "../transducer.ts";
import { decoder } from "./decoder.ts";
import { encoder } from "./encoder.ts";
import { openaiResponses } from "./index.ts";
import { skim } from "./skim.ts";

const root = fileURLToPath(new URL("../../../fixtures/openai-responses/", import.meta.url));
const text = (name: string, file: string): string => readFileSync(join(root, name, file), "utf8");
const json = (name: string, file: string): unknown => JSON.parse(text(name, file));
const has = (name: string, file: string): boolean => existsSync(join(root, name, file));
const names = readdirSync(root);
const streamed = names.filter((name) => has(name, "stream.sse"));
const broken = /cut-stream|error-mid-stream|failed/;

const { request, response, error } = openaiResponses;
/** The tier is told to whoever asked for one. */
const asked = request.decode({ model: "m", input: "", service_tier: "auto" });
const events = (name: string) => run(compose(sseDecoder(), decoder()), [text(name, "stream.sse")]);

it.each(names)("%s is a request that is understood, and understood alike when we have written it", (name) => {
  const value = request.decode(json(name, "request.json"));
  expect(request.decode(request.encode(value))).toEqual(value);
});

describe.each(names.filter((name) => has(name, "response.json")))("%s", (name) => {
  it("is an answer or an error that is understood", () => {
    const body = json(name, "response.json");
    if (name.startsWith("error")) {
      const { status } = json(name, "meta.json") as { status: number };
      expect(error.decode(status, body).status).toBe(status);
    } else if (name === "failed")
      expect(() => response.decode(body)).toThrow("The model failed to generate a response.");
    else {
      const value = response.decode(body);
      const again = response.encode(value, { now: 1, id: "x", request: asked });
      expect(response.decode(again)).toEqual(value);
      expect(again["output"]).toEqual(expect.arrayContaining([expect.objectContaining({ type: expect.any(String) })]));
    }
  });
});

describe.each(streamed.filter((name) => !broken.test(name)))("%s", (name) => {
  it("tells in its stream what it tells in its body", () => {
    const folded: ChatResponse = collect(events(name));
    const { extra: _, ...whole } = response.decode(json(name, "response.json"));
    expect(folded).toEqual(whole);
  });

  it("is told alike by us", () => {
    const answer = collect(events(name));
    const frames = run(encoder({ now: 1, id: "x", request: asked }), events(name));
    expect(collect(run(decoder(), frames))).toEqual(answer);
  });

  it("passes word for word, and what it used and how it ended is seen", () => {
    const frames = run(sseDecoder(), [text(name, "stream.sse")]);
    const skimmer = skim({ model: undefined, usage: true });
    expect(frames.map((frame) => skimmer.push(frame))).toEqual(frames);
    const answer = collect(events(name));
    expect(skimmer.seen).toMatchObject({ ended: true, usage: answer.usage, finish: answer.choices[0]?.finish });
    expect(skimmer.seen.error).toBeUndefined();
  });

  it("is read alike however it is cut", () => {
    const whole = text(name, "stream.sse");
    const expected = events(name);
    for (const size of [1, 2, 3, 7, 64, 1000]) {
      const pieces: string[] = [];
      for (let at = 0; at < whole.length; at += size) pieces.push(whole.slice(at, at + size));
      expect(run(compose(sseDecoder(), decoder()), pieces)).toEqual(expected);
    }
    expect(run(compose(sseDecoder(), decoder()), [whole.replaceAll("\n", "\r\n")])).toEqual(expected);
  });

  it("has no end where it is cut short", () => {
    const frames = run(sseDecoder(), [text(name, "stream.sse")]);
    for (let cut = 0; cut < frames.length; cut++)
      expect(run(decoder(), frames.slice(0, cut)).some(({ type }) => type === "end" || type === "finish")).toBe(false);
  });
});

describe.each(streamed.filter((name) => broken.test(name) && name !== "cut-stream"))("%s", (name) => {
  it("breaks as the vendor's failure", () => {
    expect(() => events(name)).toThrow(GatewayError);
    const skimmer = skim({ model: undefined, usage: true });
    for (const frame of run(sseDecoder(), [text(name, "stream.sse")])) expect(skimmer.push(frame)).toBe(frame);
    expect(skimmer.seen.error?.source).toBe("upstream");
    expect(skimmer.seen.ended).toBe(false);
  });
});

it("says of a rate limit inside a stream that it is one", () => {
  expect(() => events("failed-mid-stream")).toThrow(expect.objectContaining({ kind: "rate-limited", status: 429 }));
});

it("writes frames that end in a blank line and are named after their type", () => {
  const frames = run(encoder({ now: 1, id: "x" }), events("text"));
  for (const frame of frames) {
    const { type } = JSON.parse(frame.data) as { type: string };
    expect(sseText(frame)).toBe(`event: ${type}\ndata: ${frame.data}\n\n`);
  }
});
